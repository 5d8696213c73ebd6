// Draws a lane over its camera's picture. The form's fields hold the region: what stands there is sent, and the server
// says what is wrong with it. All places are in per cent of the picture.
(() => {
  "use strict";
  const stage = document.querySelector("[data-region]");
  if (!stage) return;
  const frame = stage.querySelector(".frame");
  const picture = () => frame.querySelector("img");

  // a new picture takes the place of the old one
  addEventListener("regionpicture", (event) => {
    const { url, at, command } = event.detail;
    const image = picture() || frame.insertAdjacentElement("afterbegin", document.createElement("img"));
    frame.querySelector(".nothing")?.remove();
    image.draggable = false;
    image.src = url;
    image.onload = () => {
      stage.style.setProperty("--aspect", image.naturalWidth / image.naturalHeight);
      if (state) draw();
    };
    stage.classList.remove("stale");
    stage.querySelector(".small-picture")?.remove();
    const time = stage.querySelector("time.age");
    if (time) time.dateTime = at;
    else location.search = `?command=${command}`; // the first picture: the page is drawn anew
  });

  const form = document.getElementById("region-form");
  let state = null;
  if (!form) return;
  const field = (name) => form.elements[name];
  const svg = frame.querySelector(":scope > svg");
  const holder = frame.querySelector(".handles");
  const word = frame.querySelector(".way");
  const copy = (value) => JSON.parse(JSON.stringify(value));
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const tidy = (number) => Math.round(Math.min(100, Math.max(0, number)) * 10) / 10;

  function pointOf(text) {
    const numbers = (text.match(/-?\d+(?:[.,]\d+)?/g) || []).map((number) => Number(number.replace(",", ".")));
    return numbers.length === 2 ? numbers : null;
  }
  function read() {
    const ends = [pointOf(field("line_from").value), pointOf(field("line_to").value)];
    return {
      lane: field("lane").value.split("\n").map(pointOf).filter(Boolean),
      line: ends[0] && ends[1] ? ends : null,
      way: field("way").value,
    };
  }
  function write() {
    field("lane").value = state.lane.map((point) => point.join(" ")).join("\n");
    const ends = state.line || ["", ""];
    field("line_from").value = ends[0] && ends[0].join(" ");
    field("line_to").value = ends[1] && ends[1].join(" ");
    field("way").value = state.way;
  }

  state = read();
  let saved = copy(state);
  let sent = null;
  let chosen = 0;
  const past = [];

  // what is drawn
  const size = () => ({ width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height });
  function draw() {
    const box = frame.getBoundingClientRect();
    const width = box.width || size().width;
    const height = box.height || size().height;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const place = ([x, y]) => [(x * width) / 100, (y * height) / 100];
    const outline = state.lane.map((point) => place(point).join(",")).join(" ");
    svg.querySelector(".lane").setAttribute("points", outline);
    const hole = state.lane.length > 2 ? `M0,0H${width}V${height}H0Z M${outline}Z` : "";
    svg.querySelector(".outside").setAttribute("d", hole);
    drawLine(state.way && state.line ? state.line.map(place) : null, width, height);
    drawHandles();
    form.querySelector(".unsaved").hidden = same(state, saved);
  }
  function drawLine(line, width, height) {
    const trigger = svg.querySelector(".trigger");
    const [from, to] = line || [[0, 0], [0, 0]];
    [["x1", from[0]], ["y1", from[1]], ["x2", to[0]], ["y2", to[1]]].forEach(([name, value]) => trigger.setAttribute(name, value));
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    word.hidden = !length;
    if (!length) return svg.querySelector(".arrow").setAttribute("d", "");
    const right = [(from[1] - to[1]) / length, (to[0] - from[0]) / length]; // of somebody who looks along the line
    const middle = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    const room = Math.min(...[width, height].map((far, i) => (right[i] ? ((right[i] > 0 ? far : 0) - middle[i]) / right[i] : Infinity)));
    const reach = Math.max(height / 25, Math.min(height / 8, room));
    const at = (forward, aside) => [0, 1].map((i) => middle[i] + forward * reach * right[i] + aside * reach * [right[1], -right[0]][i]);
    const tip = at(1, 0);
    svg.querySelector(".arrow").setAttribute("d", `M${at(-0.5, 0)} L${tip} M${at(0.67, 0.33)} ${tip} ${at(0.67, -0.33)}`);
    const inside = ([x, y]) => x > 0.04 * width && x < 0.96 * width && y > 0.05 * height && y < 0.95 * height;
    const before = at(1 + height / 16 / reach, 0);
    const stands = inside(before) ? before : at(-0.5 - height / 16 / reach, 0);
    word.textContent = stage.dataset["word" + state.way[0].toUpperCase() + state.way.slice(1)];
    word.style.left = `${Math.min(96, Math.max(4, (100 * stands[0]) / width))}%`;
    word.style.top = `${Math.min(95, Math.max(5, (100 * stands[1]) / height))}%`;
  }
  const points = () => [...state.lane, ...(state.way && state.line ? state.line : [])];
  function drawHandles() {
    const all = points();
    while (holder.children.length > all.length) holder.lastChild.remove();
    while (holder.children.length < all.length) holder.append(Object.assign(document.createElement("button"), { type: "button" }));
    chosen = Math.min(chosen, Math.max(0, all.length - 1));
    all.forEach(([x, y], index) => {
      const handle = holder.children[index];
      const end = index - state.lane.length;
      handle.className = `handle${end >= 0 ? " end" : ""}${index === chosen ? " chosen" : ""}`;
      handle.style.left = `${x}%`;
      handle.style.top = `${y}%`;
      const name = end >= 0 ? stage.dataset.wordEnd.replace("{n}", end + 1) : stage.dataset.wordCorner.replace("{n}", index + 1);
      handle.setAttribute("aria-label", `${name}: ${x} %, ${y} %`);
    });
  }

  // changes, each of which can be undone
  function become(next) {
    if (same(next, state)) return;
    past.push(copy(state));
    state = next;
    changed();
  }
  function changed() {
    write();
    draw();
    htmx.trigger(form, "regioncheck");
  }
  function undo() {
    if (!past.length) return;
    state = past.pop();
    changed();
  }
  function moved(index, [x, y], from = state) {
    const next = copy(from);
    const end = index - next.lane.length;
    (end >= 0 ? next.line : next.lane)[end >= 0 ? end : index] = [tidy(x), tidy(y)];
    return next;
  }
  function added(point) {
    const next = copy(state);
    let best = next.lane.length;
    let detour = Infinity;
    if (next.lane.length > 2)
      next.lane.forEach((one, index) => {
        const other = next.lane[(index + 1) % next.lane.length];
        const more = far(one, point) + far(point, other) - far(one, other);
        if (more < detour) [best, detour] = [index + 1, more];
      });
    next.lane.splice(best, 0, point.map(tidy));
    chosen = best;
    become(next);
  }
  function far(one, other) {
    const { width, height } = frame.getBoundingClientRect();
    return Math.hypot((one[0] - other[0]) * width, (one[1] - other[1]) * height);
  }
  function removed() {
    const next = copy(state);
    if (chosen < next.lane.length) next.lane.splice(chosen, 1);
    else if (next.line) [next.line, next.way] = [null, ""];
    become(next);
  }
  function acrossLane() {
    // from the left edge of the lane to its right one, somewhat below its middle
    const downs = state.lane.map(([, y]) => y);
    const down = downs.length > 2 ? Math.min(...downs) + 0.55 * (Math.max(...downs) - Math.min(...downs)) : 55;
    const crossings = state.lane.flatMap(([x1, y1], index) => {
      const [x2, y2] = state.lane[(index + 1) % state.lane.length];
      return y1 > down !== y2 > down ? [x1 + ((down - y1) * (x2 - x1)) / (y2 - y1)] : [];
    });
    const [left, right] = crossings.length > 1 ? [Math.min(...crossings), Math.max(...crossings)] : [20, 80];
    return [[tidy(left), tidy(down)], [tidy(right), tidy(down)]];
  }
  const actions = {
    whole: () => become({ ...copy(state), lane: [[0, 0], [100, 0], [100, 100], [0, 100]] }),
    add: () => {
      const one = state.lane[Math.min(chosen, state.lane.length - 1)];
      const other = state.lane[(Math.min(chosen, state.lane.length - 1) + 1) % state.lane.length];
      if (state.lane.length < 2) return added(one ? [one[0] + 20, one[1]] : [50, 50]);
      const next = copy(state);
      chosen = Math.min(chosen, state.lane.length - 1) + 1;
      next.lane.splice(chosen, 0, [tidy((one[0] + other[0]) / 2), tidy((one[1] + other[1]) / 2)]);
      become(next);
      holder.children[chosen].focus();
    },
    remove: removed,
    undo,
    cancel: () => become(copy(saved)),
    flip: () => state.line && become({ ...copy(state), line: copy(state.line).reverse() }),
  };

  // pointer: a finger or a mouse
  let drag = null;
  let justDragged = false;
  function placeOf(event) {
    const box = frame.getBoundingClientRect();
    return [(100 * (event.clientX - box.left)) / box.width, (100 * (event.clientY - box.top)) / box.height];
  }
  holder.addEventListener("pointerdown", (event) => {
    const index = [...holder.children].indexOf(event.target);
    if (index < 0 || event.button) return;
    event.preventDefault();
    event.target.focus({ preventScroll: true });
    event.target.setPointerCapture(event.pointerId);
    drag = { index, before: copy(state) };
    chosen = index;
    draw();
  });
  holder.addEventListener("pointermove", (event) => {
    if (!drag) return;
    state = moved(drag.index, placeOf(event), drag.before);
    draw();
  });
  function drop(keep) {
    if (!drag) return;
    const [next, before] = [state, drag.before];
    drag = null;
    state = before;
    justDragged = true;
    setTimeout(() => { justDragged = false; });
    keep ? become(next) : draw();
  }
  holder.addEventListener("pointerup", () => drop(true));
  holder.addEventListener("pointercancel", () => drop(false));
  frame.addEventListener("click", (event) => {
    if (justDragged || event.target.closest(".handle")) return;
    added(placeOf(event));
    holder.children[chosen]?.focus({ preventScroll: true });
  });

  // keys
  holder.addEventListener("focusin", (event) => {
    chosen = [...holder.children].indexOf(event.target);
    drawHandles();
  });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  holder.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) {
      const [x, y] = points()[chosen];
      const step = event.shiftKey ? 0.1 : 1;
      become(moved(chosen, [x + step * steps[event.key][0], y + step * steps[event.key][1]]));
    } else if (event.key === "Delete" || event.key === "Backspace") {
      removed();
      holder.children[chosen]?.focus({ preventScroll: true });
    } else return;
    event.preventDefault();
  });
  addEventListener("keydown", (event) => {
    if (event.target.closest("textarea, input:not([type=radio]), select, dialog")) return;
    const key = event.key.toLowerCase();
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if ((plain && key === "u") || (!plain && key === "z" && !event.shiftKey)) undo();
    else if (key === "escape") drag ? drop(false) : actions.cancel();
    else return;
    event.preventDefault();
  });

  // the form
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) actions[button.dataset.do]();
  });
  form.addEventListener("input", (event) => {
    const next = read();
    if (event.target.name === "way" && next.way && !next.line) next.line = acrossLane();
    past.push(copy(state));
    state = next;
    if (event.target.name === "way") write();
    draw();
    htmx.trigger(form, "regioncheck");
  });
  let asking = 0;
  form.addEventListener("regioncheck", () => {
    clearTimeout(asking);
    asking = setTimeout(() => {
      htmx.ajax("POST", form.dataset.check, { source: form, target: "#faults", swap: "outerHTML" });
    }, 250);
  });
  addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig?.path === form.getAttribute("action")) sent = copy(state);
  });
  addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "said") event.target.scrollIntoView({ block: "nearest" });
  });
  addEventListener("regionsaved", () => {
    saved = sent || saved;
    draw();
  });
  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
  form.querySelector(".coordinates").open = false;
  new ResizeObserver(draw).observe(frame);
  draw();
})();
