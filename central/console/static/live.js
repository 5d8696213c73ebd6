// The live board: takes its stream, and draws of each lane what it is now, as often as this screen keeps up with.
(() => {
  "use strict";
  const PAUSE_MS = 100; // ten drawings a second are all that an eye follows
  const REST = 4; // times as long as the last drawing took: a slow screen has time left for whoever works at it
  const ARRIVED_MS = 1500; // for so long a new vehicle is marked
  const LONGEST_PAUSE_MS = 30000; // before central, which refused the stream, is asked again
  const UNDER_A_HAND = ".strip:hover, .trouble:hover, .mode:hover, .openings:hover";
  const board = document.getElementById("board");
  const figures = document.getElementById("summary");
  const slots = new Map([...board.querySelectorAll(".slot")].map((slot) => [slot.id, slot]));

  // ---- parts of a card that stay the same stay in place: pictures do not flicker, the focus is kept
  const came = new WeakMap(); // how a part was sent, since ages in it go on
  const asSent = (part) => part.outerHTML.replace(/(<time class="age"[^>]*>)[^<]*/g, "$1");
  const remember = (parts) => { for (const part of parts) came.set(part, asSent(part)); };
  for (const whole of document.querySelectorAll("#summary, .slot > .lane, .slot .strip")) remember(whole.children);

  function renew(here, fresh) {
    const kept = new Map([...here.children].map((part) => [came.get(part), part]));
    let next = here.firstElementChild;
    for (const part of [...fresh.children]) {
      const html = asSent(part);
      let shown = kept.get(html);
      kept.delete(html);
      if (!shown && part.matches(".strip") && (shown = here.querySelector(":scope > .strip"))) renew(shown, part);
      shown = shown || part;
      came.set(shown, html);
      if (shown === next) next = next.nextElementSibling;
      else here.insertBefore(shown, next);
      if (shown === part) htmx.process(part);
    }
    while (next) {
      const gone = next;
      next = next.nextElementSibling;
      gone.remove();
    }
  }

  const marked = new Map(); // cards of vehicles that are new, and until when they are marked
  function unmark() {
    for (const [card, until] of marked)
      if (until <= performance.now() && marked.delete(card)) card.classList.remove("arrived");
    if (marked.size) setTimeout(unmark, ARRIVED_MS / 3);
  }
  function mark(card) {
    if (!marked.size) setTimeout(unmark, ARRIVED_MS);
    marked.set(card, performance.now() + ARRIVED_MS);
    card.classList.add("arrived");
  }

  function parsed(html) {
    const sheet = document.createElement("template");
    sheet.innerHTML = html;
    return sheet.content;
  }
  function drawFigures(html) {
    renew(figures, parsed(html));
    dispatchEvent(new Event("figures:drawn"));
  }
  function drawCard(slot, html) {
    const card = slot.firstElementChild, fresh = parsed(html).firstElementChild;
    const isNew = card.dataset.passage !== fresh.dataset.passage;
    for (const { name, value } of fresh.attributes) if (name !== "class") card.setAttribute(name, value);
    card.className = fresh.className + (marked.has(card) ? " arrived" : "");
    renew(card, fresh);
    if (isNew) mark(card);
  }

  // ---- what came and is not drawn yet, the newest of each part
  const newest = new Map();
  let isDue = false, drawnAt = 0, restMs = PAUSE_MS;
  function draw() {
    if (!isDue) return;
    isDue = false;
    const beganAt = performance.now();
    for (const [name, html] of newest) {
      const slot = slots.get(name);
      if (slot?.querySelector(UNDER_A_HAND)) continue; // a card does not change under a pointer that is about to press
      newest.delete(name);
      if (slot) drawCard(slot, html);
      else drawFigures(html);
    }
    drawnAt = performance.now();
    setTimeout(() => { restMs = Math.max(PAUSE_MS, REST * (performance.now() - beganAt)); }); // once it is on the screen
  }
  function drawSoon() {
    if (isDue || !newest.size) return;
    isDue = true;
    const drawWithFrame = () => {
      requestAnimationFrame(draw);
      setTimeout(draw, PAUSE_MS); // pages that nobody sees are given few frames, or none
    };
    setTimeout(drawWithFrame, Math.max(0, drawnAt + restMs - performance.now()));
  }
  board.addEventListener("pointermove", drawSoon);
  board.addEventListener("pointerleave", drawSoon);

  // ---- the stream, behind the last event that came
  let last = null, pauseMs = 500;
  function note(event) {
    last = event.lastEventId || last;
    newest.set(event.type, event.data);
    drawSoon();
  }
  function connect() {
    const stream = new EventSource(last === null ? board.dataset.stream : `/live/stream?after=${last}`);
    for (const name of ["summary", ...slots.keys()]) stream.addEventListener(name, note);
    stream.onopen = () => {
      pauseMs = 500;
      dispatchEvent(new Event("htmx:sseOpen"));
    };
    stream.onerror = () => {
      dispatchEvent(new Event("htmx:sseError"));
      if (stream.readyState !== EventSource.CLOSED) return; // the browser itself tries again
      setTimeout(connect, pauseMs);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    };
  }
  connect();
})();
