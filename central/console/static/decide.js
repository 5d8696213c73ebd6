// The desk where people decide: one key a decision, the next case at once, and nothing that moves under the pointer.
(() => {
  "use strict";
  const desk = document.getElementById("decide");
  if (!desk) return;
  const words = desk.dataset;
  const site = words.site;
  const place = document.getElementById("case");
  const queue = document.getElementById("queue");
  const list = desk.querySelector(".queue");
  const held = desk.querySelector(".held");
  const said = document.getElementById("said");
  const tab = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2) + Date.now();
  const UNSEEN_MS = 250; // a key that was pressed twice must not decide a case that nobody has seen
  const AHEAD = 3;

  const ready = new Map(); // case -> its HTML, fetched before it is looked at
  const mine = new Set(); // cases decided here, until the list knows
  const undoable = []; // cases decided here, the last one last
  let shownAt = performance.now();
  let others = {};
  let under = Promise.resolve(); // what is being told to central, one after the other

  const card = () => place.querySelector("article.case");
  const current = () => card()?.dataset.passage;
  const rows = () => [...queue.querySelectorAll("li[data-case]")];
  const url = (path) => path + (site ? (path.includes("?") ? "&" : "?") + "site=" + encodeURIComponent(site) : "");

  // ---- showing
  async function fetched(id) {
    const answer = await fetch(url("/decide/cases/" + id), { headers: { "HX-Request": "true" } });
    if (answer.headers.get("HX-Redirect")) location.reload(); // the login has ended
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  }
  function prefetch() {
    const all = rows().map((row) => row.dataset.case).filter((id) => !mine.has(id));
    const at = all.indexOf(current());
    for (const id of all.slice(at + 1, at + 1 + AHEAD)) {
      if (ready.has(id)) continue;
      const coming = fetched(id).then((html) => {
        for (const [, address] of html.matchAll(/<img src="([^"]+)"/g)) new Image().src = address;
        return html;
      });
      coming.catch(() => ready.delete(id));
      ready.set(id, coming);
    }
  }
  let wanted = null;
  async function show(id, focus = true) {
    wanted = id;
    mark();
    if (!ready.has(id)) place.setAttribute("aria-busy", "true");
    let html;
    try { html = await (ready.get(id) || fetched(id)); } catch { tell(words.failed, true); place.removeAttribute("aria-busy"); return; }
    if (wanted !== id) return; // another one was asked for meanwhile
    ready.delete(id);
    place.innerHTML = html;
    place.removeAttribute("aria-busy");
    dress();
    if (focus) { card()?.focus({ preventScroll: true }); card()?.scrollIntoView({ block: "nearest" }); }
    history.replaceState(null, "", url("/decide?case=" + id));
    mark();
    here();
    prefetch();
  }
  async function showNothing() { // the list is done: perhaps central has more
    wanted = null;
    history.replaceState(null, "", url("/decide"));
    await under.catch(() => {});
    const answer = await fetch(url("/decide"), { headers: { Accept: "text/html" } }).catch(() => null);
    if (wanted !== null) return;
    if (!answer?.ok) { tell(words.failed, true); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...page.getElementById("case").childNodes);
    wanted = current() || null;
    dress();
    mark();
  }
  function dress() { // what a case needs beyond its HTML
    shownAt = performance.now();
    const shown = card();
    if (shown) setTimeout(() => { shown.dataset.ready = "true"; }, UNSEEN_MS);
    for (const picture of place.querySelectorAll("[data-enlarged]")) {
      const enlarge = () => { picture.style.width = picture.naturalWidth * 4 + "px"; };
      picture.complete ? enlarge() : picture.addEventListener("load", enlarge, { once: true });
    }
    const frame = place.querySelector(".pan");
    if (frame) panned(frame);
    tellOthers();
  }
  function mark() {
    for (const row of rows()) {
      const chosen = row.dataset.case === wanted;
      chosen ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current");
      row.hidden = mine.has(row.dataset.case);
      if (chosen) row.scrollIntoView({ block: "nearest" });
    }
    count();
  }
  function count() {
    const told = queue.querySelector("[data-waiting]");
    const left = Math.max(0, Number(told?.dataset.waiting || 0) - rows().filter((row) => mine.has(row.dataset.case)).length);
    document.title = document.title.replace(/^(\(\d+\) )?/, left ? `(${left}) ` : "");
  }
  function tell(text, bad = false) { said.textContent = text; said.className = bad ? "problem" : ""; }

  // ---- deciding
  const neighbour = (step) => {
    const all = rows().filter((row) => !mine.has(row.dataset.case) || row.dataset.case === current());
    const at = all.findIndex((row) => row.dataset.case === current());
    if (at < 0) return all[0]?.dataset.case;
    return all[at + step]?.dataset.case;
  };
  function post(id, form) {
    // kept alive: who goes to another page at once has decided all the same
    const send = () => fetch("/decide/cases/" + id, { method: "POST", body: form, keepalive: true, headers: { Accept: "application/json" } })
      .then(async (answer) => {
        if (!(answer.headers.get("content-type") || "").includes("json")) { location.reload(); throw new Error("login"); }
        return [answer.ok, await answer.json()];
      });
    under = under.then(send, send);
    return under;
  }
  async function decide(event, act, more = {}) {
    const shown = card();
    if (!shown || mine.has(shown.dataset.passage) || event.timeStamp - shownAt < UNSEEN_MS) return;
    if (act === "confirm" && shown.dataset.unconfirmed) {
      tell(shown.dataset.unconfirmed === "no_read" ? words.noRead : words.choose, true);
      return;
    }
    const id = shown.dataset.passage;
    const why = shown.querySelector("input[name=why]")?.value || "";
    const form = new URLSearchParams({ act, why, version: shown.dataset.version, csrf: shown.dataset.csrf, ...more });
    const next = neighbour(1) || neighbour(-1);
    mine.add(id);
    ready.delete(id);
    tell("");
    const told = post(id, form);
    if (next && next !== id) show(next);
    else { place.replaceChildren(); mark(); showNothing(); }
    try {
      const [ok, answer] = await told;
      if (ok) { undoable.push({ id, version: answer.version, csrf: form.get("csrf") }); tell(answer.said); }
      else { tell(answer.problem, true); if (!answer.first) giveBack(id); }
    } catch { tell(words.failed, true); giveBack(id); }
  }
  function giveBack(id) { mine.delete(id); mark(); show(id, false); }
  async function undo() {
    await under.catch(() => {});
    const last = undoable.pop();
    const shown = card();
    const standing = shown?.dataset.decided;
    if (!last && !standing) { tell(words.nothing, true); return; }
    const { id, version, csrf } = last || { id: shown.dataset.passage, version: shown.dataset.version, csrf: shown.dataset.csrf };
    try {
      const [ok, answer] = await post(id, new URLSearchParams({ act: "undo", version, csrf }));
      tell(ok ? answer.said : answer.problem, !ok);
      mine.delete(id);
      ready.delete(id);
      await refresh(true);
      show(id);
    } catch { tell(words.failed, true); if (last) undoable.push(last); }
  }
  async function lookUp(form) {
    const part = new FormData(form).get("plate");
    const answer = await fetch(form.action + "?plate=" + encodeURIComponent(part), { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.ok) document.getElementById("looked-up").innerHTML = await answer.text();
    else tell(words.failed, true);
  }
  const walk = (step) => { const id = neighbour(step); if (id && id !== current()) show(id); };
  const editing = () => place.querySelector("form.edit input[name=plate]");
  const doing = {
    next: () => walk(1), previous: () => walk(-1), undo, help: () => document.getElementById("keys").showModal(),
    edit: () => { editing()?.focus(); editing()?.select(); },
  };
  addEventListener("submit", (event) => {
    const form = event.target;
    if (!desk.contains(form) || !place.contains(form)) return;
    event.preventDefault();
    if (form.matches(".look-up")) { lookUp(form); return; }
    const act = event.submitter?.value || (form.matches(".edit") ? "correct" : "");
    if (act === "undo") undo();
    else if (act) decide(event, act, act === "correct" ? { plate: new FormData(form).get("plate") } : {});
  });
  desk.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) { event.preventDefault(); doing[button.dataset.do](); return; }
    const row = event.target.closest("li[data-case] a");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(row.closest("li").dataset.case);
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const field = event.target.closest("input, select, textarea");
    if (event.target.closest("dialog")) return;
    if (field && field.type !== "checkbox") {
      if (event.key === "Escape") { event.preventDefault(); card()?.focus({ preventScroll: true }); }
      return;
    }
    const key = event.key.toLowerCase();
    const onControl = event.target.closest("a, button, summary, [type=checkbox]");
    let handled = true;
    if (key === "j") walk(1);
    else if (key === "k") walk(-1);
    else if (event.repeat && /^([erxnu1-9]|enter)$/.test(key)) handled = true; // a key held down decides once
    else if (key === "enter" && !onControl) decide(event, "confirm");
    else if (/^[1-9]$/.test(key) && place.querySelector(`[data-candidate="${key}"]`)) decide(event, place.querySelector(`[data-candidate="${key}"]`).value);
    else if (key === "e") doing.edit();
    else if (key === "r") decide(event, "reject");
    else if (key === "x") decide(event, "unreadable");
    else if (key === "n") decide(event, "no_vehicle");
    else if (key === "u") undo();
    else if (key === "/") place.querySelector(".look-up input")?.focus();
    else handled = false;
    if (!handled) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // ---- what happens elsewhere
  let pending = false;
  async function refresh(now = false) {
    if (!now && list.querySelector("#queue:hover")) { pending = true; held.hidden = false; return; }
    pending = false;
    held.hidden = true;
    const answer = await fetch(url("/decide/list"), { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const before = new Set(rows().map((row) => row.dataset.case));
    const focused = document.activeElement?.closest?.("li[data-case]")?.dataset.case;
    queue.innerHTML = await answer.text();
    const there = new Set(rows().map((row) => row.dataset.case));
    for (const id of mine) if (!there.has(id)) mine.delete(id);
    if (focused) rows().find((row) => row.dataset.case === focused)?.querySelector("a").focus({ preventScroll: true });
    if (rows().some((row) => !before.has(row.dataset.case) && Number(row.dataset.level) >= 60)) dispatchEvent(new Event("case:grave"));
    wanted = wanted || current() || null;
    mark();
    tellOthers();
    if (!card() && rows().some((row) => !mine.has(row.dataset.case))) show(neighbour(0) || rows().find((row) => !mine.has(row.dataset.case)).dataset.case, false);
    else prefetch();
    window.htmx?.ajax("GET", "/summary", { target: "#summary", swap: "innerHTML" });
  }
  queue.addEventListener("pointerleave", () => { if (pending) refresh(true); });
  let soon = 0;
  const stream = new EventSource(`/decide/stream?after=${words.after}&tab=${tab}`);
  stream.addEventListener("queue", (event) => {
    const changed = JSON.parse(event.data);
    for (const id of changed) ready.delete(id);
    const shown = card();
    const busy = place.contains(document.activeElement) && document.activeElement.matches("input");
    if (shown && changed.includes(shown.dataset.passage) && !mine.has(shown.dataset.passage) && !busy) again(shown.dataset.passage);
    clearTimeout(soon);
    soon = setTimeout(refresh, 300);
  });
  async function again(id) { // the case on the screen changed: it stays where it is, and says what is new
    const html = await fetched(id).catch(() => null);
    if (html === null || current() !== id || mine.has(id)) return;
    place.innerHTML = html;
    dress();
  }
  stream.addEventListener("here", (event) => { others = JSON.parse(event.data); tellOthers(); });
  stream.onopen = () => { dispatchEvent(new Event("htmx:sseOpen")); here(); };
  stream.onerror = () => dispatchEvent(new Event("htmx:sseError"));

  async function here() {
    const answer = await fetch(`/decide/here?tab=${tab}&case=${current() || ""}`).catch(() => null);
    if (!answer?.ok) return;
    others = await answer.json().catch(() => ({}));
    tellOthers();
  }
  function tellOthers() {
    const names = (id) => (others[id] ? words.also.replace("{who}", others[id].join(", ")) : "");
    for (const row of rows()) row.querySelector(".others").textContent = names(row.dataset.case);
    const line = place.querySelector(".others");
    if (line) line.textContent = names(current());
  }
  addEventListener("pagehide", () => { fetch(`/decide/here?tab=${tab}`, { keepalive: true }).catch(() => {}); });

  // ---- a picture to look into
  function panned(frame) {
    const picture = frame.querySelector("img");
    const fingers = new Map();
    let scale = 1, x = 0, y = 0, moved = false;
    const draw = () => {
      const box = frame.getBoundingClientRect();
      x = Math.min(0, Math.max(box.width * (1 - scale), x));
      y = Math.min(0, Math.max(box.height * (1 - scale), y));
      picture.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
      frame.classList.toggle("zoomed", scale > 1);
    };
    const zoom = (factor, atX, atY) => {
      const before = scale;
      scale = Math.min(8, Math.max(1, scale * factor));
      x = atX - ((atX - x) * scale) / before;
      y = atY - ((atY - y) * scale) / before;
      draw();
    };
    const at = (event) => { const box = frame.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    const apart = () => { const [one, other] = [...fingers.values()]; return Math.hypot(one[0] - other[0], one[1] - other[1]); };
    frame.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY < 0 ? 1.25 : 0.8, ...at(event)); }, { passive: false });
    frame.addEventListener("dblclick", () => { scale = 1; x = y = 0; draw(); });
    frame.addEventListener("click", (event) => event.preventDefault());
    frame.addEventListener("pointerdown", (event) => { fingers.set(event.pointerId, at(event)); moved = false; if (scale > 1) frame.setPointerCapture(event.pointerId); });
    frame.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const was = fingers.size === 2 ? apart() : 0;
      const now = at(event);
      fingers.set(event.pointerId, now);
      if (fingers.size === 2) zoom(apart() / was, ...now);
      else if (scale > 1) { x += now[0] - before[0]; y += now[1] - before[1]; moved = true; draw(); }
    });
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) frame.addEventListener(end, (event) => fingers.delete(event.pointerId));
    frame.closest("figure").addEventListener("click", (event) => {
      const button = event.target.closest("[data-zoom]");
      if (!button) return;
      const box = frame.getBoundingClientRect();
      if (button.dataset.zoom === "0") { scale = 1; x = y = 0; draw(); }
      else zoom(button.dataset.zoom === "1" ? 1.6 : 1 / 1.6, box.width / 2, box.height / 2);
    });
  }

  wanted = current() || null;
  dress();
  mark();
  prefetch();
  card()?.focus({ preventScroll: true });
})();
