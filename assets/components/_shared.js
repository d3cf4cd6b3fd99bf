// What all components share. Prepended to each file: one ES module per component, no build step.
// User text reaches the page only through textContent and fillText.

const SVG = "http://www.w3.org/2000/svg";
const STATES = new WeakMap(); // parentElement -> what an instance keeps between two calls

/** The state of an instance; made by `create(root)` the first time, together with its cleanup list. */
function instance(parent, create) {
  if (!STATES.has(parent)) {
    const root = parent.querySelector(".u");
    const state = Object.assign(create(root), { root }); // the very object that the listeners hold
    state.undo ??= [];
    state.cleanup = () => {
      state.undo.forEach((undo) => undo());
      STATES.delete(parent);
      root.replaceChildren();
    };
    STATES.set(parent, state);
  }
  return STATES.get(parent);
}

/** Length | JSON | padding | float32…  ->  {…header, arrays: {name: {shape, data}}} */
function unpack(bytes) {
  if (!(bytes instanceof Uint8Array)) throw new Error("the payload is not bytes");
  const size = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  const numbers = new Float32Array(bytes.slice(4 + size + ((4 - (size % 4)) % 4)).buffer);
  let start = 0;
  const arrays = {};
  for (const [name, shape] of header.arrays) {
    const length = shape.reduce((a, b) => a * b, 1);
    arrays[name] = { shape, data: numbers.subarray(start, (start += length)) };
  }
  return { ...header, arrays };
}

/** An element with attributes, listeners (`on…`), text and children; null attributes are left out. */
function make(tag, attributes = {}, ...children) {
  const node = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}
const SVG_TAGS = new Set(["svg", "g", "path", "rect", "circle", "text", "tspan"]);

/** "{a} of {b}" with its braces filled; the words come from Python, in the page's language. */
const fill = (text, values) => String(text ?? "").replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

/** Four significant digits and a real minus sign; a dash where there is no number. */
function number(value, digits = 4) {
  if (Number.isNaN(value)) return "—";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential(digits - 1) : String(Number(value.toPrecision(digits)));
  return text.replace(/-/g, "−");
}

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;

/** A blank letter is shown as ␣, everything else as it is. */
const visible = (label) => (/^\s+$/.test(label) || label === "" ? "␣" : label);

// ── colours ─────────────────────────────────────────────────────────────────────────────────────────────────

let probe;
/** Any CSS colour -> [r, g, b] in 0…255. */
function rgb(colour) {
  probe ??= document.createElement("canvas").getContext("2d");
  probe.fillStyle = "#000";
  probe.fillStyle = colour;
  const text = probe.fillStyle;
  if (text[0] === "#") return [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
  return text.match(/[\d.]+/g).slice(0, 3).map(Number);
}
const css = (c) => `rgb(${c.map((v) => Math.round(clamp(v, 0, 255))).join(" ")})`;
const linear = (v) => ((v /= 255), v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const gamma = (v) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * Math.max(v, 0) ** (1 / 2.4) - 0.055);
/** WCAG relative luminance of [r, g, b]. */
const luminance = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);

function oklab(c) {
  const [r, g, b] = c.map(linear);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
function unlab([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map(gamma);
}
/** [r, g, b] between two colours, in OKLab, where equal steps look equal. */
function mix(from, to, share) {
  const [a, b] = [oklab(from), oklab(to)];
  return unlab(a.map((v, i) => v + (b[i] - v) * share));
}

/** The page's colours and font, read anew at every theme change. */
function theme(root) {
  const style = getComputedStyle(root);
  const get = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const colour = (name, fallback) => rgb(get(name) || fallback);
  const background = colour("background-color", "#ffffff"), text = colour("text-color", "#1a2026");
  const dark = luminance(background) < 0.2;
  return {
    dark, background, text, font: style.fontFamily,
    primary: colour("primary-color", "#0b5c68"),
    muted: mix(background, text, dark ? 0.72 : 0.74),
    faint: mix(background, text, 0.1),
    track: mix(background, text, dark ? 0.07 : 0.05),
    rule: mix(background, text, 0.22),
    flip: colour("orange-color", dark ? "#ffab70" : "#b34700"),
    groups: (get("chart-categorical-colors") || "#0072b2,#c04f00,#00795a,#b4508c").split(",").map(rgb),
    key: [get("background-color"), get("text-color"), get("primary-color"), style.fontFamily, rem()].join(),
  };
}

const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
const EMBER = ["#1f0c48", "#430f75", "#6f1f81", "#9b2f7f", "#c83f71", "#ec6159", "#fb8d61", "#fdb97d", "#fbe08e"]; // log: bright = near 0
const SHADES = 256;

/** The main colours of a kind's scale, from its low end to its high one. */
function stops(kind, look) {
  const { background, text, dark } = look;
  if (kind === "prob") return VIRIDIS.map(rgb);
  if (kind === "log") return EMBER.map(rgb);
  if (kind === "count") return [mix(background, text, 0.05), mix(background, text, 0.45), mix(background, text, 0.88)];
  const [blue, orange] = dark ? ["#6db7ff", "#ffa04d"] : ["#0a4f94", "#b34a00"];
  const [cold, warm] = dark ? ["#2f6fb0", "#b3621c"] : ["#6aa5d8", "#ec9a55"];
  return [rgb(blue), rgb(cold), background, rgb(warm), rgb(orange)];
}

/** 256 shades of a kind's scale and the ink that is read best on each. */
function shades(kind, look) {
  const ends = stops(kind, look);
  const inks = [[255, 255, 255], [12, 18, 24]].map((c) => [css(c), luminance(c)]);
  const list = kind === "index" ? look.groups : Array.from({ length: SHADES }, (_, k) => {
    const at = (k / (SHADES - 1)) * (ends.length - 1), low = Math.min(Math.floor(at), ends.length - 2);
    return mix(ends[low], ends[low + 1], at - low);
  });
  return list.map((colour) => {
    const light = luminance(colour);
    const ink = (light + 0.05) / (inks[1][1] + 0.05) > (inks[0][1] + 0.05) / (light + 0.05) ? inks[1][0] : inks[0][0];
    return { fill: css(colour), ink, pixel: [...colour.map((v) => Math.round(clamp(v, 0, 255))), 255] };
  });
}

// ── the shared cursors: one object on window, one event, nothing sent to the server ─────────────────────────────

/** Cursors by the name of a dim. `declared` is the index Python asked for last: only another one moves the cursor. */
function cursors() {
  window.unrolledCursor ??= { pages: {}, timer: 0, owner: null };
  return window.unrolledCursor;
}

/** The cursors of the page that is open; another page's are kept until one comes back to it. */
function dims() {
  return (cursors().pages[location.pathname] ??= {});
}
const MOVED = "unrolled:cursor";

function cursorOf(dim) {
  return dims()[dim];
}

/** The index that the address asks for under a parameter, or null. */
function askedFor(param) {
  const text = param === null ? null : new URLSearchParams(location.search).get(param);
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
}

/** Make a cursor known. `size` (of the owner, a stepper or slider) clamps it. Returns its index. */
function declare(dim, { param = null, index = null } = {}, size = Infinity) {
  let cursor = cursorOf(dim);
  if (!cursor) cursor = dims()[dim] = { index: 0, param: null, declared: null, moved: false };
  if (index !== null && index !== cursor.declared) Object.assign(cursor, { declared: index, index });
  if (param !== null && param !== cursor.param) {
    cursor.param = param;
    if (!cursor.moved) cursor.index = askedFor(param) ?? cursor.index;
  }
  moveTo(dim, Math.min(cursor.index, size - 1), false);
  return cursor.index;
}

/** Move a cursor; everything on the page that has the dim follows. */
function moveTo(dim, index, byUser = true) {
  if (!cursorOf(dim)) declare(dim);
  const cursor = cursorOf(dim);
  const changed = cursor.index !== index || cursor.told !== index;
  Object.assign(cursor, { index, told: index, moved: cursor.moved || byUser });
  if (changed) window.dispatchEvent(new CustomEvent(MOVED, { detail: { dim, index, byUser } }));
  const all = cursors();
  if (!all.timer) all.timer = setTimeout(writeUrl, 150); // browsers allow about three address changes a second
}

/** The address says where every cursor stands; Streamlit's own parameters are left as they are. */
function writeUrl() {
  const all = cursors();
  clearTimeout(all.timer);
  all.timer = 0;
  const url = new URL(location.href);
  for (const dim of Object.keys(dims())) {
    const cursor = cursorOf(dim);
    if (!cursor || cursor.param === null) continue;
    if (cursor.moved || url.searchParams.has(cursor.param)) url.searchParams.set(cursor.param, String(cursor.index));
  }
  if (url.href !== location.href) history.replaceState(history.state, "", url.href);
}

/** Call `follow(dim, index, byUser)` at each move until the instance is unmounted. */
function subscribe(state, follow) {
  const listen = (event) => follow(event.detail.dim, event.detail.index, event.detail.byUser);
  window.addEventListener(MOVED, listen);
  state.undo.push(() => window.removeEventListener(MOVED, listen));
}

/** Call `changed()` whenever the element gets another width, the type another size, or a font has come. */
function watchSize(state, element, changed) {
  let last = "";
  const observer = new ResizeObserver(() => {
    const now = `${element.clientWidth} ${rem()} ${devicePixelRatio}`;
    if (now !== last && element.clientWidth) changed();
    last = now;
  });
  observer.observe(element);
  document.fonts.addEventListener("loadingdone", changed);
  state.undo.push(() => observer.disconnect(), () => document.fonts.removeEventListener("loadingdone", changed));
}

/** The scrolling box in a frame whose edges are shaded where there is more to see; `state.edges()` looks again. */
function edged(state, box) {
  const view = make("div", { class: "view" }, box);
  state.edges = () => {
    const left = box.scrollLeft, rest = box.scrollWidth - box.clientWidth - left;
    view.classList.toggle("before", left > 2);
    view.classList.toggle("after", rest > 2);
  };
  const observer = new ResizeObserver(state.edges);
  observer.observe(box);
  box.addEventListener("scroll", state.edges, { passive: true });
  state.undo.push(() => observer.disconnect());
  return view;
}

// ── stepping: buttons, keys and time move the cursor `s.dim` over `s.steps` places ─────────────────────────────────

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

const last = (s) => s.steps - 1;
const go = (s, index) => { stop(s); step(s, index); };
function step(s, index) {
  cursors().owner = s;
  moveTo(s.dim, clamp(index, 0, last(s)));
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
function press(s, event, ends) {
  const moves = { ArrowLeft: () => go(s, s.at - 1), ArrowRight: () => go(s, s.at + 1), " ": () => play(s) };
  if (ends) Object.assign(moves, { Home: () => go(s, 0), End: () => go(s, last(s)) });
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
  if (s.steps < 2) return; // whoever shows everything at once wants no keys
  if (!all.owner?.root.isConnected) all.owner = s;
  if (all.owner !== s) return;
  const path = event.composedPath().filter((node) => node instanceof Element);
  if (path.some((node) => node.matches(TAKES_ARROWS))) return;
  if (event.key === " " && path.some((node) => node.matches(TAKES_SPACE))) return;
  press(s, event, false);
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

/** After a step: the buttons that lead nowhere are off, the count is told. */
function drawStep(s) {
  s.buttons.first.disabled = s.buttons.back.disabled = s.at === 0;
  s.buttons.forward.disabled = s.buttons.last.disabled = s.at === last(s);
  s.where.textContent = fill(s.d.words.step_short, { step: s.at + 1, steps: s.steps });
}

/** The bar of buttons of a state that has `dim, steps, at`; `rest` stands at its end. */
function playBar(s, ...rest) {
  Object.assign(s, { timer: 0, speed: 1, buttons: {} });
  const acts = { first: () => go(s, 0), back: () => go(s, s.at - 1), play: () => play(s), forward: () => go(s, s.at + 1), last: () => go(s, last(s)) };
  for (const [shape, onclick] of Object.entries(acts)) s.buttons[shape] = make("button", { type: "button", class: `act ${shape}`, onclick }, icon(shape));
  s.speedButton = make("button", { type: "button", class: "act speed", onclick: () => faster(s) });
  s.where = make("span", { class: "where quiet" });
  const bar = make("div", { class: "bar" }, ...Object.values(s.buttons), s.speedButton, s.where, ...rest);
  bar.addEventListener("keydown", (event) => event.key.startsWith("Arrow") && press(s, event, false));
  return bar;
}

/** Hear the keys of the page until the instance is unmounted. */
function hearKeys(s) {
  const hear = (event) => heard(s, event);
  window.addEventListener("keydown", hear);
  s.undo.push(() => window.removeEventListener("keydown", hear), () => clearInterval(s.timer),
    () => { if (cursors().owner === s) cursors().owner = null; });
}


// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Size a canvas for the screen's pixels; returns a context in CSS pixels, cleared. */
function surface(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

/** The text, shortened with … to a width. */
function shorten(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  const chars = [...text];
  let [low, high] = [0, chars.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ctx.measureText(chars.slice(0, middle).join("") + "…").width <= width) low = middle;
    else high = middle - 1;
  }
  return chars.slice(0, low).join("") + "…";
}

/** Place a tooltip beside a point of the root, inside the root's width. */
function placeTip(tip, root, x, y, gap = 14) {
  tip.hidden = false;
  const [w, h] = [tip.offsetWidth, tip.offsetHeight];
  const left = x + gap + w <= root.clientWidth ? x + gap : x - gap - w;
  tip.style.left = `${clamp(left, 0, Math.max(0, root.clientWidth - w))}px`;
  tip.style.top = `${y - h - gap / 2 >= 0 ? y - h - gap / 2 : y + gap}px`;
}

// ── after a pick ────────────────────────────────────────────────────────────────────────────────────────────

const WAIT = 3000; // milliseconds an answer may take to appear
const GROW = 1800; // milliseconds in which its tables may still come
const PULSE = 100;

/** The panel that explains this figure's cells: it belongs to the key of the component's own container. */
function answer(s) {
  const own = s.root.getRootNode().host?.closest("[class*='st-key-']");
  const key = [...(own?.classList ?? [])].find((name) => name.startsWith("st-key-"));
  return key ? document.querySelector(`.${CSS.escape(`${key}__explanation`)}`) : null;
}

/** After a pick, wait for the answer to come to rest and bring it into view, unless the reader scrolls. */
function awaitAnswer(s) {
  s.stopWaiting?.();
  let [until, still, high, shown] = [performance.now() + WAIT, 0, -1, 0];
  const stopped = ["wheel", "touchmove", "keydown"], stop = () => {
    clearInterval(timer);
    stopped.forEach((name) => window.removeEventListener(name, stop, true));
  };
  const timer = setInterval(() => {
    const panel = answer(s), now = panel?.offsetHeight ?? 0, late = performance.now() > until;
    const busy = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "running";
    still = now > 0 && now === high && !busy && !panel.closest("[data-stale=true]") ? still + 1 : 0;
    high = now;
    if (late) stop();
    if (!now || now === shown || (still < 3 && !late)) return;
    if (!shown) until = performance.now() + GROW;
    shown = now;
    bringIntoView(panel);
  }, PULSE);
  setTimeout(() => stopped.forEach((name) => window.addEventListener(name, stop, { capture: true, passive: true })), 0);
  s.stopWaiting = stop;
}

/** How far down from the top of the page a bar reaches that it, or what it stands in, is pinned there. */
function pinnedTo(bar) {
  for (let node = bar; node; node = node.parentElement) {
    const style = getComputedStyle(node);
    if (style.position === "sticky") return node.offsetHeight + (parseFloat(style.top) || 0);
  }
  return 0;
}

/** Scroll as little as needed; what is pinned at the top of the page covers nothing. */
function bringIntoView(panel) {
  panel.style.scrollMarginTop = `${Math.max(0, ...[...document.querySelectorAll("[class*='st-key-steps_']")].map(pinnedTo)) + 12}px`;
  panel.style.scrollMarginBottom = "16px";
  panel.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
}

// ── what stands under a figure, and its life ─────────────────────────────────────────────────────────────────────────

/** Notes for eyes, the keys and the news for ears, and the tooltip. */
function footer(s) {
  s.notes = make("p", { class: "notes quiet" });
  s.help = make("p", { class: "heard", id: "help" });
  s.live = make("div", { class: "heard", "aria-live": "polite" });
  s.tip = make("div", { class: "tip", "aria-hidden": "true", hidden: "" });
  return [s.notes, s.help, s.live, s.tip];
}

/** What the figure is and which keys it has; its notes. */
function describe(s, kind, ...help) {
  s.stage.setAttribute("aria-label", s.d.alt);
  s.stage.setAttribute("aria-roledescription", kind);
  s.help.textContent = [...help, s.d.words.pick].filter(Boolean).join(" ");
  s.notes.textContent = s.d.notes ?? "";
  s.notes.hidden = !s.d.notes;
}

/** Build once, load when the data change, listen once, render at each call. */
function mounted({ data, parentElement, setTriggerValue }, { build, load, listen, render }) {
  const s = instance(parentElement, build);
  s.send = (what) => { writeUrl(); setTriggerValue("pick", what); };
  if (s.bytes !== data) {
    s.bytes = data;
    load(s, unpack(data));
  }
  if (!s.listening) { listen(s); s.listening = true; }
  render(s);
  return s.cleanup;
}
