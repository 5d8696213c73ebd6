// What pages do beyond HTML: ages and clocks tick, keys move, the live board waits while a finger points at it.
(() => {
  "use strict";
  const root = document.documentElement;
  const ahead = Number(root.dataset.now) - Date.now(); // the clock of central counts, not that of the screen
  const now = () => Date.now() + ahead;

  const sizes = [["d", 86400], ["h", 3600], ["min", 60]];
  function ageText(seconds) {
    for (const [unit, size] of sizes)
      if (seconds >= 2 * size || (seconds >= size && unit !== "h"))
        return root.getAttribute("data-age-" + unit).replace("{n}", Math.floor(seconds / size));
    return root.getAttribute("data-age-s").replace("{n}", seconds);
  }
  function tick() {
    for (const time of document.querySelectorAll("time.age")) {
      const seconds = Math.max(0, Math.floor((now() - Date.parse(time.dateTime)) / 1000));
      const text = ageText(seconds);
      if (time.textContent !== text) time.textContent = text;
      const limit = Number(time.dataset.staleS);
      if (limit && seconds > limit) time.closest("figure")?.classList.add("stale");
    }
    for (const clock of document.querySelectorAll("[data-clock]")) {
      const text = new Date(now() + Number(clock.dataset.clock) * 1000).toISOString();
      clock.textContent = "short" in clock.dataset ? text.slice(11, 16) : text.slice(11, 19);
    }
  }

  // one item after the other by key
  const items = () => [...document.querySelectorAll("[data-item]")];
  function move(step) {
    const all = items();
    if (!all.length) return;
    const at = all.findIndex((item) => item.contains(document.activeElement));
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  let going = false;
  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, select, textarea, dialog")) return;
    const key = event.key.toLowerCase();
    if (going) {
      going = false;
      const link = document.querySelectorAll(".top nav a")[Number(key) - 1];
      if (link) link.click();
      return;
    }
    if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "g") going = true;
    else if (key === "?") document.getElementById("keys").showModal();
    else if (key === "enter" && event.target.matches("[data-item]")) event.target.querySelector("[data-open]")?.click();
    else if (key === "/") {
      const field = document.querySelector("[data-search]");
      if (field) field.focus();
      else location.href = "/passages#search";
    } else if (/^[a-z]$/.test(key) && document.querySelector(`[data-key="${key}"]`)) {
      document.querySelector(`[data-key="${key}"]`).click();
    } else return;
    event.preventDefault();
  }

  // a form that a card leads to opens over the board, which goes on beneath it
  addEventListener("htmx:afterSwap", (event) => {
    const sheet = event.target;
    if (sheet.id === "sheet" && !sheet.open) sheet.showModal();
  });

  // what stands on the page is old as soon as the stream is lost, or central does not answer
  const lostAt = { stream: 0, answer: 0 };
  const lost = (what) => { lostAt[what] = lostAt[what] || Date.now(); };
  let askedAt = 0;
  async function askWhy() {
    askedAt = Date.now();
    const answer = await fetch("/api/v1/me").catch(() => null);
    if (answer && answer.status === 401) location.reload(); // the login has ended: the page says so, and asks for it
  }
  const banner = () => document.querySelector(".lost");
  addEventListener("htmx:sseOpen", () => { lostAt.stream = 0; });
  addEventListener("htmx:sseError", () => lost("stream"));
  addEventListener("htmx:sendError", () => lost("answer"));
  addEventListener("htmx:afterOnLoad", () => { lostAt.answer = 0; });
  let opened = [];
  addEventListener("htmx:beforeSwap", (event) => {
    opened = [...event.target.querySelectorAll("[id] details[open]")].map((details) => details.closest("[id]").id);
    if (event.target.contains(document.activeElement)) opened.focus = document.activeElement.closest("[id]")?.id;
  });
  function badge() { // how many wait for a decision, in the title of the tab
    const waiting = Number(document.querySelector("[data-to-decide]")?.dataset.toDecide || 0);
    document.title = document.title.replace(/^(\(\d+\) )?/, waiting ? `(${waiting}) ` : "");
    const need = [...document.querySelectorAll("#summary [data-needs]")].map((figure) => [figure.dataset.needs, Number(figure.dataset.n)]);
    if (needed && need.some(([what, n]) => n > (needed.get(what) || 0))) dispatchEvent(new Event("figures:rose"));
    needed = new Map(need);
  }
  let needed = null; // how much needed a person when last looked at
  addEventListener("figures:drawn", badge);
  addEventListener("htmx:afterSwap", () => {
    badge();
    for (const id of opened) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
    if (opened.focus) document.getElementById(opened.focus)?.focus({ preventScroll: true });
    opened = [];
    tick();
  });
  addEventListener("keydown", onKey);
  const toSearch = () => { if (location.hash === "#search") document.querySelector("[data-search]")?.focus(); };
  addEventListener("change", (event) => { if ("submit" in event.target.dataset) event.target.form.requestSubmit(); });
  addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.who[open]")) if (!menu.contains(event.target)) menu.open = false;
    const row = event.target.closest("tr[data-item]");
    if (row && !event.target.closest("a, button, input, select") && !String(getSelection())) row.querySelector("[data-open]")?.click();
  });
  setInterval(() => {
    tick();
    const since = Math.min(...Object.values(lostAt).map((at) => at || Infinity));
    banner().hidden = Date.now() - since < 3000;
    if (banner().hidden) return;
    if (Date.now() - askedAt > 10000) askWhy();
  }, 1000);
  const begin = () => { tick(); toSearch(); badge(); };
  document.readyState === "loading" ? addEventListener("DOMContentLoaded", begin) : begin();
})();
