// Bands of rows over one set of columns. All figures of this kind on a page have the same columns, are scrolled as one
// and share the cursor of the tokens.

const SCROLLED = "unrolled:rows"; // one of them was scrolled sideways
const WIDE = 46, NARROW_COLUMN = 40; // CSS pixels of a column at least, by the width of the page

/** The gutter and every column, in pixels: they follow from the tokens and the width alone, so all figures agree. */
function widths(s) {
  const whole = s.root.clientWidth || 600, small = whole < 560, size = rem();
  s.pen ??= make("canvas", {}).getContext("2d");
  s.pen.font = `600 ${0.88 * size}px ${getComputedStyle(s.root).fontFamily}`;
  const gutter = small ? Math.min(6.2 * size, whole * 0.3) : Math.min(9.5 * size, whole * 0.24);
  const least = (small ? NARROW_COLUMN : WIDE) * (size / 16);
  const own = s.d.tokens.map((token) => Math.min(Math.max(least, s.pen.measureText(visible(token)).width + 14), 9 * size));
  const sum = own.reduce((a, b) => a + b, 0), free = whole - gutter - 2 - sum;
  const more = free > 0 ? Math.min(free / own.length, 3 * size) : 0;
  return { gutter, columns: own.map((width) => Math.floor(width + more)) };
}

const size = (band) => band.index.length;
const at = (s, k, i, j) => s.d.arrays[`band${k}`].data[(s.planes[k] * size(s.d.bands[k]) + i) * s.d.tokens.length + j];
const known = (s, k, i, j) => !Number.isNaN(at(s, k, i, j));

/** What a cell is in its trace, or null where it is no number of one. */
function position(s, k, i, j) {
  const band = s.d.bands[k], place = band.places[j] ?? null;
  if (!band.places.length || place === null || !known(s, k, i, j)) return null;
  const fixed = { ...band.fixed, ...(band.at[s.planes[k]] ?? {}) };
  if (Object.values(fixed).some((index) => index < 0)) return null;
  return { ...fixed, ...(band.rows ? { [band.rows]: band.index[i] } : {}), [band.columns]: place };
}

function shade(s, band, value) {
  s.scales[band.kind] ??= shades(band.kind, s.look);
  const list = s.scales[band.kind], [low, high] = band.domain;
  const share = high > low ? clamp((value - low) / (high - low), 0, 1) : 0;
  return list[band.kind === "index" ? Math.round(value) % list.length : Math.round(share * (list.length - 1))];
}

/** A number as short as a narrow cell allows. */
function brief(band, value) {
  if (band.kind === "prob") return value >= 0.995 ? "1" : value < 0.005 ? "0" : value.toFixed(2).replace(/^0/, "");
  return number(value, Math.abs(value) < 1 ? 1 : 2);
}

const spoken = (s, k, i, j) => {
  const band = s.d.bands[k], value = at(s, k, i, j), text = band.texts?.[i]?.[j];
  const plane = band.planes.length ? band.planes[s.planes[k]] : "";
  return [band.title, plane, band.labels[i], s.d.tokens[j], text, band.kind === "index" ? "" : number(value)].filter(Boolean);
};

// ── the table ─────────────────────────────────────────────────────────────────────────────────────────────────────

function heading(s) {
  const cells = s.d.tokens.map((token, j) => make("th", { scope: "col", class: s.d.strange[j] ? "strange" : null, title: visible(token),
    onclick: () => moveTo(s.d.dim, j) }, visible(token)));
  return make("thead", {}, make("tr", {}, make("th", { class: "side quiet", scope: "col" }, s.d.corner || "\u00a0"), ...cells));
}

function cell(s, k, i, j) {
  const node = make("td", { role: "gridcell", tabindex: -1 });
  Object.assign(node, { onclick: () => pick(s, k, i, j), onfocus: () => { s.at = { k, i, j }; } });
  node.addEventListener("pointermove", (event) => over(s, event, k, i, j));
  return node;
}

function line(s, k, i) {
  const band = s.d.bands[k], label = make("th", { scope: "row", class: "side", title: band.labels[i] }, band.labels[i]);
  if (band.notes[i]) label.append(make("small", {}, band.notes[i]));
  const cells = s.d.tokens.map((_, j) => cell(s, k, i, j));
  s.cells[k].push(cells);
  return make("tr", {}, label, ...cells);
}

function lines(s, k) {
  const band = s.d.bands[k];
  s.cells[k] = [];
  const title = band.title && s.d.bands.length > 1 ? [make("tr", { class: "title" }, make("th", { colspan: s.d.tokens.length + 1, scope: "rowgroup" }, make("span", {}, band.title)))] : [];
  return make("tbody", {}, ...title, ...band.labels.map((_, i) => line(s, k, i)));
}

function chips(s, k) {
  const band = s.d.bands[k];
  return band.planes.map((name, plane) => make("button", { type: "button", role: "radio", "aria-checked": String(plane === s.planes[k]),
    tabindex: plane === s.planes[k] ? 0 : -1, onclick: () => choose(s, k, plane) }, name));
}

function choose(s, k, plane) {
  s.planes[k] = plane;
  s.bar.replaceChildren(...s.d.bands.flatMap((_, other) => chips(s, other)));
  paint(s);
  s.bar.children[plane]?.focus({ preventScroll: true });
}

/** Colours, texts and bars of every cell. */
function paint(s) {
  s.d.bands.forEach((band, k) => s.cells[k].forEach((row, i) => row.forEach((node, j) => paintCell(s, node, band, k, i, j))));
  mark(s);
}

function paintCell(s, node, band, k, i, j) {
  const value = at(s, k, i, j), text = band.texts ? band.texts[i][j] : null, open = position(s, k, i, j);
  node.className = `${open ? "open" : ""} ${band.marks === "bar" ? "bars" : ""}`.trim();
  node.setAttribute("aria-label", spoken(s, k, i, j).join(", "));
  node.replaceChildren();
  node.style.background = node.style.color = "";
  if (Number.isNaN(value)) { node.textContent = text ?? ""; return; }
  if (band.marks === "bar") {
    const share = clamp((value - band.domain[0]) / (band.domain[1] - band.domain[0] || 1), 0, 1);
    node.append(make("b", {}, text ?? brief(band, value)), make("i", { class: "fill", style: `height:${(1.6 * share).toFixed(2)}rem` }));
    return;
  }
  const look = shade(s, band, value);
  Object.assign(node.style, { background: look.fill, color: look.ink });
  node.textContent = text ?? (band.kind === "signed" ? "" : brief(band, value));
}

/** The column of the cursor, the row under the mouse, the cell that is explained. */
function mark(s) {
  const here = cursorOf(s.d.dim)?.index ?? 0;
  s.head.forEach((node, j) => node.classList.toggle("here", j === here));
  s.cells.forEach((block, k) => block.forEach((row, i) => row.forEach((node, j) => {
    node.classList.toggle("here", j === here);
    node.classList.toggle("picked", isPicked(s, k, i, j));
    node.tabIndex = s.at.k === k && s.at.i === i && s.at.j === j ? 0 : -1;
  })));
}

function isPicked(s, k, i, j) {
  const { picked } = s.d;
  if (!picked || picked.variable !== s.d.bands[k].variable) return false;
  const mine = position(s, k, i, j);
  return !!mine && Object.entries(mine).every(([dim, index]) => picked.position[dim] === index);
}

function drawLegend(s) {
  const seen = new Set(), parts = [];
  for (const band of s.d.bands) {
    const key = `${band.kind} ${band.domain}`;
    if (band.marks === "bar" || band.kind === "index" || seen.has(key)) continue;
    seen.add(key);
    const ramp = make("canvas", { class: "ramp", "aria-hidden": "true", width: 96, height: 9 }), ctx = ramp.getContext("2d");
    s.scales[band.kind] ??= shades(band.kind, s.look);
    for (let x = 0; x < 96; x += 1) { ctx.fillStyle = s.scales[band.kind][Math.round((x / 95) * (SHADES - 1))].fill; ctx.fillRect(x, 0, 1, 9); }
    parts.push(make("span", { class: "scale" }, number(band.domain[0], 2), ramp, number(band.domain[1], 2), make("span", { class: "quiet" }, s.d.words[`scale_${band.kind}`])));
  }
  s.legend.replaceChildren(...parts);
}

// ── hands ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** While the mouse rests on a column the whole page shows it; the address keeps what is chosen. */
function lead(s, j) {
  const cursor = cursorOf(s.d.dim);
  if (!cursor || (j === null && !s.led)) return;
  s.led ??= { chosen: cursor.index, param: cursor.param };
  Object.assign(cursor, j === null ? { index: s.led.chosen, param: s.led.param } : { index: j, param: null });
  if (j === null) s.led = null;
  cursor.told = cursor.index;
  window.dispatchEvent(new CustomEvent(MOVED, { detail: { dim: s.d.dim, index: cursor.index, byUser: false } }));
}

function over(s, event, k, i, j) {
  if (event.pointerType === "touch") return;
  if (cursorOf(s.d.dim)?.index !== j) lead(s, j);
  s.table.querySelector("tr.over")?.classList.remove("over");
  s.cells[k][i][j].parentElement.classList.add("over");
  if (known(s, k, i, j)) tip(s, event, k, i, j);
  else s.tip.hidden = true;
}

function tip(s, event, k, i, j) {
  const box = s.root.getBoundingClientRect(), said = spoken(s, k, i, j), value = said.pop();
  s.tip.replaceChildren(said.join(" · "), make("b", {}, value));
  placeTip(s.tip, s.root, event.clientX - box.left, event.clientY - box.top);
}

function left(s) {
  s.tip.hidden = true;
  s.table?.querySelector("tr.over")?.classList.remove("over");
  lead(s, null);
}

function pick(s, k, i, j) {
  const where = position(s, k, i, j);
  lead(s, null);
  moveTo(s.d.dim, j);
  if (!where) return;
  s.send({ variable: s.d.bands[k].variable, position: where });
  awaitAnswer(s);
}

function go_to(s, k, i, j) {
  s.at = { k, i, j };
  mark(s);
  moveTo(s.d.dim, j);
  const node = s.cells[k][i][j];
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest", inline: "nearest" });
  reach(s, j);
}

/** A cell that hides behind the gutter is brought out. */
function reach(s, j) {
  const from = s.wide.gutter, start = from + s.wide.columns.slice(0, j).reduce((a, b) => a + b, 0);
  if (start - s.box.scrollLeft < from) s.box.scrollLeft = start - from;
  else if (start + s.wide.columns[j] > s.box.scrollLeft + s.box.clientWidth) s.box.scrollLeft = start + s.wide.columns[j] - s.box.clientWidth;
}

/** The row above or below, over the edges of bands. */
function beside(s, { k, i }, by) {
  const all = s.cells.flatMap((block, band) => block.map((_, row) => [band, row]));
  const now = all.findIndex(([band, row]) => band === k && row === i);
  return all[clamp(now + by, 0, all.length - 1)];
}

function pressed(s, event) {
  if (event.altKey || event.metaKey || event.target.getAttribute("role") === "radio") return;
  const { k, i, j } = s.at, n = s.d.tokens.length;
  const moves = {
    ArrowLeft: () => go_to(s, k, i, Math.max(j - 1, 0)), ArrowRight: () => go_to(s, k, i, Math.min(j + 1, n - 1)),
    ArrowUp: () => go_to(s, ...beside(s, s.at, -1), j), ArrowDown: () => go_to(s, ...beside(s, s.at, 1), j),
    Home: () => go_to(s, k, i, 0), End: () => go_to(s, k, i, n - 1), Enter: () => pick(s, k, i, j), " ": () => pick(s, k, i, j),
  };
  if (!Object.hasOwn(moves, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  moves[event.key]();
}

function turned(s, event) {
  const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key], k = s.d.bands.findIndex((band) => band.planes.length);
  if (!by || k < 0) return;
  event.preventDefault();
  event.stopPropagation();
  choose(s, k, clamp(s.planes[k] + by, 0, s.d.bands[k].planes.length - 1));
}

/** Sideways all figures move as one. */
function together(s) {
  s.box.addEventListener("scroll", () => {
    if (s.box.scrollLeft !== s.put) window.dispatchEvent(new CustomEvent(SCROLLED, { detail: { from: s, left: s.box.scrollLeft } }));
    s.put = null;
  }, { passive: true });
  const follow = ({ detail }) => {
    if (detail.from === s || s.box.scrollLeft === detail.left) return;
    s.box.scrollLeft = detail.left;
    s.put = s.box.scrollLeft;
  };
  window.addEventListener(SCROLLED, follow);
  s.undo.push(() => window.removeEventListener(SCROLLED, follow));
}

// ── life ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function load(s, d) {
  s.d = d;
  s.planes = d.bands.map((band, k) => clamp(s.planes?.[k] ?? 0, 0, Math.max(band.planes.length - 1, 0)));
  declare(d.dim, d.cursors[d.dim], d.tokens.length);
  const there = d.bands[s.at.k]?.index[s.at.i] !== undefined && s.at.j < d.tokens.length;
  if (!there) s.at = { k: 0, i: 0, j: 0 };
  s.cells = d.bands.map(() => []);
  const head = heading(s);
  s.head = [...head.querySelectorAll("th")].slice(1);
  s.group = make("colgroup", {});
  s.table = make("table", { role: "grid" }, s.group, head, ...d.bands.map((_, k) => lines(s, k)));
  s.stage.replaceChildren(s.table);
  s.bar.replaceChildren(...d.bands.flatMap((_, k) => chips(s, k)));
}

function listen(s) {
  subscribe(s, (dim) => { if (dim === s.d.dim) mark(s); });
  watchSize(s, s.root, () => render(s));
  together(s);
  s.stage.addEventListener("keydown", (event) => pressed(s, event));
  s.stage.addEventListener("pointerleave", () => left(s));
  s.bar.addEventListener("keydown", (event) => turned(s, event));
  s.box.addEventListener("scroll", () => { s.tip.hidden = true; }, { passive: true });
  s.undo.push(() => lead(s, null), () => s.stopWaiting?.());
}

function render(s) {
  const start = performance.now();
  s.look = theme(s.root);
  s.scales = {};
  s.wide = widths(s);
  s.group.replaceChildren(...[s.wide.gutter, ...s.wide.columns].map((width) => make("col", { style: `width:${width}px` })));
  s.table.style.width = `${s.wide.gutter + s.wide.columns.reduce((a, b) => a + b, 0)}px`;
  s.table.setAttribute("aria-label", s.d.alt);
  s.table.setAttribute("aria-describedby", "help");
  s.bar.setAttribute("aria-label", s.d.words.heads);
  s.help.textContent = [s.d.words.matrix_help, s.d.words.pick].filter(Boolean).join(" ");
  s.notes.textContent = s.d.notes;
  s.notes.hidden = !s.d.notes;
  paint(s);
  drawLegend(s);
  s.edges();
  s.root.dataset.ms = (performance.now() - start).toFixed(2);
}

function build(root) {
  const s = { at: { k: 0, i: 0, j: 0 }, undo: [], cells: [], put: null };
  s.bar = make("div", { class: "planes", role: "radiogroup" });
  s.stage = make("div", {});
  s.box = make("div", { class: "box" }, s.stage);
  s.view = edged(s, s.box);
  s.legend = make("div", { class: "legend" });
  root.replaceChildren(s.bar, s.view, s.legend, ...footer(s));
  return s;
}

export default (component) => mounted(component, { build, load, listen, render });
