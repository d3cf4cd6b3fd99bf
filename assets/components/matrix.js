// A labelled matrix on canvas: hover and keyboard read a cell, click or Enter picks it, shared cursors move through it.

// ── scales ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Where a value lies on its scale, 0…1. Logarithms go by their square root: near 0 is where answers differ. */
function share(d, value) {
  const [low, high] = d.domain, along = clamp((value - low) / (high - low), 0, 1);
  return d.kind === "log" ? 1 - Math.sqrt(1 - along) : along;
}

function shade(s, value) {
  if (s.d.kind === "index") return s.shades[Math.abs(Math.round(value)) % s.shades.length];
  return s.shades[Math.round(share(s.d, value) * (SHADES - 1))];
}

/** A number short enough for a cell. */
function short(kind, value) {
  if (!Number.isFinite(value)) return number(value);
  if (kind === "count" || kind === "index") return String(Math.round(value));
  const size = Math.abs(value);
  const digits = kind === "prob" ? 2 : size >= 100 ? 0 : size >= 10 || kind === "log" ? 1 : 2;
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

// ── the grid: where a cell's value lies, what its row and column are called ─────────────────────────────────────

/** The least and the largest finite value; whether there are infinite ones. */
function extent(values) {
  let [least, most, below, beyond] = [Infinity, -Infinity, false, false];
  for (const v of values) {
    if (v === -Infinity) below = true;
    else if (v === Infinity) beyond = true;
    else if (v < least) least = v;
    if (v > most && v < Infinity) most = v;
  }
  return { least, most, below, beyond };
}

/** Whether the columns are what a slider has gone through: letters over letters. */
const alike = (axis, columns) => columns.dim === "source" && axis.dim === "time";

/** How many characters the numbers in the cells need. */
function longest(kind, least, most) {
  if (kind === "prob") return 4;
  if (kind === "count" || kind === "index") return Math.max(short(kind, least).length, short(kind, most).length);
  const size = Math.max(-least, most);
  return (least < 0 ? 1 : 0) + (kind === "log" && size < 10 ? 3 : size < 1000 ? 4 : short(kind, size).length);
}

const index = (axis, place) => (axis.index ? axis.index[place] : place);
/** Where a cursor's index lies on an axis; -1 where the axis does not hold it. */
const find = (axis, at) => (axis.index ? axis.index.indexOf(at) : clamp(at, 0, axis.size - 1));
const word = (s, dim) => [s.d.rows, s.d.columns, ...s.d.sliders].find((axis) => axis?.dim === dim)?.word ?? dim;

function bare(axis, place) {
  return axis.labels ? visible(axis.labels[place]) : String(index(axis, place));
}
/** What a place is called in a sentence: its label (with its position if the label repeats), else "unit 7". */
function name(s, axis, place) {
  if (!axis.labels) return `${word(s, axis.dim)} ${index(axis, place)}`;
  return axis.repeats ? `${bare(axis, place)} (${place + 1})` : bare(axis, place);
}

function load(s, d) {
  const { rows, columns, sliders, wrap } = d;
  for (const axis of [rows, columns, ...sliders]) {
    if (axis) axis.repeats = axis.labels && new Set(axis.labels).size < axis.labels.length;
  }
  s.d = d;
  s.values = d.arrays.values.data;
  s.outline = d.arrays.outline?.data ?? null;
  s.shine = d.arrays.shine ?? null;
  s.draft = null;
  s.n = wrap ? Math.ceil(rows.size / wrap) : rows?.size ?? 1;
  s.m = wrap ? Math.min(wrap, rows.size) : columns?.size ?? 1;
  s.block = (rows?.size ?? 1) * (columns?.size ?? 1);
  Object.assign(s, extent(s.values));
  s.twin = columns ? sliders.findIndex((axis) => alike(axis, columns)) : -1;
  s.longest = longest(d.kind, s.least, s.most);
  for (const axis of sliders) declare(axis.dim, d.cursors[axis.dim] ?? {}, d.range && !axis.index ? axis.size : Infinity);
  for (const axis of [rows, columns]) if (axis && d.cursors[axis.dim]) declare(axis.dim, d.cursors[axis.dim], axis.size);
  s.at = { i: clamp(s.at.i, 0, s.n - 1), j: clamp(s.at.j, 0, s.m - 1) };
  s.picked = located(s);
  s.shown = null;
  if (s.hover && (s.hover.i >= s.n || s.hover.j >= s.m)) s.hover = null;
  follow(s);
}

/** Read the shared cursors: which slice is shown, which row and column are marked. */
function follow(s) {
  const { rows, columns, sliders, wrap } = s.d;
  s.places = sliders.map((axis) => Math.max(0, find(axis, cursorOf(axis.dim)?.index ?? 0)));
  const offset = sliders.reduce((sum, axis, k) => sum * axis.size + s.places[k], 0) * s.block;
  s.slice = s.values.subarray(offset, offset + s.block);
  if (s.d.named) rows.labels = s.d.named[s.places[0]];
  const marked = (axis) => (axis && !wrap && cursorOf(axis.dim) ? find(axis, cursorOf(axis.dim).index) : -1);
  s.row = marked(rows);
  s.column = marked(columns);
  const asked = s.twin >= 0 ? s.places[s.twin] : s.d.seek ?? -1;
  s.seek = s.column >= 0 ? s.column : Math.min(asked, s.m - 1);
}

const filled = (s, i, j) => !s.d.wrap || i * s.d.wrap + j < s.d.rows.size;
const value = (s, i, j) => s.slice[i * s.m + j];

/** {dim: index} of a cell, all dims of the variable. */
function position(s, i, j) {
  const { rows, columns, sliders, wrap, fixed } = s.d, where = { ...fixed };
  sliders.forEach((axis, k) => (where[axis.dim] = index(axis, s.places[k])));
  if (rows) where[rows.dim] = index(rows, wrap ? i * wrap + j : i);
  if (columns) where[columns.dim] = index(columns, j);
  return where;
}

/** The cell that Python says is picked: {i, j, places}, or null if it lies elsewhere. */
function located(s) {
  const { rows, columns, sliders, wrap, fixed, variable, picked } = s.d;
  if (!picked || picked.variable !== variable) return null;
  if (Object.entries(fixed).some(([dim, at]) => picked.position[dim] !== at)) return null;
  const seek = (axis) => (axis ? (axis.index ?? []).indexOf(picked.position[axis.dim]) : 0);
  const place = (axis) => (!axis || axis.index ? seek(axis) : picked.position[axis.dim] < axis.size ? picked.position[axis.dim] : -1);
  const [p, j, places] = [place(rows), place(columns), sliders.map(place)];
  if (!(p >= 0) || !(j >= 0) || places.some((k) => !(k >= 0))) return null;
  return wrap ? { i: Math.floor(p / wrap), j: p % wrap, places } : { i: p, j, places };
}

/** [row, column, value] in words; `call` says what a place on an axis is called. */
function words(s, i, j, call = name) {
  const { rows, columns, wrap } = s.d;
  const names = [];
  if (rows) names.push(call(s, rows, wrap ? i * wrap + j : i));
  if (columns) names.push(call(s, columns, j));
  return [...names, ...(s.d.texts ? [visible(s.d.texts[i][j])] : []), number(value(s, i, j))];
}
/** "language: Dutch", but "unit 7". */
const titled = (s, axis, place) =>
  axis.labels ? fill(s.d.words.axis ?? "{label}", { axis: word(s, axis.dim), label: name(s, axis, place) }) : name(s, axis, place);

// ── layout ──────────────────────────────────────────────────────────────────────────────────────────────────

/** A wrapped vector with labels (an alphabet) shows them in its cells and needs no numbers at its edges. */
const lettered = (s) => Boolean(s.d.wrap && s.d.rows.labels);
const rowText = (s, i) => (s.d.wrap ? String(index(s.d.rows, i * s.d.wrap)) : s.d.rows ? bare(s.d.rows, i) : "");
const columnText = (s, j) => (s.d.wrap ? String(j) : s.d.columns ? bare(s.d.columns, j) : "");
const snap = (x) => Math.floor(x * devicePixelRatio) / devicePixelRatio;

const LEAST = 11; // pixels: type never gets smaller than this

/** Fonts of labels and of values; `share` shrinks the labels where there is little room. */
function fonts(s, share = 1) {
  const full = rem() * (s.d.compact ? 0.78 : 0.86), text = (px, weight = 400) => `${weight} ${px}px ${s.look.font}`;
  const label = Math.max(Math.min(LEAST, full), full * share);
  return { full, label, small: Math.max(LEAST, 0.74 * full), value: rem() * (s.d.compact ? 0.76 : 0.8), text };
}

/** Height of a row: generous for a few, a few pixels for a hundred units. */
function rowHeight(s, unit) {
  if (s.d.marks === "bar") return unit * (s.d.compact ? 1.3 : 1.65);
  if (s.n === 1) return unit * 2.2;
  if (s.n <= 30) return unit * (s.d.compact ? 1.3 : 1.65);
  return Math.max(3, Math.min(unit, (unit * (s.d.compact ? 22 : 34)) / s.n));
}

/** Height of one line of column heads, and of the line that names the slice where there is no range input. */
const headHeight = (f) => Math.ceil(Math.max(f.full * 1.7, f.small * 2.25));
const named = (s) => Boolean(s.d.rows && s.d.columns && !s.d.wrap);
const corner = (s) => [`${word(s, s.d.columns.dim)} →`, `${word(s, s.d.rows.dim)} ↓`];

/** How wide the texts around the cells are, in units of their font size. */
function measure(s, ctx, f) {
  ctx.font = f.text(100, 650);
  const wide = (text) => ctx.measureText(text).width / 100;
  const widest = (n, text) => Array.from({ length: n }, (_, k) => text(k)).reduce((w, t) => Math.max(w, wide(t)), 0);
  const numbers = Math.max(wide("0".repeat(s.longest)), ...[s.least, s.most].filter(Number.isFinite).map((v) => wide(short(s.d.kind, v))));
  return {
    rows: s.d.named ? Math.max(...s.d.named.flat().map((text) => wide(visible(text)))) : widest(s.n, (i) => rowText(s, i)), columns: widest(s.m, (j) => columnText(s, j)), last: wide(columnText(s, s.m - 1)),
    corner: named(s) ? Math.max(...corner(s).map(wide)) : 0, letters: lettered(s) ? widest(s.d.rows.size, (k) => visible(s.d.rows.labels[k])) : 0,
    numbers,
  };
}

/** Cells shrink first, then the type; where even that is too wide, full type in a box that scrolls. */
function layout(s) {
  const ctx = s.base.getContext("2d"), wide = measure(s, ctx, fonts(s));
  let fits = false;
  for (let share = 1; share > 0.45 && !fits; share -= 0.06) {
    fits = arrange(s, fonts(s, share), wide);
    if (s.f.label <= LEAST) break;
  }
  if (!fits) arrange(s, fonts(s), wide, s.d.marks !== "bar");
}

/** Lay everything out with these fonts; returns whether it fits into the width. */
function arrange(s, f, wide, scrolls = false) {
  const { d } = s, unit = f.label, width = s.root.clientWidth, pad = 3, bar = d.marks === "bar";
  const number = bar ? Math.ceil(wide.numbers * Math.min(f.value, unit) + 12) : 0;
  const most = bar ? width - number - 30 : Math.max(64, width * 0.34);
  const names = Math.max(wide.rows * unit, wide.corner * f.small);
  const labels = d.rows && !lettered(s) ? Math.ceil(Math.min(names, Math.max(40, most), 13 * f.full)) + 10 : 0;
  const room = Math.max(40, width - labels - 2 * pad);
  const g = { unit, labels, pad, number, top: 0, right: 0, turn: false, every: 1, step: 1, value: bar ? Math.min(f.value, unit) : f.value, head: unit };
  if (bar) Object.assign(g, { cw: room, ch: snap(rowHeight(s, f.full)) });
  else fitColumns(s, f, g, wide, room, scrolls);
  g.every = Math.max(1, Math.ceil((unit * 1.05) / g.ch));
  g.width = s.m * g.cw + 2 * pad + g.right;
  g.height = g.top + s.n * g.ch + 2 * pad;
  Object.assign(s, { g, f });
  if (!bar) g.value = valueSize(s, wide);
  return bar ? room - number >= 44 && names + 10 <= labels + 1 : g.width <= room + 2 * pad + 0.5;
}

/** Width of a column, and how its head is written: level, thinned numbers, slanted or upright words. */
function fitColumns(s, f, g, wide, room, scrolls) {
  const { d } = s, unit = g.unit, letters = d.columns?.labels?.every((label) => [...label].length <= 2);
  const least = letters ? (scrolls ? unit * 1.25 : 14) : d.columns?.labels ? unit * 1.14 : d.wrap ? 12 : 3;
  const most = f.full * (d.wrap ? 3.2 : d.compact ? 3 : 5.4), across = wide.columns * unit;
  g.cw = snap(clamp(room / s.m, least, Math.max(least, most)));
  if (d.columns?.labels && !letters && across + unit * 0.6 > g.cw) {
    g.turn = Math.min(across, f.full * 8);
    g.angle = g.cw >= unit * 1.75 ? Math.PI / 4 : Math.PI / 2; // slanted lines need more room than upright ones
    if (g.angle < 1) g.right = Math.ceil(Math.max(0, Math.min(g.turn, wide.last * unit) * Math.SQRT1_2 - unit * 0.4));
    g.cw = snap(clamp((room - g.right) / s.m, least, Math.max(least, most)));
  }
  g.ch = snap(d.wrap ? clamp(g.cw, 12, f.full * 2) : rowHeight(s, f.full));
  if (letters) g.head = clamp((g.cw - 1) / (wide.columns || 1), Math.min(LEAST, unit), unit);
  if ((!d.columns && !d.wrap) || lettered(s)) return;
  g.top = g.turn ? Math.ceil(Math.max(headHeight(f), g.turn * Math.sin(g.angle) + unit * 1.2)) : headHeight(f);
  const head = wide.columns * g.head;
  if (!g.turn && !letters && head + 4 > g.cw) g.step = Math.ceil((head + 10) / g.cw);
}

/** The largest type in which every cell's number or letter fits; 0 if even the smallest does not. */
function valueSize(s, wide) {
  const { g, d, f } = s, across = lettered(s) ? wide.letters : s.longest * 0.55;
  const size = Math.min(f.value, (g.cw - 4) / across, g.ch / 1.2);
  if (d.values === "always") return Math.max(LEAST - 2, size);
  return d.values === "auto" && size >= LEAST - 0.2 ? size : 0;
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

function rounded(ctx, x, y, w, h, r) {
  ctx.beginPath();
  ctx.roundRect(x, y, w, h, Math.max(0, Math.min(r, w / 2, h / 2)));
}

function drawBase(s) {
  const ctx = surface(s.base, s.g.width, s.g.height);
  if (s.d.marks === "bar") drawBars(s, ctx);
  else drawCells(s, ctx);
}

function drawCells(s, ctx) {
  const { g, d } = s;
  if (Math.min(g.cw, g.ch) >= 10) drawTiles(s, ctx);
  else drawPixels(s, ctx);
  if (d.kind === "signed" || d.kind === "count") drawFrame(s, ctx);
  if (d.edit) drawEditable(s, ctx);
  if (s.g.value) drawValues(s, ctx);
  drawOutlines(s, ctx);
  best(s).forEach(([i, j]) => drawBest(s, ctx, i, j));
  drawColumnLabels(s, ctx);
}

/** Thousands of small cells: one pixel each, then enlarged without smoothing. */
function drawPixels(s, ctx) {
  const { g } = s, image = new ImageData(s.m, s.n), missing = [...s.look.faint.map(Math.round), 255];
  for (let k = 0; k < s.slice.length; k++) {
    const v = s.slice[k];
    image.data.set(Number.isNaN(v) ? missing : shade(s, v).pixel, 4 * k);
  }
  s.pixels ??= document.createElement("canvas");
  Object.assign(s.pixels, { width: s.m, height: s.n }).getContext("2d").putImageData(image, 0, 0);
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(s.pixels, g.pad, g.top + g.pad, s.m * g.cw, s.n * g.ch);
}

function drawTiles(s, ctx) {
  const { g } = s, gap = 1, radius = Math.min(g.cw, g.ch) >= 15 ? 2.5 : 0;
  for (let i = 0; i < s.n; i++) {
    for (let j = 0; j < s.m && filled(s, i, j); j++) {
      const v = value(s, i, j), x = g.pad + j * g.cw, y = g.top + g.pad + i * g.ch;
      if (Number.isNaN(v)) { drawMissing(s, ctx, x, y); continue; }
      ctx.fillStyle = shade(s, v).fill;
      if (radius) { rounded(ctx, x, y, g.cw - gap, g.ch - gap, radius); ctx.fill(); }
      else ctx.fillRect(x, y, g.cw - gap, g.ch - gap);
    }
  }
}

/** Scales that run through the page's colour need an edge to be seen as a block. */
function drawFrame(s, ctx) {
  const { g } = s, last = s.d.wrap ? s.d.rows.size - (s.n - 1) * s.d.wrap : s.m;
  ctx.strokeStyle = css(s.look.rule);
  ctx.lineWidth = 1;
  if (last === s.m) ctx.strokeRect(g.pad - 0.5, g.top + g.pad - 0.5, s.m * g.cw + 0.5, s.n * g.ch + 0.5);
}

/** What can be changed by hand stands in a frame. */
function drawEditable(s, ctx) {
  const { g } = s;
  ctx.strokeStyle = css(s.look.primary);
  ctx.lineWidth = 2;
  ctx.strokeRect(g.pad - 2, g.top + g.pad - 2, s.m * g.cw + 3, s.n * g.ch + 3);
}

function drawMissing(s, ctx, x, y) {
  const { g } = s;
  ctx.strokeStyle = css(s.look.faint);
  ctx.lineWidth = 1;
  ctx.strokeRect(x + 0.5, y + 0.5, Math.max(1, g.cw - 2), Math.max(1, g.ch - 2));
}

function drawValues(s, ctx) {
  const { g, f } = s;
  ctx.font = f.text(g.value, 500);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (let i = 0; i < s.n; i++) {
    for (let j = 0; j < s.m && filled(s, i, j); j++) {
      const v = value(s, i, j);
      if (Number.isNaN(v)) continue;
      ctx.fillStyle = shade(s, v).ink;
      ctx.globalAlpha = s.d.kind === "prob" && v < 0.005 && !lettered(s) && !s.d.texts ? 0.5 : 1; // a field of 0.00 steps back
      ctx.fillText(lettered(s) ? visible(s.d.rows.labels[i * s.m + j]) : s.d.texts ? visible(s.d.texts[i][j]) : short(s.d.kind, v), g.pad + (j + 0.5) * g.cw - 0.5, g.top + g.pad + (i + 0.53) * g.ch);
    }
  }
  ctx.globalAlpha = 1;
}

/** The largest cell of every column or row. */
function best(s) {
  if (!s.d.highlight || s.d.wrap) return [];
  const down = s.d.highlight === "column_max", [outer, inner] = down ? [s.m, s.n] : [s.n, s.m];
  return Array.from({ length: outer }, (_, o) => {
    let top = 0;
    const v = (k) => (down ? value(s, k, o) : value(s, o, k));
    for (let k = 1; k < inner; k++) if (v(k) > v(top) || Number.isNaN(v(top))) top = k;
    return down ? [top, o] : [o, top];
  });
}

function drawBest(s, ctx, i, j) {
  const { g } = s, x = g.pad + j * g.cw, y = g.top + g.pad + i * g.ch, small = Math.min(g.cw, g.ch);
  const v = value(s, i, j);
  if (Number.isNaN(v)) return;
  ctx.strokeStyle = ctx.fillStyle = shade(s, v).ink;
  if (small >= 12) {
    ctx.lineWidth = 1.5;
    rounded(ctx, x + 2, y + 2, g.cw - 5, g.ch - 5, 2);
    ctx.stroke();
  } else {
    ctx.beginPath();
    ctx.arc(x + g.cw / 2, y + g.ch / 2, Math.max(1, small / 5), 0, 7);
    ctx.fill();
  }
}

/** Cells that Python calls true: a dashed edge inside, a ring where there is no room for one. */
function drawOutlines(s, ctx) {
  const { g } = s, small = Math.min(g.cw, g.ch);
  s.outline?.forEach((on, k) => {
    if (!on) return;
    const i = Math.floor(k / s.m), j = k % s.m, x = g.pad + j * g.cw, y = g.top + g.pad + i * g.ch, v = value(s, i, j);
    ctx.strokeStyle = Number.isNaN(v) ? css(s.look.text) : shade(s, v).ink;
    ctx.lineWidth = small >= 12 ? 2 : 1;
    ctx.setLineDash(small >= 12 ? [4, 3] : []);
    if (small >= 12) rounded(ctx, x + 2.5, y + 2.5, g.cw - 6, g.ch - 6, 2);
    else { ctx.beginPath(); ctx.arc(x + g.cw / 2, y + g.ch / 2, Math.max(1, small / 4), 0, 7); }
    ctx.stroke();
  });
  ctx.setLineDash([]);
}

function drawColumnLabels(s, ctx) {
  const { g } = s;
  if (!g.top) return;
  for (let j = 0; j < s.m; j += g.step) drawColumnLabel(s, ctx, j, css(s.look.text), 400);
}

function drawColumnLabel(s, ctx, j, colour, weight, cover = false) {
  const { g, f } = s, letters = !g.turn && s.d.columns?.labels;
  ctx.fillStyle = colour;
  ctx.font = f.text(letters ? g.head * (!s.d.compact && g.cw > g.unit * 1.6 ? 1.12 : 1) : f.label, weight);
  ctx.textBaseline = "middle";
  ctx.save();
  ctx.translate(g.pad + (j + 0.5) * g.cw, g.top - (g.turn ? 5 : g.unit * 0.72));
  if (g.turn) ctx.rotate(-g.angle);
  ctx.textAlign = g.turn ? "left" : "center";
  const text = columnText(s, j);
  if (cover) {
    ctx.fillStyle = css(s.look.background);
    ctx.fillRect(-2, -g.unit * 0.62, g.turn + 6, g.unit * 1.24);
    ctx.fillStyle = colour;
  }
  ctx.fillText(g.turn ? shorten(ctx, text, g.turn) : text, 0, 0);
  ctx.restore();
}

/** Where a value lies on the width of a bar; where no value is above 0, zero is the right end. */
function along(s, v) {
  const [low, high] = s.d.domain, top = s.d.kind === "signed" && !(s.most > 0) ? 0 : high;
  return clamp((v - low) / (top - low), 0, 1) * (s.g.cw - s.g.number);
}

function drawBars(s, ctx) {
  const { g, f, d, look } = s, zero = along(s, 0), top = barTop(s), signed = d.kind === "signed";
  const high = Math.max(4, g.ch * 0.62), list = s.shown ?? s.slice;
  const soft = css(mix(look.background, look.primary, 0.6)), strong = css(look.primary);
  for (let i = 0; i < s.n; i++) {
    const y = g.pad + i * g.ch + (g.ch - high) / 2, v = list[i];
    ctx.fillStyle = css(look.track);
    rounded(ctx, g.pad, y, g.cw - g.number, high, 2);
    ctx.fill();
    if (Number.isNaN(value(s, i, 0))) continue;
    const x = along(s, v);
    ctx.fillStyle = signed ? s.shades[v < 0 ? 24 : SHADES - 25].fill : i === top ? strong : soft;
    rounded(ctx, g.pad + Math.min(zero, x), y, Math.max(1, Math.abs(x - zero)), high, 2);
    ctx.fill();
  }
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  for (let i = 0; i < s.n; i++) {
    ctx.font = f.text(g.value, i === top ? 650 : 400);
    ctx.fillStyle = css(i === top ? look.text : look.muted);
    ctx.fillText(short(d.kind, value(s, i, 0)), g.pad + g.cw - 3, g.pad + (i + 0.53) * g.ch);
  }
  if (!signed && d.kind !== "log") return;
  ctx.fillStyle = css(look.muted);
  ctx.fillRect(g.pad + zero - 0.5, g.pad, 1, s.n * g.ch);
}

/** The row of the largest bar; -1 where size is not what counts, or nothing is known yet. */
function barTop(s) {
  if (s.d.kind === "signed" && !s.d.highlight) return -1;
  return s.slice.reduce((b, v, k) => (!Number.isNaN(v) && (b < 0 || v > s.slice[b]) ? k : b), -1);
}

/** Row labels stand outside of the scrolling box, so that they stay while it scrolls. */
function drawLabels(s) {
  const { g, f, look } = s;
  s.side.hidden = !g.labels;
  if (!g.labels) return;
  const ctx = surface(s.side, g.labels, g.height), bar = s.d.marks === "bar" ? barTop(s) : -1;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  const special = [s.hover?.i ?? -1, s.row, bar];
  for (let i = 0; i < s.n; i++) {
    const here = special.includes(i);
    if (i % g.every && !here) continue;
    if (g.every > 1 && !here && special.some((k) => k >= 0 && Math.abs(k - i) < g.every)) continue;
    const y = g.top + g.pad + (i + 0.53) * g.ch, right = g.labels - 8;
    ctx.font = f.text(f.label, here ? 650 : 400);
    const text = shorten(ctx, rowText(s, i), g.labels - 10);
    if (i === s.row) {
      const w = ctx.measureText(text).width;
      ctx.fillStyle = css(look.primary);
      rounded(ctx, right - w - 5, y - g.unit * 0.74, w + 10, g.unit * 1.4, 4);
      ctx.fill();
    }
    ctx.fillStyle = css(i === s.row ? look.background : look.text);
    ctx.fillText(text, right, y);
  }
  if (g.top && named(s)) drawCorner(s, ctx);
}

/** What the columns and the rows are, small and quiet, where both begin. */
function drawCorner(s, ctx) {
  const { g, f } = s;
  ctx.fillStyle = css(s.look.muted);
  ctx.font = f.text(f.small);
  corner(s).forEach((text, k) => ctx.fillText(shorten(ctx, text, g.labels - 4), g.labels - 4, g.top - f.small * (k ? 0.5 : 1.6)));
}

// ── the overlay: cursors, hover, the picked cell ───────────────────────────────────────────────────────────────

function outline(s, ctx, x, y, w, h, colour, width, dash = []) {
  const draw = (stroke, thick, pattern) => {
    ctx.strokeStyle = stroke;
    ctx.lineWidth = thick;
    ctx.setLineDash(pattern);
    rounded(ctx, x - 0.5, y - 0.5, w, h, 3);
    ctx.stroke();
  };
  draw(css(s.look.background), width + 2, []);
  draw(colour, width, dash);
  ctx.setLineDash([]);
}

function outlineCell(s, ctx, { i, j }, colour, width, dash) {
  const { g } = s;
  outline(s, ctx, g.pad + j * g.cw, g.top + g.pad + i * g.ch, g.cw, g.ch, colour, width, dash);
}

function drawOver(s) {
  const { g, look, d } = s, ctx = surface(s.over, g.width, g.height), primary = css(look.primary), text = css(look.text);
  const y = g.top + g.pad, high = s.n * g.ch;
  if (d.reveal && s.column >= 0) {
    ctx.globalAlpha = 0.8;
    ctx.fillStyle = css(look.background);
    ctx.fillRect(g.pad + (s.column + 1) * g.cw, y - 1, (s.m - s.column - 1) * g.cw + 1, high + 2);
    ctx.globalAlpha = 1;
  }
  if (s.column >= 0) {
    outline(s, ctx, g.pad + s.column * g.cw, y, g.cw, high, primary, 2);
    drawColumnChip(s, ctx, s.column, primary, css(look.background));
  }
  if (s.shine) drawShine(s, ctx);
  if (s.row >= 0 && d.marks !== "bar") outline(s, ctx, g.pad, y + s.row * g.ch, s.m * g.cw, g.ch, primary, 2);
  if (s.hover && g.top && s.hover.j !== s.column) drawColumnChip(s, ctx, s.hover.j, css(mix(look.background, look.text, 0.16)), text);
  if (s.picked && s.picked.places.every((place, k) => place === s.places[k])) outlineCell(s, ctx, s.picked, text, 3);
  if (s.hover) outlineCell(s, ctx, s.hover, text, 1.5);
  if (s.keys) outlineCell(s, ctx, s.at, primary, 2.5, [4, 3]);
  placeGrip(s);
  legendMark(s);
}

/** Rows framed as strongly as the place that the cursor of `d.shine` marks looks at them. */
function drawShine(s, ctx) {
  const at = cursorOf(s.d.shine)?.index ?? -1, { shape, data } = s.shine, { g } = s;
  if (at < 0 || at >= shape[0]) return;
  for (let i = 0; i < s.n; i += 1) {
    const weight = clamp(data[at * shape[1] + i], 0, 1);
    ctx.globalAlpha = weight;
    outline(s, ctx, g.pad, g.top + g.pad + i * g.ch, s.m * g.cw, g.ch, css(s.look.primary), 1 + 3 * weight);
  }
  ctx.globalAlpha = 1;
}

function drawColumnChip(s, ctx, j, fillColour, ink) {
  const { g, f } = s;
  if (g.turn) return drawColumnLabel(s, ctx, j, ink === css(s.look.text) ? ink : fillColour, 650, true);
  const full = Math.max(g.head, LEAST) * 1.12, words = s.d.columns?.labels?.some((label) => [...label].length > 2), text = columnText(s, j);
  ctx.font = f.text(full, 650);
  const share = words ? Math.min(1, (g.cw - 7) / ctx.measureText(text).width) : 1; // a word's chip stays in its own column
  if (share < 1) ctx.font = f.text(full * share, 650);
  const long = ctx.measureText(text).width, w = Math.max(g.unit * (words ? 1 : 1.5), words ? Math.min(long + g.unit * 0.7, g.cw - 1) : long + g.unit * 0.7);
  const x = clamp(g.pad + (j + 0.5) * g.cw - w / 2, 0, Math.max(0, g.width - w));
  ctx.fillStyle = css(s.look.background);
  ctx.fillRect(x - 2, 0, w + 4, g.top - 1);
  ctx.fillStyle = fillColour;
  rounded(ctx, x, g.top - g.unit * 1.48, w, g.unit * 1.44, 4);
  ctx.fill();
  ctx.fillStyle = ink;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(columnText(s, j), x + w / 2, g.top - g.unit * 0.72);
}

// ── legend, sliders, tooltip ──────────────────────────────────────────────────────────────────────────────────

function drawLegend(s) {
  const { d, g } = s, [low, high] = d.domain;
  s.legend.hidden = d.marks === "bar";
  if (s.legend.hidden) return;
  s.ramp.parentNode.hidden = s.low.hidden = s.high.hidden = d.kind === "index";
  drawRamp(s, Math.round(9 * g.unit), Math.round(g.unit * 0.72));
  s.low.textContent = (s.below || s.least < low * (1 + 1e-6) ? "≤ " : "") + number(low, 3);
  s.high.textContent = (s.beyond || s.most > high * (1 + 1e-6) ? "≥ " : "") + number(high, 3);
  s.scale.textContent = d.words[`scale_${d.kind}`] ?? "";
  s.best.textContent = [d.highlight && !d.wrap ? `▢ ${d.words[d.highlight] ?? ""}` : "", s.outline ? `⬚ ${d.outlined || d.words.outlined}` : ""].filter(Boolean).join(" · ");
  const apart = (rem() * 2) / (9 * g.unit); // numbers under the ramp must not touch
  const between = (d.kind === "log" ? [-1, -4, -9, -25, -100, -400] : []).filter((v) => v > low * 0.9)
    .reduce((kept, v) => (Math.abs(share(d, v) - share(d, kept.at(-1) ?? 0)) < (kept.length ? apart : apart / 2) ? kept : [...kept, v]), []);
  s.legend.classList.toggle("marked", between.length > 0);
  s.between.replaceChildren(...between.map((v) => {
    const mark = make("span", { class: "between" }, number(v));
    mark.style.left = `${100 * share(d, v)}%`;
    return mark;
  }));
}

function drawRamp(s, width, height) {
  const ctx = surface(s.ramp, width, height + 6);
  for (let x = 0; x < width; x++) {
    ctx.fillStyle = s.shades[Math.round((x / (width - 1)) * (s.shades.length - 1))].fill;
    ctx.fillRect(x, 3, 1.2, height);
  }
  ctx.strokeStyle = css(s.look.rule);
  ctx.strokeRect(0.5, 3.5, width - 1, height - 1);
}

/** A tick on the legend where the value under the pointer or the keyboard cursor lies. */
function legendMark(s) {
  const here = s.hover ?? (s.keys ? s.at : null);
  s.tick.hidden = !here || Number.isNaN(value(s, here.i, here.j)) || s.d.kind === "index" || s.d.marks === "bar";
  if (s.tick.hidden) return;
  s.tick.style.left = `${100 * share(s.d, value(s, here.i, here.j))}%`;
}

function drawSliders(s) {
  const { d } = s, axes = d.sliders;
  if (s.inputs.length !== axes.length || s.ranged !== d.range) {
    s.inputs = axes.map((_, k) => slider(s, k));
    s.controls.replaceChildren(...s.inputs.map((input) => input.line));
    s.ranged = d.range;
  }
  // without range inputs the line is as high as column labels, so that rows align with a matrix beside it
  s.controls.style.height = axes.length === 1 && !d.range ? `${headHeight(s.f)}px` : "";
  s.controls.style.fontSize = axes.length === 1 && !d.range ? `${lineSize(s)}px` : "";
  s.controls.classList.toggle("line", axes.length === 1 && !d.range);
  axes.forEach((axis, k) => {
    const { range, label, out } = s.inputs[k], text = bare(axis, s.places[k]);
    label.textContent = word(s, axis.dim);
    out.textContent = fill(d.words.at, { label: text, place: s.places[k] + 1, size: axis.size });
    if (!range) return;
    range.max = axis.size - 1;
    range.value = s.places[k];
    range.setAttribute("aria-label", word(s, axis.dim));
    range.setAttribute("aria-valuetext", out.textContent);
    range.style.setProperty("--done", `${(100 * s.places[k]) / Math.max(1, axis.size - 1)}%`);
  });
}

/** Type in which the line that names the slice fits into the width, at its longest. */
function lineSize(s) {
  const [axis] = s.d.sliders, ctx = s.base.getContext("2d"), full = rem() * 0.88;
  const longest = (axis.labels ?? []).reduce((long, label) => ([...label].length > [...long].length ? label : long), String(axis.size));
  ctx.font = s.f.text(full, 400);
  const text = fill(s.d.words.at, { label: shorten(ctx, visible(longest), 8 * full), place: axis.size, size: axis.size });
  const needed = ctx.measureText(`${word(s, axis.dim)} ${text}`).width + 0.9 * full;
  return clamp((full * s.root.clientWidth) / needed, Math.min(LEAST, full), full);
}

function slider(s, k) {
  const label = make("span", { class: "quiet" }), out = make("output", { "aria-live": "off" });
  const move = () => moveTo(s.d.sliders[k].dim, index(s.d.sliders[k], Number(range.value)));
  const range = s.d.range ? make("input", { type: "range", min: 0, step: 1, oninput: move }) : null;
  return { label, range, out, line: make("div", { class: "slider" }, label, range, out) };
}

function showTip(s) {
  const here = s.hover;
  if (!here) { s.tip.hidden = true; return; }
  const [...names] = words(s, here.i, here.j, titled), last = names.pop();
  s.tip.replaceChildren(make("span", {}, names.join(" · ")), make("b", {}, last));
  if (s.d.words.pick && readable(s, here) && !s.draft) s.tip.append(make("small", {}, s.d.words.pick));
  if (s.d.edit && readable(s, here) && !(s.draft && s.dragged)) s.tip.append(make("small", {}, s.draft ? s.d.words.edit_send : s.d.words.edit_drag));
  const box = s.stage.getBoundingClientRect(), root = s.root.getBoundingClientRect();
  const x = box.left - root.left + (s.d.marks === "bar" ? here.x : s.g.pad + (here.j + 0.7) * s.g.cw);
  placeTip(s.tip, s.root, x, box.top - root.top + s.g.top + s.g.pad + here.i * s.g.ch);
}

// ── editing: a row that sums to 1, changed in the browser, sent once ─────────────────────────────────────────────

const WHOLE = 140; // pixels of dragging from 0 to 1
const START = 4; // pixels after which a press is a drag

/** Begin to change the row of a cell; what it was is kept. */
function draft(s, { i, j }) {
  if (s.draft?.i !== i) undraft(s);
  if (s.draft) { if (s.draft.j !== j) Object.assign(s.draft, { j, from: s.draft.row.slice(), typed: "" }); return; }
  const row = s.slice.subarray(i * s.m, (i + 1) * s.m);
  s.draft = { i, j, row, was: row.slice(), from: row.slice(), typed: "" };
}

/** The cell gets a weight, the others of its row the rest, in proportion. */
function weigh(s, to) {
  const { row, from, j } = s.draft, w = clamp(to, 0, 1), known = [...from].map((v, k) => (k === j || Number.isNaN(v) ? 0 : v));
  const rest = known.reduce((a, b) => a + b, 0), many = from.filter((v, k) => k !== j && !Number.isNaN(v)).length;
  for (let k = 0; k < row.length; k++) if (k !== j && !Number.isNaN(row[k])) row[k] = rest > 0 ? (known[k] / rest) * (1 - w) : (1 - w) / many;
  row[j] = many ? w : 1;
  s.hover = { i: s.draft.i, j };
  drawBase(s);
  hoverChanged(s);
}

/** Put the row back as it was. */
function undraft(s) {
  if (!s.draft) return;
  s.draft.row.set(s.draft.was);
  s.draft = null;
  drawBase(s);
  hoverChanged(s);
}

/** The one message of an edit. */
function commit(s) {
  const { i, j, row } = s.draft;
  s.draft = null;
  s.at = { i, j };
  drawBase(s);
  s.tell({ variable: s.d.variable, position: position(s, i, j), row: Array.from(row, (v) => (Number.isNaN(v) ? 0 : v)) });
}

/** + and −, page up and down, digits: percent of the cell; Enter and Escape end it. Returns whether the key was one. */
function edited(s, event) {
  if (!s.d.edit || event.ctrlKey || !readable(s, s.at)) return false;
  const step = { "+": 0.05, "=": 0.05, "-": -0.05, "−": -0.05, PageUp: s.d.sliders.length ? 0 : 0.2, PageDown: s.d.sliders.length ? 0 : -0.2 }[event.key], digit = /^\d$/.test(event.key) || (event.key === "Backspace" && s.draft);
  s.dragged = false;
  if (step || digit) {
    draft(s, s.at);
    const { typed, row, j } = s.draft, text = event.key === "Backspace" ? typed.slice(0, -1) : Number(typed + event.key) <= 100 ? typed + event.key : event.key;
    s.draft.typed = step ? "" : text;
    weigh(s, step ? row[j] + step : Number(text) / 100);
    s.live.textContent = `${words(s, s.at.i, s.at.j).join(", ")}. ${s.d.words.edit_send}`;
  } else if (event.key === "Enter" && s.draft) commit(s);
  else if (event.key === "Escape" && s.draft) { undraft(s); say(s); }
  else return false;
  return true;
}

/** Dragging a cell up and down; a finger needs the cell to be the chosen one, so that pages still scroll. */
function dragged(s) {
  const { stage } = s;
  let from = null;
  stage.addEventListener("pointerdown", (event) => {
    s.dragged = false;
    const touch = event.pointerType === "touch", grip = event.target === s.grip;
    const cell = s.d.edit && event.button === 0 ? (grip && touch ? s.picked : hit(s, event)) : null; // the grip is wider than its cell
    if (!cell || cell.i < 0 || !readable(s, cell) || (touch && !grip)) return;
    from = { y: event.clientY, cell, id: event.pointerId };
  });
  stage.addEventListener("pointermove", (event) => {
    if (!from || event.pointerId !== from.id) return;
    if (!s.dragged && Math.abs(event.clientY - from.y) < START) return;
    if (!s.dragged) {
      undraft(s);
      draft(s, from.cell);
      from.weight = s.draft.from[s.draft.j];
      stage.setPointerCapture(from.id);
      Object.assign(s, { dragged: true, keys: false, at: { i: from.cell.i, j: from.cell.j } });
    }
    if (s.draft) weigh(s, from.weight + (from.y - event.clientY) / WHOLE);
  });
  const end = (keep) => () => {
    if (from && s.dragged && s.draft) keep ? commit(s) : undraft(s);
    from = null;
  };
  stage.addEventListener("pointerup", end(true));
  stage.addEventListener("pointercancel", end(false));
}

/** The chosen cell is what a finger may drag. */
function placeGrip(s) {
  const { g } = s, cell = s.d.edit && s.picked && readable(s, s.picked) ? s.picked : null;
  s.grip.hidden = !cell;
  s.grip.classList.toggle("finger", !!s.finger);
  if (cell) Object.assign(s.grip.style, { left: `${g.pad + cell.j * g.cw}px`, top: `${g.top + g.pad + cell.i * g.ch}px`, width: `${g.cw}px`, height: `${g.ch}px` });
}

// ── hands: pointer and keyboard ───────────────────────────────────────────────────────────────────────────────

/** The cell under the pointer, a column label (i = -1), or null. */
function hit(s, event) {
  const box = s.stage.getBoundingClientRect(), { g } = s;
  const x = event.clientX - box.left, j = Math.floor((x - g.pad) / g.cw);
  const i = Math.floor((event.clientY - box.top - g.top - g.pad) / g.ch);
  if (j < 0 || j >= s.m || i >= s.n) return null;
  if (i < 0) return event.clientY - box.top <= g.top ? { i: -1, j } : null;
  return filled(s, i, j) ? { i, j, x } : null;
}

function hovered(s, event) {
  if (s.draft && event.buttons) return;
  const now = hit(s, event), cell = now && now.i >= 0 ? now : null;
  s.stage.style.cursor = cell && s.d.edit && readable(s, cell) ? "ns-resize" : (cell && readable(s, cell)) || (now && s.column >= 0) ? "pointer" : "";
  if (cell?.i === s.hover?.i && cell?.j === s.hover?.j) return;
  if (cell?.i !== s.hover?.i) lead(s, cell ? cell.i : null);
  s.hover = cell;
  hoverChanged(s);
}

/** While the mouse rests on a row whose dim has a cursor, the whole page shows that row; the address keeps what is chosen. */
function lead(s, i) {
  const dim = s.d.rows?.dim, cursor = s.d.leads && dim ? cursorOf(dim) : null;
  if (!cursor || (i === null && !s.led)) return;
  s.led ??= { chosen: cursor.index, param: cursor.param };
  Object.assign(cursor, i === null ? { index: s.led.chosen, param: s.led.param } : { index: index(s.d.rows, i), param: null });
  if (i === null) s.led = null;
  cursor.told = cursor.index;
  window.dispatchEvent(new CustomEvent(MOVED, { detail: { dim, index: cursor.index, byUser: false } }));
}

function hoverChanged(s) {
  drawOver(s);
  drawLabels(s);
  showTip(s);
}

/** A cell without a number has nothing to explain. */
const readable = (s, { i, j }) => !Number.isNaN(value(s, i, j));

function pick(s, cell) {
  s.at = { i: cell.i, j: cell.j };
  if (!readable(s, cell)) return;
  s.picked = { ...s.at, places: [...s.places] };
  drawOver(s);
  s.send({ variable: s.d.variable, position: position(s, cell.i, cell.j) });
  if (!(s.d.edit && s.finger)) awaitAnswer(s); // a finger that is about to drag the cell keeps it in view
}

function clicked(s, event) {
  const now = hit(s, event), { columns } = s.d;
  if (!now || s.dragged) return;
  if (now.i >= 0) {
    s.keys = false;
    if (s.finger) touched(s, now);
    pick(s, now);
  }
  else if (columns && s.column >= 0) moveTo(columns.dim, index(columns, now.j));
}

/** A finger hides what it touches: the cell's value is shown for a while. */
function touched(s, cell) {
  s.hover = cell;
  hoverChanged(s);
  clearTimeout(s.lift);
  s.lift = setTimeout(() => { s.hover = null; hoverChanged(s); }, 2500);
}

function say(s) {
  s.live.textContent = words(s, s.at.i, s.at.j).join(", ");
}

function moveKeys(s, i, j) {
  const size = s.d.wrap ? s.d.rows.size : Infinity, row = clamp(i, 0, s.n - 1);
  const last = s.d.wrap ? Math.min(s.m, size - row * s.d.wrap) : s.m;
  if (s.draft && (row !== s.draft.i)) undraft(s);
  s.at = { i: row, j: clamp(j, 0, last - 1) };
  s.keys = true;
  s.hover = null;
  reach(s);
  hoverChanged(s);
  say(s);
}

/** Scroll the box so that the keyboard's or the cursor's column is seen, with a neighbour on each side. */
function reach(s, column = s.at.j) {
  const { g, box } = s, left = g.pad + (column - 1) * g.cw, right = left + 3 * g.cw;
  if (left < box.scrollLeft) box.scrollLeft = left;
  else if (right > box.scrollLeft + box.clientWidth) box.scrollLeft = right - box.clientWidth;
}

/** After a change of data or size the current column is sought; a redraw alone leaves the box where the reader put it. */
function reachCursor(s) {
  const seen = `${s.seek} ${s.m} ${s.g.width} ${s.box.clientWidth}`;
  if (s.seek >= 0 && s.reached !== seen) reach(s, s.seek);
  s.reached = seen;
}

/** The arrow keys go back to whoever else on the page wants them. */
function leaveGrid(s) {
  s.hover = null;
  s.stage.blur();
  hoverChanged(s);
}

/** What the keys do, in the gap under the matrix, as long as it has the focus and no finger put it there. */
function drawHint(s, on) {
  const { words } = s.d, owner = cursors().owner?.root.isConnected;
  s.hint.hidden = !on || s.finger;
  s.hint.textContent = [words.hint_move, s.d.edit ? words.hint_edit : "", words.pick ? words.hint_explain : words.hint_pick, owner ? words.hint_step : words.hint_leave]
    .filter(Boolean).join(" · ");
}

function slide(s, by) {
  const axis = s.d.sliders[0];
  if (!axis) return;
  moveTo(axis.dim, index(axis, clamp(s.places[0] + by, 0, axis.size - 1)));
  say(s);
}

function pressed(s, event) {
  if (event.altKey || event.metaKey) return;
  if (edited(s, event)) { event.preventDefault(); event.stopPropagation(); return; }
  const { i, j } = s.at, all = event.ctrlKey;
  const moves = {
    ArrowUp: () => moveKeys(s, i - 1, j), ArrowDown: () => moveKeys(s, i + 1, j),
    ArrowLeft: () => moveKeys(s, i, j - 1), ArrowRight: () => moveKeys(s, i, j + 1),
    Home: () => moveKeys(s, all ? 0 : i, 0), End: () => moveKeys(s, all ? s.n : i, s.m),
    PageUp: () => slide(s, -1), PageDown: () => slide(s, 1), Enter: () => pick(s, s.at),
    Escape: () => leaveGrid(s),
  };
  if (!Object.hasOwn(moves, event.key) || (event.key.startsWith("Page") && !s.d.sliders.length)) return;
  event.preventDefault();
  event.stopPropagation();
  moves[event.key]();
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bars glide to their new length unless motion is unwelcome. */
function glide(s, from) {
  cancelAnimationFrame(s.frame);
  if (s.d.marks !== "bar" || !from || from.length !== s.slice.length || calm()) { s.shown = null; return drawBase(s); }
  const to = s.slice, start = performance.now(), finite = (v) => (Number.isFinite(v) ? v : s.d.domain[0]);
  const tick = (now) => {
    const done = Math.min(1, Math.max(0, (now - start) / 160)), eased = 1 - (1 - done) ** 3;
    s.shown = done < 1 ? Float32Array.from(to, (v, k) => finite(from[k]) + (finite(v) - finite(from[k])) * eased) : null;
    drawBase(s);
    if (done < 1) s.frame = requestAnimationFrame(tick);
  };
  tick(start);
}

/** A shared cursor moved: another slice is drawn anew, a mark only redraws the overlay. */
function moved(s, dim) {
  const { rows, columns, sliders } = s.d, before = s.shown ?? s.slice;
  const slid = sliders.some((axis) => axis.dim === dim);
  if (!slid && rows?.dim !== dim && columns?.dim !== dim && s.d.shine !== dim) return;
  if (slid) undraft(s);
  follow(s);
  if (slid) { glide(s, before); drawSliders(s); }
  if (s.seek >= 0) reach(s, s.seek);
  drawOver(s);
  drawLabels(s);
  if (s.hover) showTip(s);
}

function render(s) {
  const start = performance.now();
  s.look = theme(s.root);
  const key = `${s.look.key}|${s.d.kind}`;
  if (s.shadesKey !== key) Object.assign(s, { shades: shades(s.d.kind, s.look), shadesKey: key });
  layout(s);
  for (const part of [s.stage, s.canvases]) Object.assign(part.style, { width: `${s.g.width}px`, height: `${s.g.height}px` });
  reachCursor(s);
  s.edges();
  drawBase(s);
  drawLabels(s);
  drawLegend(s);
  drawSliders(s);
  drawOver(s);
  showTip(s);
  describe(s, s.d.words.matrix, s.d.words.matrix_help, s.d.sliders.length ? s.d.words.matrix_pages : "", s.d.edit ? s.d.words.matrix_edit : "");
  s.root.dataset.ms = (performance.now() - start).toFixed(2);
}

function build(root) {
  const s = { at: { i: 0, j: 0 }, hover: null, keys: false, inputs: [], picked: null, undo: [] };
  const canvas = () => make("canvas", { "aria-hidden": "true" });
  s.base = canvas(); s.over = canvas(); s.side = canvas(); s.ramp = canvas();
  s.canvases = make("div", { class: "canvases", "aria-hidden": "true" }, s.base, s.over);
  s.grip = make("i", { class: "grip", hidden: "" });
  s.stage = make("div", { class: "stage", role: "application", tabindex: 0, "aria-describedby": "help" }, s.canvases, s.grip);
  s.box = make("div", { class: "box" }, s.stage);
  s.view = edged(s, s.box);
  s.hint = make("p", { class: "hint quiet", "aria-hidden": "true", hidden: "" });
  s.controls = make("div", { class: "controls" });
  s.tick = make("i", { class: "tick", hidden: "" });
  s.between = make("span", {});
  [s.low, s.high, s.scale, s.best] = ["low", "high", "quiet", "quiet"].map((kind) => make("span", { class: kind }));
  s.legend = make("div", { class: "legend" }, s.low, make("span", { class: "ramp" }, s.ramp, s.tick, s.between), s.high, s.scale, s.best);
  root.replaceChildren(s.controls, make("div", { class: "frame" }, s.side, s.view), s.legend, s.hint, ...footer(s));
  return s;
}

function listen(s) {
  const leave = () => { lead(s, null); if (s.hover) { s.hover = null; hoverChanged(s); } };
  dragged(s);
  s.stage.addEventListener("pointermove", (event) => hovered(s, event));
  s.stage.addEventListener("pointerdown", (event) => { s.finger = event.pointerType === "touch"; });
  s.stage.addEventListener("pointerleave", leave);
  s.stage.addEventListener("click", (event) => clicked(s, event));
  s.stage.addEventListener("keydown", (event) => pressed(s, event));
  s.stage.addEventListener("focus", () => { drawHint(s, true); if (s.stage.matches(":focus-visible")) moveKeys(s, s.at.i, s.at.j); });
  s.stage.addEventListener("blur", () => { if (!s.dragged) undraft(s); s.keys = false; drawHint(s, false); drawOver(s); });
  s.box.addEventListener("scroll", leave, { passive: true });
  s.side.addEventListener("click", (event) => {
    const i = Math.floor((event.offsetY - s.g.top - s.g.pad) / s.g.ch);
    if (s.row >= 0 && i >= 0 && i < s.n) moveTo(s.d.rows.dim, index(s.d.rows, i));
  });
  watchSize(s, s.root, () => render(s));
  subscribe(s, (dim) => moved(s, dim));
  s.undo.push(() => lead(s, null), () => cancelAnimationFrame(s.frame), () => clearTimeout(s.lift), () => s.stopWaiting?.());
}

export default (component) => {
  const cleanup = mounted(component, { build, load, listen, render });
  STATES.get(component.parentElement).tell = (what) => { writeUrl(); component.setTriggerValue("edit", what); };
  return cleanup;
};
