// Letters as chips; moves the shared cursor of its dim with buttons, keys and time, all in the browser.

const ICONS = {
  first: "M6 5v14M19 5l-9 7 9 7z", back: "M16 5l-9 7 9 7z", play: "M8 4.5v15l12-7.5z", pause: "M8 5v14M16 5v14",
  forward: "M8 5l9 7-9 7z", last: "M18 5v14M5 5l9 7-9 7z",
};
const SPEEDS = [0.5, 1, 2, 4];
const BEAT = 900; // milliseconds a step at speed 1

function icon(shape) {
  const path = make("path", { d: ICONS[shape], fill: "currentColor", stroke: "currentColor", "stroke-width": 2.4, "stroke-linejoin": "round", "stroke-linecap": "round" });
  return make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, path);
}

// ── moving ──────────────────────────────────────────────────────────────────────────────────────────────────

const last = (s) => s.d.labels.length - 1;
const go = (s, index) => { stop(s); step(s, index); };
function step(s, index) {
  cursors().owner = s;
  moveTo(s.d.dim, clamp(index, 0, last(s)));
}

function stop(s) {
  if (!s.timer) return;
  clearInterval(s.timer);
  s.timer = 0;
  drawPlay(s);
}

function play(s) {
  if (s.timer) return stop(s);
  step(s, s.at >= last(s) ? 0 : s.at);
  s.timer = setInterval(() => {
    step(s, s.at + 1);
    if (s.at >= last(s)) stop(s);
  }, BEAT / s.speed);
  drawPlay(s);
}

function faster(s) {
  s.speed = SPEEDS[(SPEEDS.indexOf(s.speed) + 1) % SPEEDS.length];
  if (s.timer) { stop(s); play(s); }
  drawPlay(s);
}

/** Keys that mean the same wherever the focus is; returns whether the key was one of them. */
function press(s, event, chips) {
  const moves = { ArrowLeft: () => go(s, s.at - 1), ArrowRight: () => go(s, s.at + 1), " ": () => play(s) };
  if (chips) Object.assign(moves, { Home: () => go(s, 0), End: () => go(s, last(s)) });
  if (!Object.hasOwn(moves, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  moves[event.key]();
}

const TAKES_ARROWS = "input, textarea, select, [contenteditable]:not([contenteditable=false]), iframe, video, audio, " +
  ["application", "slider", "listbox", "option", "combobox", "spinbutton", "textbox", "tab", "radio", "menu", "menuitem", "menuitemradio",
    "menubar", "tree", "treeitem", "grid", "gridcell", "dialog", "searchbox", "scrollbar"].map((role) => `[role=${role}]`).join(", ");
const TAKES_SPACE = "button, a[href], summary, [role=button], [role=link], [role=checkbox], [role=switch]";

/** A key pressed elsewhere on the page belongs to the stepper used last, if nothing else wants it. */
function heard(s, event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const all = cursors();
  if (!all.owner?.root.isConnected) all.owner = s;
  if (all.owner !== s) return;
  const path = event.composedPath().filter((node) => node instanceof Element);
  if (path.some((node) => node.matches(TAKES_ARROWS))) return;
  if (event.key === " " && path.some((node) => node.matches(TAKES_SPACE))) return;
  press(s, event, false);
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

/** "Step 3 of 7: t. Spanish 41 %" */
function sentence(s) {
  const { words, labels, captions, flips } = s.d, k = s.at;
  const parts = [fill(words.step_of, { step: k + 1, steps: labels.length, label: visible(labels[k]) })];
  if (captions.length) parts.push(captions[k].replace(/\n/g, " "));
  if (flips.includes(k)) parts.push(words.flip);
  return parts.join(". ");
}

function chip(s, k) {
  const { d } = s, flip = d.flips.includes(k), [first, second] = (d.captions[k] ?? "").split("\n");
  const strength = d.strengths.length ? make("i", { class: "strength" }) : null;
  strength?.style.setProperty("--share", String(clamp(d.strengths[k], 0, 1)));
  return make("button", { type: "button", class: `chip${flip ? " flip" : ""}`, tabindex: -1, onclick: () => go(s, k), onkeydown: (event) => press(s, event, true) },
    make("span", { class: "letter" }, visible(d.labels[k])),
    d.captions.length ? make("span", { class: "captions" }, make("span", { class: "caption" }, first), second ? make("span", { class: "caption quiet" }, second) : null) : null,
    strength,
    flip ? make("span", { class: "heard" }, d.words.flip) : null);
}

function drawChips(s) {
  const { d } = s;
  s.chips = d.labels.map((_, k) => chip(s, k));
  s.row.replaceChildren(...s.chips);
  s.root.classList.toggle("plain", !d.captions.length);
  s.row.setAttribute("aria-label", d.alt);
  s.key.hidden = !d.flips.length;
  s.key.textContent = d.words.flip ?? "";
}

function drawPlay(s) {
  const { words } = s.d, playing = Boolean(s.timer);
  for (const [shape, button] of Object.entries(s.buttons)) {
    button.setAttribute("aria-label", words[shape === "play" && playing ? "pause" : shape] ?? shape);
    button.title = button.getAttribute("aria-label");
  }
  s.buttons.play.replaceChildren(icon(playing ? "pause" : "play"));
  s.speedButton.textContent = `${String(s.speed).replace("0.5", "½")}×`;
  s.speedButton.setAttribute("aria-label", `${words.speed} ${s.speed}×`);
  s.speedButton.title = words.speed ?? "";
}

/** Mark the current chip, keep it in sight, say where we are. */
function drawAt(s, told) {
  s.chips.forEach((node, k) => {
    const here = k === s.at;
    node.classList.toggle("here", here);
    node.classList.toggle("ahead", k > s.at);
    node.tabIndex = here ? 0 : -1;
    if (here) node.setAttribute("aria-current", "step");
    else node.removeAttribute("aria-current");
  });
  const node = s.chips[s.at], box = s.box;
  const left = node.offsetLeft - box.clientWidth / 2 + node.offsetWidth / 2;
  if (box.scrollWidth > box.clientWidth) box.scrollTo({ left, behavior: calm() || !told ? "auto" : "smooth" });
  if (s.chips.includes(s.root.getRootNode().activeElement)) node.focus({ preventScroll: true });
  s.buttons.first.disabled = s.buttons.back.disabled = s.at === 0;
  s.buttons.forward.disabled = s.buttons.last.disabled = s.at === last(s);
  const { words, labels } = s.d;
  s.where.textContent = fill(words.step_short, { step: s.at + 1, steps: labels.length });
  if (told) s.live.textContent = sentence(s);
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

function build(root) {
  const s = { timer: 0, speed: 1, at: 0, buttons: {}, undo: [] };
  const acts = { first: () => go(s, 0), back: () => go(s, s.at - 1), play: () => play(s), forward: () => go(s, s.at + 1), last: () => go(s, last(s)) };
  for (const [shape, onclick] of Object.entries(acts)) s.buttons[shape] = make("button", { type: "button", class: `act ${shape}`, onclick }, icon(shape));
  s.speedButton = make("button", { type: "button", class: "act speed", onclick: () => faster(s) });
  s.where = make("span", { class: "where quiet" });
  s.key = make("span", { class: "key" });
  s.row = make("div", { class: "row", role: "group" });
  s.box = make("div", { class: "box" }, s.row);
  s.live = make("div", { class: "heard", "aria-live": "polite" });
  const bar = make("div", { class: "bar" }, ...Object.values(s.buttons), s.speedButton, s.where, s.key);
  bar.addEventListener("keydown", (event) => event.key.startsWith("Arrow") && press(s, event, false));
  root.replaceChildren(edged(s, s.box), bar, s.live);
  return s;
}

function listen(s) {
  const hear = (event) => heard(s, event);
  window.addEventListener("keydown", hear);
  subscribe(s, (dim, index, byUser) => {
    if (dim !== s.d.dim) return;
    s.at = clamp(index, 0, last(s));
    drawAt(s, byUser);
  });
  watchSize(s, s.root, () => drawAt(s, false));
  s.undo.push(() => window.removeEventListener("keydown", hear), () => clearInterval(s.timer),
    () => { if (cursors().owner === s) cursors().owner = null; });
}

export default function ({ data, parentElement }) {
  const s = instance(parentElement, build);
  if (s.bytes !== data) {
    s.bytes = data;
    s.d = unpack(data);
    stop(s);
    cursors().owner ??= s;
    drawChips(s); // before the cursor moves: the listener below marks one of them
    s.at = declare(s.d.dim, s.d.cursors[s.d.dim], s.d.labels.length);
  }
  if (!s.listening) { listen(s); s.listening = true; }
  drawPlay(s);
  drawAt(s, false);
  return s.cleanup;
}
