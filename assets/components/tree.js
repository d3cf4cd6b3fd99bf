// The tree of a beam search: left to right by words, siblings by rank; grows with the shared cursor of its step.

const NEAR = 0.42; // how far a pruned branch reaches, of the way to the next column
const KINDS = ["kept", "pruned", "finished", "best"];

// ── where everything stands ───────────────────────────────────────────────────────────────────────────────────

/** Children by rank, and the columns: the children of one column's nodes in their order, so that no branches cross. */
function grow(s) {
  const { parent, score } = s;
  s.children = Array.from({ length: s.n }, () => []);
  const roots = [];
  for (let k = 0; k < s.n; k++) (parent[k] < 0 ? roots : s.children[parent[k]]).push(k);
  const rank = (a, b) => score[b] - score[a] || a - b;
  for (const list of [roots, ...s.children]) list.sort(rank);
  s.columns = [];
  for (let column = roots; column.length; column = column.flatMap((k) => s.children[k])) s.columns.push(column);
  s.columns.forEach((column, x) => column.forEach((k, y) => { s.column[k] = x; s.row[k] = y; }));
}

/** Places as near as can be to those wished for, `room` apart: runs that touch share the weighted mean of their wishes. */
function spread(wishes, room, weights) {
  const runs = [];
  let offset = 0;
  const offsets = wishes.map((_, k) => (offset += k ? (room[k - 1] + room[k]) / 2 : 0));
  wishes.forEach((wish, k) => {
    runs.push({ sum: weights[k] * (wish - offsets[k]), weight: weights[k], size: 1 });
    while (runs.length > 1 && runs.at(-1).sum / runs.at(-1).weight < runs.at(-2).sum / runs.at(-2).weight) {
      const last = runs.pop();
      for (const part of ["sum", "weight", "size"]) runs.at(-1)[part] += last[part];
    }
  });
  return runs.flatMap(({ sum, weight, size }) => Array(size).fill(sum / weight)).map((base, k) => base + offsets[k]);
}

/** Where the nodes of a column would be: the first kept child straight ahead of its parent, its siblings round it. */
function wished(s, column, room) {
  let base = 0;
  return column.map((k, place) => {
    const up = s.parent[k], mates = up < 0 ? column : s.children[up];
    if (!place || s.parent[column[place - 1]] !== up) {
      const anchor = mates.find((mate) => s.best[mate]) ?? mates.find((mate) => s.kept[mate]) ?? mates[mates.length >> 1];
      base = (up < 0 ? 0 : s.y[up]) - mates.slice(0, mates.indexOf(anchor)).reduce((sum, mate) => sum + room(mate), 0) - room(anchor) / 2;
    }
    return (base += room(k)) - room(k) / 2;
  });
}

function layout(s) {
  const px = rem() * 0.88, small = Math.max(11, px * 0.82), most = 8.5 * px, pen = s.pen;
  const font = (k) => (s.kept[k] ? `${s.best[k] ? 650 : 400} ${px}px ${s.look.font}` : `400 ${small}px ${s.look.font}`);
  s.texts = s.labels.map((label, k) => ((pen.font = font(k)), shorten(pen, label, most)));
  s.wide = s.texts.map((text, k) => ((pen.font = font(k)), pen.measureText(text).width + (s.kept[k] ? 1.1 : 0.5) * px));
  const numbers = s.labels.map((_, k) => number(s.score[k], 3));
  pen.font = `400 ${small}px ${s.look.font}`;
  s.wide = s.wide.map((w, k) => (s.kept[k] ? Math.max(w, pen.measureText(numbers[k]).width + 4) : w));
  const word = s.columns.map((column) => Math.max(...column.map((k) => s.wide[k]))), branch = 4.4 * px;
  const room = (k) => (s.kept[k] ? 1.6 * px + 1.25 * small : 1.42 * small), left = [px * 0.3];
  word.forEach((w, x) => left.push(left[x] + w + branch));
  s.y = Array(s.n).fill(0);
  s.columns.forEach((column) => {
    const weights = column.map((k) => (s.best[k] ? 1e4 : s.kept[k] ? 5 : 1)); // the best path stays straight
    spread(wished(s, column, room), column.map(room), weights).forEach((y, place) => { s.y[column[place]] = y; });
  });
  const ends = s.columns.flat().map((k) => [s.y[k] - room(k) / 2, s.y[k] + room(k) / 2]);
  const top = Math.min(...ends.map(([a]) => a)) - 3, height = Math.max(...ends.map(([, b]) => b)) - top + 3;
  s.y = s.y.map((y) => y - top);
  s.x = s.labels.map((_, k) => left[s.column[k]] - (s.kept[k] || !s.column[k] ? 0 : (1 - NEAR) * branch));
  s.g = { px, small, word, left, branch, numbers, height, width: left.at(-1) - branch + 0.9 * px };
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

const kinds = (s, k) => `${s.kept[k] ? "kept" : "pruned"}${s.best[k] ? " best" : ""}`;
/** Kept nodes carry their score under the word, so the pill stands a little above the middle. */
const middle = (s, k) => (s.kept[k] ? s.y[k] - s.g.small * 0.6 : s.y[k]);

function drawEdge(s, k) {
  const up = s.parent[k], { left, word } = s.g, from = s.x[up] + s.wide[up], turn = left[s.column[up]] + word[s.column[up]];
  const [y1, y2, to] = [middle(s, up), middle(s, k), s.x[k]], half = (turn + to) / 2;
  return make("path", { class: `edge ${kinds(s, k)}`, d: `M${from} ${y1}H${turn}C${half} ${y1} ${half} ${y2} ${to} ${y2}` });
}

function drawNode(s, k) {
  const { g } = s, kept = s.kept[k], high = kept ? 1.5 * g.px : 1.4 * g.small, y = middle(s, k), x = s.x[k], w = s.wide[k];
  const text = (words, attributes) => make("text", attributes, words);
  return make("g", { class: `node ${kinds(s, k)}`, onpointerenter: () => look(s, k), onpointerleave: () => look(s, -1), onclick: () => pick(s, k) },
    make("rect", { class: "pill", x, y: y - high / 2, width: w, height: high, rx: kept ? 5 : 2 }),
    text(s.texts[k], kept ? { class: "word", x: x + w / 2, y, "text-anchor": "middle", "font-size": g.px } : { class: "word", x: x + 0.25 * g.px, y, "font-size": g.small }),
    kept ? text(g.numbers[k], { class: "score", x: x + w / 2, y: y + high / 2 + g.small * 0.62, "text-anchor": "middle", "font-size": g.small }) : null,
    s.finished[k] ? make("rect", { class: "end", x: x + w + 2, y: y - high / 2, width: 5, height: high, rx: 1 }) : null);
}

function drawAll(s) {
  const { g } = s, order = s.columns.flat();
  s.svg.setAttribute("viewBox", `0 0 ${g.width} ${g.height}`);
  for (const node of [s.svg, s.stage]) Object.assign(node.style, { width: `${g.width}px`, height: `${g.height}px` });
  s.edges_ = s.labels.map((_, k) => (s.parent[k] < 0 ? null : drawEdge(s, k)));
  s.nodes = s.labels.map((_, k) => drawNode(s, k));
  const later = (k) => (s.best[k] ? 2 : s.kept[k] ? 1 : 0); // the best path lies on top
  s.svg.replaceChildren(...order.filter((k) => s.edges_[k]).sort((a, b) => later(a) - later(b)).map((k) => s.edges_[k]), ...order.map((k) => s.nodes[k]));
  s.root.dataset.nodes = s.n;
  const shown = { kept: s.kept.some(Boolean), pruned: !s.kept.every(Boolean), finished: s.finished.some(Boolean), best: s.best.some(Boolean) };
  s.legend.replaceChildren(...KINDS.filter((kind) => shown[kind]).map((kind) => make("span", {}, make("i", { class: kind }), s.called[kind])));
}

/** The nodes from the root to k. */
const path = (s, k) => (k < 0 ? [] : [...path(s, s.parent[k]), k]);

/** What is still ahead of the cursor is pale; the way to the node looked at is lit. */
function light(s) {
  const { d } = s, over = s.over >= 0 ? s.over : s.keys ? s.at : -1, way = new Set(path(s, over)), cursor = cursorOf(d.cursor);
  s.until = cursor && !(cursor.index >= (d.last ?? Infinity)) ? cursor.index + (d.rooted ? 1 : 0) : Infinity;
  const { picked } = d, chosen = picked?.variable === d.variable ? place(s, picked.position.node) : -1;
  s.nodes.forEach((node, k) => {
    const ahead = s.column[k] > s.until && !way.has(k);
    node.classList.toggle("ahead", ahead);
    node.classList.toggle("over", k === over);
    node.classList.toggle("picked", k === chosen);
    s.edges_[k]?.classList.toggle("ahead", ahead);
    s.edges_[k]?.classList.toggle("lit", way.has(k));
  });
  showTip(s, over);
}

const index = (s, k) => (s.d.index ? s.d.index[k] : k);
const place = (s, at) => (s.d.index ? s.d.index.indexOf(at) : at);

/** A word in a sentence; one that runs from right to left or turns the text round is kept apart from the rest. */
const apart = (word) => (/[\u0590-\u08ff\u202a-\u202e\u2066-\u2069]/.test(word) ? `\u2068${word}\u2069` : word);

/** What is known of a node: its words so far, its numbers, what became of it. */
function told(s, k) {
  const { words } = s.d, parts = [];
  if (s.column[k] || !s.d.rooted) {
    parts.push(`${fill(words.tree_log_prob, { value: number(s.logs[k], 3) })} (${number(100 * Math.exp(s.logs[k]), 3)} %)`, fill(words.tree_score, { value: number(s.score[k], 4) }));
  }
  parts.push([s.called[s.kept[k] ? "kept" : "pruned"], s.finished[k] && s.called.finished, s.best[k] && s.called.best].filter(Boolean).join(", "));
  return parts;
}
const called = (s, k) => (s.d.rooted && !s.column[k] ? s.d.words.tree_start : fill(s.d.words.tree_at, { word: apart(s.labels[k]), depth: s.column[k] + (s.d.rooted ? 0 : 1) }));

function showTip(s, k) {
  if (k < 0) { s.tip.hidden = true; return; }
  const so_far = path(s, k).filter((node) => !s.d.rooted || s.column[node]).map((node) => apart(s.labels[node])).join(" ");
  s.tip.replaceChildren(make("b", {}, so_far || s.labels[k]), ...told(s, k).map((part) => make("span", {}, part)));
  if (s.d.words.pick) s.tip.append(make("small", {}, s.d.words.pick));
  placeTip(s.tip, s.root, s.x[k] + s.wide[k] - s.box.scrollLeft, middle(s, k) - s.g.px);
}

// ── hands ───────────────────────────────────────────────────────────────────────────────────────────────────

function look(s, k) {
  s.over = k;
  light(s);
}

function pick(s, k) {
  s.at = k;
  s.d.picked = { variable: s.d.variable, position: { node: index(s, k) } };
  light(s);
  s.send(s.d.picked);
  awaitAnswer(s);
}

/** Scroll the box until a stretch across is seen. */
function reach(s, from, to) {
  const { box } = s;
  if (box.scrollWidth <= box.clientWidth) return;
  const left = from < box.scrollLeft + 8 ? from - 24 : to > box.scrollLeft + box.clientWidth - 8 ? to - box.clientWidth + 24 : null;
  if (left !== null) box.scrollTo({ left, behavior: calm() ? "auto" : "smooth" });
}

function walk(s, k) {
  if (k === undefined || k < 0) return;
  Object.assign(s, { at: k, keys: true, over: -1 });
  reach(s, s.x[k], s.x[k] + s.wide[k]);
  light(s);
  s.live.textContent = [called(s, k), ...told(s, k)].join(", ");
}

function pressed(s, event) {
  if (event.altKey || event.metaKey || event.ctrlKey) return;
  const { at } = s, column = s.columns[s.column[at]];
  const first = (k) => [...s.children[k]].sort((a, b) => s.best[b] - s.best[a] || s.kept[b] - s.kept[a])[0]; // the sort keeps their rank
  const acts = { ArrowRight: () => walk(s, first(at)), ArrowLeft: () => walk(s, s.parent[at]), ArrowUp: () => walk(s, column[s.row[at] - 1]), ArrowDown: () => walk(s, column[s.row[at] + 1]),
    Home: () => walk(s, s.columns[0][0]), End: () => walk(s, s.columns.flat().filter((k) => s.best[k]).at(-1)), Enter: () => pick(s, at), Escape: () => s.stage.blur() };
  if (!Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  acts[event.key]();
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

function load(s, d) {
  const { parent, depth, log_prob, score, kept, finished, best } = d.arrays;
  Object.assign(s, { d, n: depth.data.length, labels: d.labels.map(visible), parent: [...parent.data], score: [...score.data], logs: [...log_prob.data],
    kept: [...kept.data], finished: [...finished.data], best: [...best.data], column: [], row: [], over: -1,
    called: { kept: d.words.tree_kept, pruned: d.words.tree_pruned, finished: d.words.tree_finished, best: d.words.tree_best } });
  grow(s);
  if (d.cursors[d.cursor]) declare(d.cursor, d.cursors[d.cursor], s.columns.length - (d.rooted ? 1 : 0));
  if (!(s.at < s.n)) s.at = s.columns[0][0];
}

/** Bring the column of the cursor into view, and with it the end of the best path where both have room. */
function follow(s) {
  const { box, g, d } = s, cursor = cursorOf(d.cursor);
  if (!cursor) return;
  const x = Math.min(cursor.index + (d.rooted ? 1 : 0), s.columns.length - 1), seen = `${x} ${g.width} ${box.clientWidth}`;
  if (s.reached === seen) return;
  s.reached = seen;
  const from = g.left[x] - g.branch, ends = s.labels.map((_, k) => (s.best[k] ? s.x[k] + s.wide[k] + 8 : 0)), end = Math.max(...ends);
  if (end - from > box.clientWidth - 40) reach(s, from, g.left[x] + g.word[x]);
  else reach(s, Math.max(0, Math.min(from, end - 1)), Math.max(end, g.left[x] + g.word[x]));
}

function render(s) {
  const start = performance.now();
  s.look = theme(s.root);
  layout(s);
  drawAll(s);
  light(s);
  s.edges();
  follow(s);
  describe(s, s.d.words.tree, s.d.words.tree_help);
  s.root.dataset.ms = (performance.now() - start).toFixed(2);
}

function build(root) {
  const s = { undo: [], keys: false, over: -1 };
  s.pen = make("canvas").getContext("2d");
  s.svg = make("svg", { "aria-hidden": "true" });
  s.stage = make("div", { class: "stage", role: "application", tabindex: 0, "aria-describedby": "help" }, s.svg);
  s.box = make("div", { class: "box" }, s.stage);
  s.legend = make("p", { class: "legend quiet" });
  root.replaceChildren(edged(s, s.box), s.legend, ...footer(s));
  return s;
}

function listen(s) {
  s.stage.addEventListener("keydown", (event) => pressed(s, event));
  s.stage.addEventListener("focus", () => { if (s.stage.matches(":focus-visible")) walk(s, s.at); });
  s.stage.addEventListener("blur", () => { s.keys = false; light(s); });
  watchSize(s, s.root, () => render(s));
  subscribe(s, (dim) => { if (dim === s.d.cursor) { light(s); follow(s); } });
  s.undo.push(() => s.stopWaiting?.());
}

export default (component) => mounted(component, { build, load, listen, render });
