// Words to words: lines as strong as their weights, one colour a head; hover or keyboard shows the lines of one word.

const WEAKEST = 0.01; // weaker lines are not drawn, and the figure says so
const TOLD = 4; // how many weights of a word are told in its sentence
const SIDES = ["source", "target"];
const other = (side) => SIDES[1 - SIDES.indexOf(side)];
const index = (axis, place) => (axis.index ? axis.index[place] : place);
const find = (axis, at) => (axis.index ? axis.index.indexOf(at) : clamp(at, 0, axis.size - 1));
/** A word in a sentence; one that runs from right to left or turns the text round is kept apart from the rest. */
const apart = (word) => (/[\u0590-\u08ff\u202a-\u202e\u2066-\u2069]/.test(word) ? `\u2068${word}\u2069` : word);
const percent = (w) => `${Math.round(100 * w)} %`;

// ── what is shown: heads, the slice at a slider's cursor ───────────────────────────────────────────────────────

const weight = (s, h, i, j) => s.slice[(h * s.n + i) * s.m + j];
/** The heads that are drawn: those switched on, or the one whose chip is under the mouse. */
const heads = (s) => (s.alone >= 0 ? [s.alone] : s.on.flatMap((on, h) => (on ? [h] : [])));

/** The weight of a pair of words: the mean of the heads that are drawn. */
function mean(s, i, j) {
  const all = heads(s);
  return all.reduce((sum, h) => sum + (weight(s, h, i, j) || 0), 0) / (all.length || 1);
}

/** The pairs [i, j] of a word with all words of the other side, or of all words. */
function pairs(s, only = null) {
  const list = (n, side) => (only?.side === side ? [only.k] : Array.from({ length: n }, (_, k) => k));
  return list(s.n, "target").flatMap((i) => list(s.m, "source").map((j) => [i, j]));
}

/** The lines of a word or of all words, the strongest last. */
function lines(s, only = null) {
  const all = [];
  if (only?.edge) return [{ ...only.edge, w: weight(s, only.edge.h, only.edge.i, only.edge.j) }];
  heads(s).forEach((h, place) => pairs(s, only).forEach(([i, j]) => {
    const w = weight(s, h, i, j);
    if (w >= WEAKEST) all.push({ h, i, j, w, place });
  }));
  return all.sort((a, b) => a.w - b.w);
}

/** What is looked at: a line or word under the mouse, the word of the keyboard, the word at the cursor of the page. */
function looked(s) {
  if (s.hover) return s.hover;
  if (s.keys) return { side: s.keys, k: s.at[s.keys], edge: s.edge };
  return s.cursor >= 0 ? { side: "target", k: s.cursor } : null;
}

function follow(s) {
  const { slider, target } = s.d, size = s.H * s.n * s.m;
  s.place = slider ? Math.max(0, find(slider, cursorOf(slider.dim)?.index ?? 0)) : 0;
  s.slice = s.d.arrays.weights.data.subarray(s.place * size, (s.place + 1) * size);
  s.cursor = cursorOf(target.dim) ? find(target, cursorOf(target.dim).index) : -1;
}

// ── where everything stands: `a` runs across the gap between the sides, `b` along the words ───────────────────────

function layout(s) {
  const width = s.root.clientWidth, px = rem() * 0.92;
  s.pen.font = `650 ${px}px ${s.look.font}`;
  const wide = (text) => Math.ceil(s.pen.measureText(text).width + 0.85 * px), figures = Math.ceil(s.pen.measureText("100 %").width + 0.5 * px);
  const slots = Object.fromEntries(SIDES.map((side) => [side, s.names[side].map((name) => Math.max(wide(name), figures) + 4)]));
  const needed = Math.max(...SIDES.map((side) => slots[side].reduce((a, b) => a + b, 0)));
  const rows = s.d.layout === "rows" || (s.d.layout === "auto" && needed <= width);
  s.g = { rows, px, places: {}, wide: {} };
  if (rows) inRows(s, slots, needed, width);
  else inColumns(s, Math.max(...SIDES.flatMap((side) => s.names[side].map(wide))), figures, width);
}

function inRows(s, slots, needed, width) {
  const { g } = s, line = 1.7 * g.px, gap = clamp(0.2 * needed, 5.5 * rem(), 9 * rem());
  const span = Math.max(needed, Math.min(width, 1.3 * needed));
  for (const side of SIDES) {
    const free = (span - slots[side].reduce((a, b) => a + b, 0)) / slots[side].length;
    let left = 0;
    g.wide[side] = slots[side];
    g.places[side] = slots[side].map((slot) => (left += slot + free) - (slot + free) / 2);
  }
  Object.assign(g, { line, from: 2.3 * line + 2, to: 2.3 * line + gap, width: span, height: gap + 4.6 * line + 2 });
  g.bundle = 14;
}

function inColumns(s, longest, figures, width) {
  const { g } = s, most = Math.max(s.n, s.m), line = Math.max(22, rem() * (most <= 16 ? 1.7 : most <= 30 ? 1.5 : 1.3));
  const word = Math.min(longest, Math.max(60, (width - 2 * figures - 84) / 2)), gap = clamp(width - 2 * (word + figures), 60, 24 * rem());
  for (const [side, n] of [["source", s.m], ["target", s.n]]) {
    const free = Math.min(line * 1.5, (most * line) / n); // a shorter sentence is spread a little
    g.wide[side] = Array(n).fill(word);
    g.places[side] = Array.from({ length: n }, (_, k) => (most * line - n * free) / 2 + (k + 0.5) * free);
  }
  Object.assign(g, { line, word, from: figures + word + 4, to: figures + word + gap - 4, width: 2 * (figures + word) + gap, height: most * line + 2, bundle: 0.55 * line });
}

/** The ends of a line along the words; the lines of several heads lie side by side. */
function ends(s, { i, j, place = 0, aside }) {
  const count = heads(s).length, step = Math.min(2.4, s.g.bundle / count);
  aside ??= (place - (count - 1) / 2) * step;
  return [s.g.places.source[j] + aside, s.g.places.target[i] + aside];
}

/** The line under a point: all curves have the same shape, so each is one product away. */
function nearest(s, x, y) {
  const { g } = s, [a, b] = g.rows ? [y, x] : [x, y], along = (a - g.from) / (g.to - g.from);
  if (along < 0.02 || along > 0.98) return null;
  let [low, high] = [0, 1];
  for (let round = 0; round < 20; round++) { // the parameter at which the curve has come that far across
    const u = (low + high) / 2, v = 1 - u;
    if (1.5 * v * v * u + 1.5 * v * u * u + u * u * u < along) low = u;
    else high = u;
  }
  const rise = low * low * (3 - 2 * low), only = s.hover?.edge || !looked(s) ? null : looked(s);
  let best = null, least = 7;
  for (const one of lines(s, only && !only.edge ? only : null)) {
    const [from, to] = ends(s, one), away = Math.abs(from + (to - from) * rise - b) - 3 * one.w;
    if (away < least) [best, least] = [one, away];
  }
  return best;
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

function palette(s) {
  const { look } = s;
  if (!s.d.head) return [look.primary];
  const second = look.groups.map((colour) => mix(colour, look.dark ? look.background : look.text, 0.38));
  return [...look.groups, ...second];
}
const colour = (s, h) => css(s.colours[h % s.colours.length]);

function curve(s, ctx, one) {
  const { from, to, rows } = s.g, [b1, b2] = ends(s, one), middle = (from + to) / 2;
  const at = (a, b) => (rows ? [b, a] : [a, b]);
  ctx.beginPath();
  ctx.moveTo(...at(from, b1));
  ctx.bezierCurveTo(...at(middle, b1), ...at(middle, b2), ...at(to, b2));
  ctx.stroke();
}

function drawLines(s, ctx, list, strong) {
  const many = Math.min(1, 5 / (heads(s).length + 2));
  ctx.lineCap = "butt";
  for (const one of list) {
    ctx.strokeStyle = colour(s, one.h);
    ctx.globalAlpha = strong ? 0.3 + 0.7 * Math.sqrt(one.w) : clamp(0.05 + 0.9 * one.w, 0, 0.85);
    ctx.lineWidth = 0.8 + 6.5 * one.w * (0.35 + 0.65 * many);
    curve(s, ctx, one);
  }
  ctx.globalAlpha = 1;
}

/** What is true: a dotted outline round a word's own lines, or round all. */
function drawTruth(s, ctx, only = null) {
  if (!s.truth || !s.truthful) return;
  ctx.setLineDash([0.1, 4.5]);
  Object.assign(ctx, { lineCap: "round", lineWidth: 2, strokeStyle: css(s.look.text) });
  for (const [i, j] of pairs(s, only)) {
    if (!s.truth[i * s.m + j] || (only?.edge && (only.edge.i !== i || only.edge.j !== j))) continue;
    for (const aside of [-5, 5]) curve(s, ctx, { i, j, aside });
  }
  ctx.setLineDash([]);
}

function drawBase(s) {
  const ctx = surface(s.base, s.g.width, s.g.height), all = lines(s);
  drawLines(s, ctx, all, false);
  drawTruth(s, ctx);
  s.root.dataset.lines = all.length;
}

function drawOver(s) {
  const ctx = surface(s.over, s.g.width, s.g.height), only = looked(s);
  s.base.classList.toggle("back", Boolean(only));
  if (only) {
    const list = lines(s, only).map((one) => ({ ...one, place: Math.max(0, heads(s).indexOf(one.h)) }));
    drawLines(s, ctx, list, true);
    drawTruth(s, ctx, only);
  }
  drawWords(s, only);
  s.now.textContent = only ? sentence(s, only) : s.d.words.links_hint;
}

/** The word looked at, and the weights beside those it is linked with. */
function drawWords(s, only) {
  for (const side of SIDES) {
    s.words[side].forEach((node, k) => {
      const across = only && side !== only.side, w = across ? (side === "source" ? mean(s, only.k, k) : mean(s, k, only.k)) : 0;
      const chosen = only?.edge ? only.edge[side === "source" ? "j" : "i"] === k : w >= WEAKEST;
      node.querySelector("b").textContent = across && chosen ? percent(only.edge ? weight(s, only.edge.h, only.edge.i, only.edge.j) : w) : "";
      node.classList.toggle("near", Boolean(across && chosen));
      node.classList.toggle("faint", Boolean(across && !chosen));
      node.classList.toggle("over", Boolean(only && side === only.side && k === only.k && (s.hover || s.keys)));
      node.classList.toggle("here", side === "target" && k === s.cursor);
    });
  }
}

/** "house: 83 % from Haus, 9 % from das" */
function sentence(s, { side, k, edge }) {
  const { words } = s.d, told = side === "target" ? words.links_from : words.links_to, head = (h) => `${s.d.head.word} ${chipName(s, h)}`;
  if (edge) {
    const text = fill(told, { share: percent(weight(s, edge.h, edge.i, edge.j)), word: apart(s.names[other(side)][side === "target" ? edge.j : edge.i]) });
    return `${apart(s.names[side][k])}: ${text}${s.d.head ? ` (${head(edge.h)})` : ""}`;
  }
  const list = s.names[other(side)].map((word, l) => [apart(word), side === "target" ? mean(s, k, l) : mean(s, l, k)]);
  const strongest = list.filter(([, w]) => w >= WEAKEST).sort((a, b) => b[1] - a[1]).slice(0, TOLD);
  const parts = strongest.map(([word, w]) => fill(told, { share: percent(w), word })).join(", ") || words.links_none;
  return `${apart(s.names[side][k])}: ${parts}${heads(s).length > 1 ? ` (${words.links_mean})` : ""}`;
}

/** The words as elements, once for each change of data; then their places. */
function makeWords(s) {
  for (const side of SIDES) {
    s.words[side] = s.names[side].map((name, k) => {
      const act = (over) => (event) => { if (event.pointerType !== "touch") look(s, over ? { side, k } : null); };
      return make("div", { class: "word", onpointerenter: act(true), onpointerleave: act(false), onclick: (event) => clicked(s, event, { side, k }) },
        make("span", { dir: "auto" }, name), make("b", { "aria-hidden": "true" }));
    });
    s.sides[side].replaceChildren(...s.words[side]);
    s.sides[side].setAttribute("aria-label", `${s.d.alt}: ${s.d[side].word}`);
  }
}

function placeWords(s) {
  const { g } = s;
  s.stage.className = `stage ${g.rows ? "rows" : "columns"}`;
  s.root.classList.toggle("narrow", s.root.clientWidth < 34 * rem());
  Object.assign(s.stage.style, { width: `${g.width}px`, height: `${g.height}px`, fontSize: `${g.px}px` });
  for (const side of SIDES) {
    const first = side === "source", high = g.rows ? g.line : Math.min(g.line, 1.7 * g.px), outer = first ? g.from - 4 : g.to + 4;
    const box = g.rows ? [0, first ? outer - high : outer, g.width, high] : [first ? outer - g.word : outer, 0, g.word, g.height];
    ["left", "top", "width", "height"].forEach((name, k) => (s.sides[side].style[name] = `${box[k]}px`));
    s.words[side].forEach((node, k) => {
      const w = g.wide[side][k] - (g.rows ? 4 : 0), [left, top] = g.rows ? [g.places[side][k] - w / 2, 0] : [0, g.places[side][k] - high / 2];
      Object.assign(node.style, { left: `${left}px`, top: `${top}px`, width: `${w}px`, height: `${high}px` });
    });
  }
}

// ── chips ───────────────────────────────────────────────────────────────────────────────────────────────────

const chipName = (s, h) => (s.d.head.labels ? visible(s.d.head.labels[h]) : String(index(s.d.head, h)));

function changeHeads(s, on) {
  s.on = on;
  s.edge = null;
  drawChips(s);
  redraw(s);
}
const toggle = (s, h) => changeHeads(s, s.on.map((on, k) => (k === h ? !on : on)));
const only = (s, h) => changeHeads(s, s.on.map((on, k) => k === h || (s.sole === h && s.on[h])));

function drawChips(s) {
  const { d } = s, chip = (attributes, ...children) => make("button", { type: "button", class: "chip", ...attributes }, ...children);
  s.sole = s.on.filter(Boolean).length === 1 ? s.on.indexOf(true) : -1;
  if (s.chips.childElementCount !== (d.head ? s.H + 2 : 0) + (s.truth ? 1 : 0) || s.chipped !== d) {
    const preview = (h) => () => { s.alone = h; redraw(s); };
    const made = d.head ? s.on.map((_, h) => chip({ onclick: (event) => (event.shiftKey ? only(s, h) : toggle(s, h)), ondblclick: () => only(s, h),
      onpointerenter: (event) => event.pointerType === "mouse" && preview(h)(), onpointerleave: preview(-1) }, make("i"), make("span", {}, chipName(s, h)))) : [];
    s.headChips = made;
    s.truthChip = s.truth ? chip({ onclick: () => { s.truthful = !s.truthful; drawChips(s); redraw(s); } }, make("i", { class: "dots" }), make("span", {}, d.words.links_truth)) : null;
    const all = d.head ? chip({ class: "chip", onclick: () => changeHeads(s, s.on.map(() => true)) }, make("span", {}, d.words.links_all)) : null;
    s.chips.replaceChildren(...(d.head ? [make("span", { class: "quiet" }, d.head.word), ...made, all] : []), ...(s.truthChip ? [s.truthChip] : []));
    s.chipped = d;
  }
  s.headChips.forEach((node, h) => {
    node.setAttribute("aria-pressed", String(s.on[h]));
    node.style.setProperty("--colour", colour(s, h));
    node.title = d.words.links_only;
    node.setAttribute("aria-label", `${d.head.word} ${chipName(s, h)}`);
  });
  s.truthChip?.setAttribute("aria-pressed", String(s.truthful));
  s.chips.hidden = !s.chips.childElementCount;
}

// ── hands ───────────────────────────────────────────────────────────────────────────────────────────────────

function look(s, hover) {
  s.hover = hover;
  drawOver(s);
}

function redraw(s) {
  drawBase(s);
  drawOver(s);
}

/** A line, or the strongest line of a word. */
function pick(s, { side, k, edge }) {
  const { d } = s, one = edge ?? lines(s, { side, k }).at(-1);
  if (!one) return;
  const position = { ...d.fixed, [d.target.dim]: index(d.target, one.i), [d.source.dim]: index(d.source, one.j) };
  if (d.head) position[d.head.dim] = index(d.head, one.h);
  if (d.slider) position[d.slider.dim] = index(d.slider, s.place);
  s.send({ variable: d.variable, position });
  awaitAnswer(s);
}

function clicked(s, event, what) {
  event.stopPropagation();
  if (s.finger) look(s, what);
  s.keys = null;
  if (what.side === "target" && cursorOf(s.d.target.dim)) moveTo(s.d.target.dim, index(s.d.target, what.k));
  pick(s, what);
}

/** A line under the mouse, in the gap between the words. */
function under(s, event) {
  const box = s.stage.getBoundingClientRect(), one = nearest(s, event.clientX - box.left, event.clientY - box.top);
  return one && { side: "target", k: one.i, edge: one };
}

/** Arrows along the words go to the next one, arrows across to its next line. */
function pressed(s, event, side) {
  if (event.altKey || event.metaKey || event.ctrlKey) return;
  const size = s.names[side].length, walk = (k) => () => { s.at[side] = clamp(k, 0, size - 1); s.edge = null; };
  const turn = (by) => () => {
    const all = [null, ...lines(s, { side, k: s.at[side] }).reverse()], here = s.edge ? all.findIndex((one) => one && one.h === s.edge.h && one.i === s.edge.i && one.j === s.edge.j) : 0;
    s.edge = all[(here + by + all.length) % all.length];
  };
  const [back, on, less, more] = s.g.rows ? ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"] : ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
  const acts = { [back]: walk(s.at[side] - 1), [on]: walk(s.at[side] + 1), [less]: turn(-1), [more]: turn(1), Home: walk(0), End: walk(size - 1),
    Enter: () => pick(s, looked(s)), Escape: () => s.sides[side].blur() };
  if (!Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  s.hover = null;
  if (event.key !== "Escape") s.keys = side;
  acts[event.key]();
  drawOver(s);
  if (event.key !== "Escape" && event.key !== "Enter") s.live.textContent = sentence(s, looked(s));
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

function load(s, d) {
  const before = s.d;
  s.d = d;
  [s.n, s.m, s.H] = [d.target.size, d.source.size, d.head?.size ?? 1];
  s.truth = d.arrays.truth?.data ?? null;
  s.names = Object.fromEntries(SIDES.map((side) => [side, Array.from({ length: d[side].size }, (_, k) => (d[side].labels ? visible(d[side].labels[k]) : String(index(d[side], k))))]));
  if (s.on?.length !== s.H || String(before?.heads) !== String(d.heads)) s.on = Array.from({ length: s.H }, (_, h) => !d.head || !d.heads || d.heads.includes(h));
  for (const axis of [d.target, d.slider]) if (axis && d.cursors[axis.dim]) declare(axis.dim, d.cursors[axis.dim], axis.size);
  Object.assign(s, { at: { source: clamp(s.at.source, 0, s.m - 1), target: clamp(s.at.target, 0, s.n - 1) }, hover: null, edge: null, alone: -1 });
  follow(s);
  makeWords(s);
}

function render(s) {
  const start = performance.now();
  s.look = theme(s.root);
  s.colours = palette(s);
  layout(s);
  placeWords(s);
  drawChips(s);
  redraw(s);
  s.edges();
  s.legend.textContent = s.d.words.links_weakest;
  describe(s, s.d.words.links, s.d.words.links_help);
  s.root.dataset.ms = (performance.now() - start).toFixed(2);
}

function build(root) {
  const s = { undo: [], at: { source: 0, target: 0 }, keys: null, hover: null, words: {}, truthful: true, alone: -1 };
  const side = (name) => make("div", { class: `side ${name}`, role: "application", tabindex: 0, "aria-describedby": "help" });
  s.pen = make("canvas").getContext("2d");
  [s.base, s.over] = [0, 1].map(() => make("canvas", { "aria-hidden": "true" }));
  s.sides = Object.fromEntries(SIDES.map((name) => [name, side(name)]));
  s.stage = make("div", { class: "stage", role: "group" }, s.base, s.over, ...Object.values(s.sides));
  s.chips = make("div", { class: "heads" });
  s.box = make("div", { class: "box" }, s.stage);
  s.now = make("p", { class: "now", "aria-hidden": "true" });
  s.legend = make("p", { class: "legend quiet" });
  root.replaceChildren(s.chips, edged(s, s.box), s.now, s.legend, ...footer(s));
  return s;
}

function listen(s) {
  for (const side of SIDES) {
    const node = s.sides[side];
    node.addEventListener("keydown", (event) => pressed(s, event, side));
    node.addEventListener("focus", () => {
      if (!node.matches(":focus-visible")) return;
      Object.assign(s, { keys: side, edge: null, hover: null });
      drawOver(s);
      s.live.textContent = sentence(s, looked(s));
    });
    node.addEventListener("blur", () => { if (s.keys === side) { s.keys = s.edge = null; drawOver(s); } });
  }
  s.stage.addEventListener("pointerdown", (event) => { s.finger = event.pointerType === "touch"; });
  s.stage.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" || event.target.closest(".word")) return;
    const now = under(s, event);
    s.stage.style.cursor = now ? "pointer" : "";
    if (now || s.hover) look(s, now);
  });
  s.stage.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") look(s, null); });
  s.stage.addEventListener("click", (event) => {
    const now = s.hover?.edge && !s.finger ? s.hover : under(s, event); // what was lit is meant
    if (now) clicked(s, event, now);
    else look(s, null);
  });
  watchSize(s, s.root, () => render(s));
  subscribe(s, (dim) => {
    if (dim !== s.d.target.dim && dim !== s.d.slider?.dim) return;
    follow(s);
    if (dim === s.d.target.dim) drawOver(s);
    else redraw(s);
  });
  s.undo.push(() => s.stopWaiting?.());
}

export default (component) => mounted(component, { build, load, listen, render });
