/* Keeps the board as it is now: asks every two seconds, changes only what changed, says when the node is not reached. */
"use strict";
const EVERY_MS = 2000;
const body = document.body;
const began = { server: Number(body.dataset.now), own: performance.now() };
let heardAt = began.server;

const now = () => began.server + (performance.now() - began.own) / 1000;

const clockText = (at) => new Date((at + Number(body.dataset.utcOffsetH) * 3600) * 1000).toISOString().slice(11, 19);

function ageText(seconds) {
  const units = [["D", 86400], ["H", 3600], ["Min", 60], ["S", 1]];
  const [name, size] = units.find(([, size]) => seconds >= size) ?? units[3];
  return body.dataset["age" + name].replace("{n}", Math.max(0, Math.floor(seconds / size)));
}

function tick() {
  for (const time of document.querySelectorAll("time.age")) {
    time.textContent = ageText(now() - Date.parse(time.dateTime) / 1000);
  }
  for (const clock of document.querySelectorAll(".clock")) clock.textContent = clockText(now());
}

/* Children with an id are kept as long as what the node says of them is the same: nothing flickers, focus stays. */
const said = new Map();
function show(part, html) {
  const holder = document.querySelector(`[data-part="${part}"]`);
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const focused = document.activeElement && document.activeElement.id;
  const kept = [];
  for (const child of [...fresh.content.children]) {
    const text = child.outerHTML;
    const old = document.getElementById(child.id);
    kept.push(old && said.get(child.id) === text ? old : child);
    said.set(child.id, text);
  }
  if (kept.length !== holder.children.length || kept.some((child, place) => child !== holder.children[place])) {
    holder.replaceChildren(...kept);
    if (focused && document.getElementById(focused)) document.getElementById(focused).focus({ preventScroll: true });
  }
}

const lost = document.querySelector(".lost");
async function refresh() {
  try {
    const answer = await fetch("/now" + location.search, { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (answer.status === 401) {
      location.assign("/login");
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    began.server = heardAt = told.now;
    began.own = performance.now();
    for (const part of ["opened", "lanes", "vitals"]) show(part, told[part]);
    lost.hidden = true;
    body.classList.remove("stale");
  } catch {
    lost.textContent = "✕ " + lost.dataset.text.replace("{at}", clockText(heardAt));
    lost.hidden = false;
    body.classList.add("stale");
  }
  tick();
  setTimeout(refresh, EVERY_MS);
}

/* Keys: 1–9 choose a lane, O asks to open the chosen one (or the only one), Escape goes back without opening. */
function chosenLane() {
  const lanes = document.querySelectorAll(".lane");
  return document.activeElement.closest(".lane") ?? (lanes.length === 1 ? lanes[0] : null);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const form = document.querySelector("form[data-back]");
  if (form) {
    if (event.key === "Escape") location.assign(form.dataset.back);
    return;
  }
  if (event.target.matches("input, select, textarea")) return;
  const lane = /^[1-9]$/.test(event.key) && document.querySelector(`.lane[data-key="${event.key}"]`);
  if (lane) lane.focus();
  if (event.key.toLowerCase() === "o") {
    const open = (chosenLane() ?? document.querySelector(".lane"))?.querySelector("a.open");
    if (!open) return;
    if (chosenLane()) open.click();
    else open.focus();
  }
});

tick();
setInterval(tick, 1000);
if (lost) setTimeout(refresh, EVERY_MS);
