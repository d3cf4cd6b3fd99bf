// States down, time across, on canvas: cell by cell with every candidate's number, the trace back, or γ, ξ and paths whole.

const TONES = 40; // shades of a node
const DASHES = [[], [9, 5], [2.5, 4.5], [12, 4, 2.5, 4], [6, 3], [1.5, 3]];
const GROW = 260; // milliseconds in which arcs reach their cell
const NOTHING = { nodes: 0, arcs: 0, numbers: 0, paths: 0 };

// ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Short enough for a node: three digits, below 0.001 with an exponent; logarithms with two decimals. A digit less where it is tight. */
function brief(kind, v, tight = false) {
  if (!Number.isFinite(v)) return number(v);
  const digits = tight ? 2 : 3;
  if (kind !== "prob") return (Math.abs(v) >= 1000 ? v.toFixed(0) : v.toFixed(digits - 1)).replace("-", "−");
  if (v === 0) return "0";
  if (v === 1) return "1";
  return (v < 0.001 ? v.toExponential(tight || v < 1e-99 ? 0 : 1) : v >= 0.0995 ? v.toFixed(digits) : String(Number(v.toPrecision(digits)))).replace("-", "−");
}

/** Weights from 0 to 1 of numbers or logarithms, the largest 1. */
function relative(kind, values) {
  const most = values.reduce((a, b) => (b > a ? b : a), -Infinity);
  return values.map((v) => (kind === "log" ? (most > -Infinity && v > -Infinity ? Math.exp(v - most) : 0) : most > 0 && v > 0 ? v / most : 0));
}

const between = (from, to, share) => (share >= 1 || !Number.isFinite(from) || !Number.isFinite(to) ? to : from + (to - from) * share);
const node = (s, t, j) => { const k = t * s.n + j; return s.old ? between(s.old.nodes[k], s.nodes[k], s.mixed) : s.nodes[k]; };
const arc = (s, k, i, j) => { const p = (k * s.n + i) * s.n + j; return s.old?.arcs ? between(s.old.arcs[p], s.arcs[p], s.mixed) : s.arcs[p]; };

/** How dark a node is: its share of the column; a posterior is its own share. */
function nodeShare(s, t, j) {
  if (s.d.kind !== "log" && !s.d.order && s.whole) return clamp(node(s, t, j) || 0, 0, 1);
  const column = relative(s.d.kind, s.states.map((_, i) => node(s, t, i)));
  return s.d.summary ? column[j] : column[j] / (column.reduce((a, b) => a + b, 0) || 1);
}

// ── moves ───────────────────────────────────────────────────────────────────────────────────────────────────

/** What move k is about: a cell, or a place of the path that is traced back. */
function moveOf(s, k = s.at) {
  if (!s.d.order) return null;
  const cells = s.T * s.n, traced = k >= cells, column = traced ? k - cells : Math.floor(k / s.n);
  const t = traced || s.d.order === "backward" ? s.T - 1 - column : column;
  return { traced, t, j: traced ? s.best[t] : k % s.n };
}

const known = (s, t, j) => !s.d.order || (s.d.order === "backward" ? s.T - 1 - t : t) * s.n + j <= s.at;
const done = (s) => !s.d.order || s.at === s.steps - 1;

/** The arcs that make a cell: {list: [{step, i, j, other, value, share}], winner}; `share` is 0…1 for bars and widths. */
function candidates(s, { t, j }) {
  const later = s.d.order === "backward", step = later ? t : t - 1;
  if (!s.arcs || step < 0 || step >= s.T - 1) return { list: [], winner: -1 };
  const list = s.states.map((_, other) => {
    const ends = later ? { i: j, j: other } : { i: other, j };
    return { step, ...ends, other, value: arc(s, step, ends.i, ends.j) };
  });
  const shares = relative(s.d.arcs.kind, list.map(({ value }) => value));
  const whole = s.d.rule === "sum" ? shares.reduce((a, b) => a + b, 0) || 1 : 1;
  list.forEach((each, k) => (each.share = shares[k] / whole));
  const top = !later && s.back && s.d.rule === "max" ? s.back[step * s.n + j] : shares.lastIndexOf(1);
  return { list, winner: s.d.rule === "max" && shares[top] > 0 ? top : -1 };
}

// ── names ───────────────────────────────────────────────────────────────────────────────────────────────────

const timeIndex = (s, t) => (s.d.time.index ? s.d.time.index[t] : t);
const stepIndex = (s, k) => (s.d.arcs.index ? s.d.arcs.index[k] : k);
const stateIndex = (s, j) => (s.d.state.index ? s.d.state.index[j] : j);
const clock = (s, t) => String(timeIndex(s, t) + 1);
const seen = (s, t) => (s.d.time.labels ? visible(s.d.time.labels[t]) : "");
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;
/** A name that runs from right to left is kept from turning the sentence round it. */
const apart = (name) => (RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name);
const cellName = (s, t, j) => fill(s.d.words.trellis_at, { t: clock(s, t), state: apart(s.states[j]) });

/** The move in words, for the headline and for ears. */
function sentence(s) {
  const { words, order, rule } = s.d, move = moveOf(s);
  if (!move) return "";
  const { t, j } = move, at = cellName(s, t, j), value = number(node(s, t, j));
  if (move.traced && t === s.T - 1) return fill(words.trellis_largest, { at, value });
  if (move.traced) return fill(words.trellis_back, { at, next: cellName(s, t + 1, s.best[t + 1]) });
  const { list, winner } = candidates(s, move);
  if (!list.length) return fill(order === "backward" ? words.trellis_end : words.trellis_start, { at, value });
  if (rule === "sum") return fill(words.trellis_sum, { at, value, n: list.length });
  return winner < 0 ? fill(words.trellis_none, { at, value }) : fill(words.trellis_max, { at, value, from: apart(s.states[list[winner].other]) });
}

// ── layout ──────────────────────────────────────────────────────────────────────────────────────────────────

const ROWS = [6, 6, 6, 5.4, 4.7, 4.2, 4, 3.6, 3.5, 3.3, 3.2, 3.1, 3]; // rem a state, by the number of states

function layout(s) {
  const px = rem(), wide = s.root.clientWidth >= 44 * px && s.d.order;
  s.root.classList.toggle("wide", Boolean(wide));
  const ctx = s.side.getContext("2d"), font = (size, weight = 400) => `${weight} ${size}px ${s.look.font}`;
  const f = { label: px * 0.92, value: px * 0.8, small: Math.max(11, px * 0.7), head: px * 1.05, font };
  ctx.font = font(f.label, 650);
  const names = Math.max(...s.states.map((name) => ctx.measureText(name).width)) + 14;
  ctx.font = font(f.small);
  const observed = s.d.time.labels ? ctx.measureText(s.d.words.trellis_observed ?? "").width + 12 : 0;
  const side = Math.ceil(Math.max(Math.min(names, s.root.clientWidth * 0.26, 9 * px), Math.min(observed, s.root.clientWidth * 0.34)));
  ctx.font = font(f.value, 600);
  const digits = ctx.measureText("0.0000").width, longest = Math.max(digits, s.longest ? ctx.measureText(s.longest).width : 0);
  let pw = Math.ceil(longest + px * 0.75);
  s.tight = false;
  const arcs = s.arcs && s.d.order ? digits + px * 2.6 + joint(s) : px * (s.arcs ? 2.6 : 1.8);
  s.side.style.width = `${side}px`;
  const room = s.framed.clientWidth - side, pad = 4;
  const g = { side, pad, pw, ph: Math.round(px * 1.95), rh: Math.round(px * ROWS[Math.min(s.n, 12)]), top: Math.round(px * (s.d.time.labels ? 3.1 : 1.9)), room };
  const least = s.d.summary ? Math.max(3, s.T <= 60 ? px * 0.9 : 3) : pw + arcs;
  const whole = (room - 2 * pad) / s.T, closer = !joint(s) && whole >= 0.72 * least; // a little closer, if then all is seen
  if (s.arcs && s.d.order && !s.d.summary && whole < least && !closer) tighten(s, g, whole, longest + px * 0.5, (digits * f.small) / f.value);
  g.cw = clamp(whole, closer || s.tight ? Math.min(whole, least) : least, Math.max(least, px * (s.d.summary ? 3 : 12)));
  if (s.d.summary) Object.assign(g, { rh: Math.round(clamp((px * 26) / s.n, 12, px * 2.2)), pw: g.cw - (g.cw > 8 ? 1.5 : 0) });
  if (s.d.summary) g.ph = g.rh - 1.5;
  g.width = s.T * g.cw + 2 * pad;
  g.height = g.top + s.n * g.rh + 4;
  Object.assign(s, { g, f });
}

/** Shorter numbers and a smaller Σ, if then every column is seen. */
function tighten(s, g, whole, node, digits) {
  s.tight = true;
  const wanted = node + 3 + digits + 6 + joint(s) * 1.9 + 1;
  if (whole >= wanted) g.pw = Math.ceil(node);
  else s.tight = false;
}

const x = (s, t) => s.g.pad + (t + 0.5) * s.g.cw;
const y = (s, j) => s.g.top + (j + 0.5) * s.g.rh;

/** Σ stands between the arcs and their cell. */
const joint = (s) => (s.d.rule === "sum" && s.d.order ? Math.round(rem() * (s.tight ? 0.55 : 1.5)) : 0);

/** The two ends and control points of an arc over step k. */
function curve(s, k, i, j, aim = false, shift = 0) {
  const later = s.d.order === "backward", gap = aim ? joint(s) : 0;
  const x1 = x(s, k) + s.g.pw / 2 + (later ? gap : 0), x2 = x(s, k + 1) - s.g.pw / 2 - (later ? 0 : gap);
  const [near, far] = s.d.order ? [0.24, 0.82] : [0.46, 0.46]; // numbers stand on the level end of an arc
  const y1 = y(s, i) + shift, y2 = y(s, j) + shift, wide = x2 - x1;
  return [x1, y1, x1 + wide * (later ? near : far), y1, x2 - wide * (later ? far : near), y2, x2, y2];
}

/** The height of a curve at a place across. */
function heightAt(c, across) {
  let [low, high] = [0, 1];
  for (let round = 0; round < 12; round++) {
    const middle = (low + high) / 2;
    if (along(c, middle)[0] < across) low = middle;
    else high = middle;
  }
  return along(c, low)[1];
}

function along([x1, y1, x2, y2, x3, y3, x4, y4], u) {
  const v = 1 - u, [a, b, c, d] = [v * v * v, 3 * v * v * u, 3 * v * u * u, u * u * u];
  return [a * x1 + b * x2 + c * x3 + d * x4, a * y1 + b * y2 + c * y3 + d * y4];
}

/** The part of a curve up to u, after de Casteljau. */
function begun(c, u) {
  const lerp = (p, q) => [p[0] + (q[0] - p[0]) * u, p[1] + (q[1] - p[1]) * u];
  const [p1, p2, p3, p4] = [[c[0], c[1]], [c[2], c[3]], [c[4], c[5]], [c[6], c[7]]];
  const [a, b, e] = [lerp(p1, p2), lerp(p2, p3), lerp(p3, p4)], [q, r] = [lerp(a, b), lerp(b, e)];
  return [...p1, ...a, ...q, ...lerp(q, r)];
}
const reversed = (c) => [c[6], c[7], c[4], c[5], c[2], c[3], c[0], c[1]];

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

function trace(ctx, c, colour, width, alpha = 1, dash = []) {
  ctx.globalAlpha = alpha;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(c[0], c[1]);
  ctx.bezierCurveTo(...c.slice(2));
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

function pill(ctx, cx, cy, w, h, r = h / 2) {
  ctx.beginPath();
  ctx.roundRect(cx - w / 2, cy - h / 2, w, h, Math.max(0, Math.min(r, w / 2)));
}

function draw(s) {
  const start = performance.now(), { g, box, d } = s, left = box.scrollLeft, width = box.clientWidth;
  if (!width) return;
  const ctx = surface(s.canvas, width, g.height);
  s.drawn = { ...NOTHING };
  s.from = Math.max(0, Math.floor((left - g.pad) / g.cw) - 1);
  s.to = Math.min(s.T - 1, Math.ceil((left + width) / g.cw) + 1);
  ctx.translate(-left, 0);
  ctx.lineCap = "round";
  drawColumn(s, ctx);
  if (d.summary) drawCells(s, ctx);
  else {
    drawGuides(s, ctx);
    drawArcs(s, ctx);
  }
  if (done(s)) drawPaths(s, ctx);
  if (!d.summary) {
    const move = moveOf(s), peek = peeked(s);
    drawTraced(s, ctx, move);
    if (move && !move.traced) drawCandidates(s, ctx, move, 1);
    if (peek) drawCandidates(s, ctx, peek, 1);
    drawPickedArc(s, ctx);
    drawNodes(s, ctx, move);
    if (move && !move.traced) drawNumbers(s, ctx, move);
    if (peek) drawNumbers(s, ctx, peek);
  }
  drawHeads(s, ctx);
  Object.assign(s.root.dataset, s.drawn, { ms: (performance.now() - start).toFixed(2) });
}

/** A computed cell under the pointer shows its candidates again. */
function peeked(s) {
  const over = s.hover?.node, move = moveOf(s);
  if (!over || !move || !known(s, over.t, over.j) || (!move.traced && over.t === move.t && over.j === move.j)) return null;
  return over;
}

function drawColumn(s, ctx) {
  if (s.column < 0) return;
  ctx.fillStyle = css(s.look.track);
  pill(ctx, x(s, s.column), s.g.height / 2, Math.max(6, s.g.cw - 6), s.g.height - 2, 8);
  ctx.fill();
}

function drawGuides(s, ctx) {
  ctx.strokeStyle = css(s.look.faint);
  ctx.lineWidth = 1;
  for (let j = 0; j < s.n; j++) {
    ctx.beginPath();
    ctx.moveTo(x(s, s.from), y(s, j));
    ctx.lineTo(x(s, s.to), y(s, j));
    ctx.stroke();
  }
}

/** What stays of the cells computed before; without an order all arcs, as wide as their numbers. */
function drawArcs(s, ctx) {
  if (!s.arcs && !s.back) return;
  const move = moveOf(s);
  for (let k = s.from; k < Math.min(s.to, s.T - 1); k++) {
    if (!s.d.order) { drawStepArcs(s, ctx, k); continue; }
    for (let j = 0; j < s.n; j++) {
      const cell = { t: s.d.order === "backward" ? k : k + 1, j };
      if (!known(s, cell.t, j) || (move && !move.traced && move.t === cell.t && move.j === j)) continue;
      drawMade(s, ctx, cell, move);
    }
  }
}

function drawStepArcs(s, ctx, k) {
  if (!s.arcs) return;
  const dim = s.shownPaths.length ? 0.55 : 1, primary = css(s.look.primary);
  for (let i = 0; i < s.n; i++) {
    for (let j = 0; j < s.n; j++) {
      const share = clamp(arc(s, k, i, j) * s.widest, 0, 1);
      if (!(share > 0.004)) continue;
      trace(ctx, curve(s, k, i, j), primary, 0.5 + 10 * share, dim * (0.16 + 0.5 * Math.sqrt(share)));
      s.drawn.arcs++;
    }
  }
}

/** The winner's thin arc, or all that were summed, pale. */
function drawMade(s, ctx, cell, move) {
  const line = css(mix(s.look.background, s.look.text, move.traced ? 0.24 : 0.4)), { list, winner } = candidates(s, cell);
  if (s.d.rule === "sum") {
    for (const each of list) {
      if (!(each.share > 0.002)) continue;
      trace(ctx, curve(s, each.step, each.i, each.j), line, 0.6 + 2.6 * each.share, 0.55);
      s.drawn.arcs++;
    }
    return;
  }
  const top = list.length ? winner : (s.back?.[(cell.t - 1) * s.n + cell.j] ?? -1);
  if (!(top >= 0)) return;
  trace(ctx, s.d.order === "backward" ? curve(s, cell.t, cell.j, top) : curve(s, cell.t - 1, top, cell.j), line, 1.6);
  s.drawn.arcs++;
}

/** All arcs into the cell: the winner bold, or all together into a Σ. */
function drawCandidates(s, ctx, cell, strength) {
  const { list, winner } = candidates(s, cell), { look } = s, sum = s.d.rule === "sum", later = s.d.order === "backward";
  const grown = s.grown ?? 1, quiet = css(mix(look.background, look.text, 0.36)), primary = css(look.primary);
  const order = [...list].sort((a, b) => (a.other === winner) - (b.other === winner));
  for (const each of order) {
    const bold = each.other === winner, over = hoverArc(s, each);
    let c = curve(s, each.step, each.i, each.j, true);
    if (grown < 1) c = later ? begun(reversed(c), grown) : begun(c, grown);
    const width = sum ? 1 + 6 * each.share : bold ? 3.4 : 1.5;
    trace(ctx, c, sum || bold || over ? primary : quiet, width + (over ? 1.2 : 0), strength * (sum ? 0.5 + 0.45 * each.share : 1));
    s.drawn.arcs++;
  }
  if (sum && list.length) drawJoint(s, ctx, cell);
}

const hoverArc = (s, { step, i, j }) => {
  const over = s.hover?.arc ?? s.chosen?.arc;
  return Boolean(over && over.step === step && over.i === i && over.j === j);
};

function drawJoint(s, ctx, { t, j }) {
  const { g, look, f } = s, side = s.d.order === "backward" ? 1 : -1, r = joint(s) * (s.tight ? 0.85 : 0.4), primary = css(look.primary);
  const cx = x(s, t) + side * (g.pw / 2 + joint(s)), cy = y(s, j);
  ctx.strokeStyle = primary;
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  ctx.moveTo(cx, cy);
  ctx.lineTo(x(s, t) + (side * g.pw) / 2, cy);
  ctx.stroke();
  ctx.fillStyle = primary;
  ctx.beginPath();
  ctx.arc(cx, cy, r, 0, 7);
  ctx.fill();
  ctx.fillStyle = css(look.background);
  ctx.font = f.font(r * 1.35, 650);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText("Σ", cx, cy + r * 0.08);
}

/** The number of every candidate, near the state it comes from (backward: goes to), where the arcs lie apart. */
function drawNumbers(s, ctx, cell) {
  const { list, winner } = candidates(s, cell), { f, look } = s, later = s.d.order === "backward";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.globalAlpha = s.grown ?? 1;
  for (const each of list) {
    const c = curve(s, each.step, each.i, each.j, true), bold = each.other === winner, size = s.tight ? f.small : f.value * (bold ? 1 : 0.94);
    ctx.font = f.font(size, bold ? 650 : 450);
    const text = brief(s.d.arcs.kind, each.value, s.tight), w = ctx.measureText(text).width + (s.tight ? 6 : 9), gap = s.g.pw / 2;
    const reach = w / 2 + (s.tight ? 3 : 7), from = later ? x(s, each.step + 1) - gap - reach : x(s, each.step) + gap + reach;
    const [cx, cy] = [from, heightAt(c, from)];
    ctx.fillStyle = css(bold ? look.primary : look.background);
    pill(ctx, cx, cy, w, size * 1.45, 5);
    ctx.fill();
    ctx.fillStyle = css(bold ? look.background : look.muted);
    ctx.fillText(text, cx, cy + 0.5);
    s.drawn.numbers++;
  }
  ctx.globalAlpha = 1;
}

/** The path so far, from the end back. */
function drawTraced(s, ctx, move) {
  if (!move?.traced || (done(s) && s.shownPaths.length)) return;
  const primary = css(s.look.primary);
  for (let t = Math.max(move.t, s.from); t < Math.min(s.T - 1, s.to + 1); t++) {
    let c = curve(s, t, s.best[t], s.best[t + 1]);
    if (t === move.t && s.grown < 1) c = begun(reversed(c), s.grown);
    trace(ctx, c, primary, 5);
    s.drawn.paths++;
  }
}

function drawPickedArc(s, ctx) {
  const picked = s.picked?.arc, marks = [picked && [picked, css(s.look.text)], s.chosen?.arc && [s.chosen.arc, css(s.look.primary)],
    !s.d.order && s.hover?.arc && [s.hover.arc, css(s.look.text)]];
  for (const [{ step, i, j }, colour] of marks.filter(Boolean)) {
    const cell = s.d.order === "backward" ? [step, i] : [step + 1, j];
    if (known(s, ...cell)) trace(ctx, curve(s, step, i, j), colour, 2.5, 0.9, picked && colour === css(s.look.text) && s.d.order ? [5, 4] : []);
  }
}

function drawNodes(s, ctx, move) {
  const { g, look, f, d } = s, primary = css(look.primary), background = css(look.background), faint = css(mix(look.background, look.text, 0.2));
  const lit = (t, j) => move?.traced && t >= move.t && s.best[t] === j && !(done(s) && s.shownPaths.length);
  const solo = s.shownPaths.length === 1 ? s.shownPaths[0] : s.solo ?? -1;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (let t = s.from; t <= s.to; t++) {
    for (let j = 0; j < s.n; j++) {
      const cx = x(s, t), cy = y(s, j), here = move && move.t === t && move.j === j;
      pill(ctx, cx, cy, g.pw, g.ph);
      if (!known(s, t, j)) {
        ctx.fillStyle = background;
        ctx.fill();
        ctx.strokeStyle = faint;
        ctx.lineWidth = 1;
        ctx.stroke();
        continue;
      }
      const tone = lit(t, j) ? s.tones.at(-1) : s.tones[Math.round(nodeShare(s, t, j) * (TONES - 2))];
      ctx.fillStyle = tone.fill;
      ctx.fill();
      const through = done(s) && solo >= 0 && s.paths[solo * s.T + t] === j;
      ctx.strokeStyle = through ? css(look.groups[solo % look.groups.length]) : here || lit(t, j) ? primary : tone.edge;
      ctx.lineWidth = through ? 3 : here ? 3 : 1;
      ctx.stroke();
      ctx.fillStyle = tone.ink;
      ctx.font = f.font(f.value, here || lit(t, j) ? 650 : 500);
      ctx.fillText(brief(d.kind, node(s, t, j)), cx, cy + 0.5);
      s.drawn.nodes++;
    }
  }
  drawRings(s, ctx, move);
}

function drawRings(s, ctx, move) {
  const { g, look } = s, ring = ({ t, j }, colour, width, gap, dash = []) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.setLineDash(dash);
    pill(ctx, x(s, t), y(s, j), g.pw + gap, g.ph + gap);
    ctx.stroke();
    ctx.setLineDash([]);
  };
  if (s.best && move?.traced) ring({ t: s.T - 1, j: s.best[s.T - 1] }, css(look.primary), 2, 8);
  if (s.picked?.node && known(s, s.picked.node.t, s.picked.node.j)) ring(s.picked.node, css(look.text), 2.2, 6);
  if (s.hover?.node) ring(s.hover.node, css(look.text), 1.5, 4);
  if (s.keys && !s.d.order && s.cell.j >= 0 && !s.chosen) ring(s.cell, css(look.primary), 2.5, 7, [4, 3]);
}

/** A path's dash and its share of the usual width: the hero is solid and thick, the others are broken and thin. */
function lineOf(s, p) {
  const { hero } = s.d;
  if (hero === null || hero === undefined) return { dash: DASHES[p % DASHES.length], share: 1 };
  if (p === hero) return { dash: [], share: 1.5 };
  return { dash: DASHES[1 + ((p - (p > hero ? 1 : 0)) % 3)], share: 0.72 };
}

/** Paths side by side, so that none hides another. */
function drawPaths(s, ctx) {
  const { look, g } = s, list = s.shownPaths, wide = s.d.summary ? Math.min(2.5, g.rh / 4) : 3.4;
  const gap = Math.min(wide + 2.6, (g.ph - 6) / Math.max(1, list.length));
  list.forEach((p, place) => {
    const colour = css(look.groups[p % look.groups.length]), shift = (place - (list.length - 1) / 2) * gap;
    const alpha = s.solo === null || s.solo === p ? 1 : 0.14;
    const { dash, share } = lineOf(s, p), thick = wide * share + (s.solo === p ? 1.2 : 0);
    for (let t = s.from; t < Math.min(s.to, s.T - 1); t++) {
      const [i, j] = [s.paths[p * s.T + t], s.paths[p * s.T + t + 1]];
      if (!(i >= 0 && j >= 0)) continue;
      const c = s.d.summary ? [x(s, t), y(s, i) + shift, x(s, t), y(s, i) + shift, x(s, t + 1), y(s, j) + shift, x(s, t + 1), y(s, j) + shift] : curve(s, t, i, j, false, shift);
      ctx.lineCap = dash.length ? "butt" : "round";
      if (s.d.summary) trace(ctx, c, css(look.background), wide + 2, alpha);
      trace(ctx, c, colour, thick, alpha, dash);
      s.drawn.paths++;
    }
  });
  ctx.lineCap = "round";
}

/** The summary: a cell a colour. */
function drawCells(s, ctx) {
  const { g } = s;
  for (let t = s.from; t <= s.to; t++) {
    for (let j = 0; j < s.n; j++) {
      if (Number.isNaN(node(s, t, j))) continue;
      ctx.fillStyle = s.tones[Math.round(nodeShare(s, t, j) * (TONES - 2))].fill;
      ctx.fillRect(x(s, t) - g.pw / 2, y(s, j) - g.ph / 2, g.pw, g.ph);
      s.drawn.nodes++;
    }
  }
}

function drawHeads(s, ctx) {
  const { g, f, look } = s, move = moveOf(s), labels = s.d.time.labels;
  const every = Math.max(1, Math.ceil((rem() * (labels ? 2.3 : 2)) / g.cw));
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (let t = s.from; t <= s.to; t++) {
    const here = t === (move?.t ?? s.column), over = s.hover?.head === t, picked = s.picked?.head === t;
    if (t % every && !here) continue;
    const cx = x(s, t), keyed = s.keys && !s.d.order && s.cell.j < 0 && s.cell.t === t;
    ctx.font = f.font(f.small, 400);
    ctx.fillStyle = css(look.muted);
    ctx.fillText(t || s.d.summary ? clock(s, t) : `t = ${clock(s, t)}`, cx, f.small * 0.85);
    if (!labels) continue;
    ctx.font = f.font(f.head, 650);
    const text = shorten(ctx, seen(s, t), Math.max(g.cw * every - 10, rem() * 1.4)), w = Math.max(ctx.measureText(text).width + rem() * 0.8, rem() * 1.7);
    const cy = f.small * 1.7 + f.head * 0.72, h = f.head * 1.55;
    if (here || over || picked || keyed) {
      pill(ctx, cx, cy, w, h, 5);
      ctx.fillStyle = css(here ? look.primary : look.faint);
      ctx.fill();
    }
    if (picked || keyed) {
      ctx.strokeStyle = css(picked ? look.text : look.primary);
      ctx.lineWidth = 2;
      ctx.stroke();
    }
    ctx.fillStyle = css(here ? look.background : look.text);
    ctx.fillText(text, cx, cy + 0.5);
  }
}

/** State names stand outside of the scrolling box. */
function drawSide(s) {
  const { g, f, look } = s, ctx = surface(s.side, g.side, g.height), move = moveOf(s);
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  const small = s.d.summary ? Math.min(f.label, g.rh * 0.95) : f.label;
  s.states.forEach((name, j) => {
    const here = j === (move?.j ?? s.hover?.node?.j);
    ctx.font = f.font(small, here ? 650 : 450);
    ctx.fillStyle = css(here ? look.primary : look.text);
    ctx.fillText(shorten(ctx, name, g.side - 12), g.side - 8, y(s, j));
  });
  if (!s.d.time.labels) return;
  ctx.font = f.font(f.small, 400);
  ctx.fillStyle = css(look.muted);
  ctx.fillText(shorten(ctx, s.d.words.trellis_observed ?? "", g.side - 10), g.side - 8, f.small * 1.7 + f.head * 0.74);
}

// ── the panel: the current cell's candidates, always in the same place ─────────────────────────────────────────────

function panelRow(s, k) {
  const parts = ["name", "track", "value", "mark", "detail quiet"].map((kind) => make("span", { class: kind }));
  parts[1].append(make("i", {}));
  const act = (what) => (event) => { s.hover = event.type === "pointerenter" ? what(s.rows[k].candidate) : null; draw(s); };
  const over = (candidate) => (candidate?.step >= 0 ? { arc: candidate } : null);
  const button = make("button", { type: "button", class: "candidate", onpointerenter: act(over), onpointerleave: act(over),
    onclick: () => pickCandidate(s, s.rows[k].candidate) }, ...parts);
  return { button, name: parts[0], bar: parts[1].firstChild, value: parts[2], mark: parts[3], detail: parts[4], candidate: null };
}

function pickCandidate(s, candidate) {
  if (!candidate) return;
  if (candidate.step >= 0) pick(s, { arc: candidate });
  else pick(s, { node: { t: candidate.t, j: candidate.j } });
}

/** What the panel lists: predecessors (successors), the start, or the last column. */
function listed(s, move) {
  const { t, j } = move, { kind, words } = s.d;
  if (move.traced && t === s.T - 1) {
    const values = s.states.map((_, i) => node(s, t, i)), shares = relative(kind, values);
    return { list: values.map((value, i) => ({ t, j: i, name: s.states[i], value, kind, share: shares[i] })), winner: j, word: "max", title: seen(s, t) };
  }
  const cell = move.traced ? { t: t + 1, j: s.best[t + 1] } : move, { list, winner } = candidates(s, cell);
  const rows = list.map((each) => ({ ...each, name: s.states[each.other], kind: s.d.arcs.kind }));
  if (rows.length) return { list: rows, winner, word: s.d.rule === "max" ? "max" : kind === "log" ? "log Σ" : "Σ", cell };
  const name = s.d.order === "backward" ? words.trellis_last_row : words.trellis_start_row;
  return { list: s.arcs || t === 0 ? [{ t, j, name, value: node(s, t, j), kind, share: 1 }] : [], winner: -1, word: "", cell };
}

function drawPanel(s) {
  const move = moveOf(s);
  s.panel.hidden = !move;
  if (!move) return;
  const { words, kind } = s.d, { list, winner, word, cell = move } = listed(s, move), sum = word.endsWith("Σ");
  s.cellName.textContent = cellName(s, cell.t, cell.j);
  s.facts.replaceChildren(...facts(s, cell));
  const parted = s.d.order === "backward" && s.d.arrays.emission && !s.d.slider;
  s.list.classList.toggle("detailed", Boolean(parted));
  const way = s.d.order === "backward" ? `${words.trellis_to}${parted ? ` (${factors(s).join(joined(s))})` : ""}` : words.trellis_from;
  s.direction.textContent = list[0]?.step >= 0 ? way : "";
  s.rows.forEach((row, k) => {
    const each = list[k], won = k === winner, { button } = row;
    row.candidate = each ?? null;
    button.style.visibility = each ? "" : "hidden";
    button.classList.toggle("won", won);
    button.classList.toggle("sum", sum);
    if (!each) return;
    row.name.textContent = row.name.title = each.name;
    row.bar.style.width = `${100 * each.share}%`;
    row.value.textContent = number(each.value, 4);
    row.detail.textContent = parted && each.step >= 0 ? parts(s, each).join(joined(s)) : "";
    row.mark.textContent = won ? "✓" : sum && k < list.length - 1 ? "+" : "";
    button.setAttribute("aria-label", `${each.name}, ${number(each.value, 4)}${won ? `, ${words.trellis_winner}` : ""}`);
  });
  s.result.replaceChildren(make("span", {}, word ? `${word} =` : "="), make("b", {}, number(node(s, cell.t, cell.j), 4)));
  s.explain.hidden = !words.pick;
  s.explain.textContent = words.trellis_explain ?? "";
  s.say.textContent = sentence(s);
}

const joined = (s) => (s.d.arcs.kind === "log" ? " + " : " · ");
const factors = (s) => ["a", "b", "β"].map((symbol) => (s.d.arcs.kind === "log" ? `log ${symbol}` : symbol));

/** What a candidate of a backward cell is made of: the transition, the next observation's b, and β. */
function parts(s, { step, i, j, value }) {
  const logged = s.d.arcs.kind === "log", b = s.d.arrays.emission.data[(step + 1) * s.n + j], beta = node(s, step + 1, j);
  const all = logged ? [value - Math.log(b) - beta, Math.log(b), beta] : [value / (b * beta), b, beta];
  return all.map((each) => (Number.isNaN(each) ? "?" : number(each, 3)));
}

const below = (n) => [...String(n)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");

/** The observation, b and, at the start, π of a cell; backward the next observation. */
function facts(s, { t, j }) {
  const list = [], note = (symbol, value) => list.push(make("span", {}, symbol, " ", make("b", {}, value)));
  const { emission, pi } = s.d.arrays;
  if (s.d.order === "backward") {
    if (s.d.time.labels && t < s.T - 1) note(`O${below(timeIndex(s, t) + 2)}`, seen(s, t + 1));
    return list;
  }
  if (s.d.time.labels) note(s.d.words.trellis_observed ?? "", seen(s, t));
  if (pi && t === 0 && s.d.order === "forward") note("π", number(pi.data[j], 3));
  if (emission) note("b", number(emission.data[t * s.n + j], 3));
  return list;
}

// ── paths ───────────────────────────────────────────────────────────────────────────────────────────────────

function drawLegend(s) {
  const { d } = s;
  s.legend.hidden = !d.paths.length;
  s.legend.setAttribute("aria-label", d.words.trellis_paths ?? "");
  const focused = s.chips?.indexOf(s.root.getRootNode().activeElement) ?? -1;
  s.chips = d.paths.map((label, p) => pathChip(s, label, p));
  s.legend.replaceChildren(...s.chips);
  if (focused >= 0) s.chips[focused]?.focus();
}

function pathChip(s, label, p) {
  const { dash, share } = lineOf(s, p), colour = css(s.look.groups[p % s.look.groups.length]);
  const line = make("path", { d: "M2 6h34", stroke: colour, "stroke-width": 3.6 * share, "stroke-dasharray": dash.join(" ") || null, fill: "none" });
  const solo = (event) => { s.solo = event.type === "pointerenter" || event.type === "focus" ? (s.off.has(p) ? null : p) : null; draw(s); };
  return make("button", { type: "button", class: "chip", "aria-pressed": String(!s.off.has(p)), onpointerenter: solo, onpointerleave: solo,
    onclick: () => {
      if (!s.off.delete(p)) s.off.add(p);
      s.solo = null;
      showPaths(s);
      s.chips[p].setAttribute("aria-pressed", String(!s.off.has(p)));
      draw(s);
    } }, make("svg", { viewBox: "0 0 38 12", "aria-hidden": "true" }, line), make("span", {}, label));
}

function showPaths(s) {
  s.shownPaths = s.d.paths.map((_, p) => p).filter((p) => !s.off.has(p));
}

// ── picking ─────────────────────────────────────────────────────────────────────────────────────────────────

const lead = (s) => (s.d.slider ? { [s.d.slider.dim]: s.d.slider.index ? s.d.slider.index[s.place] : s.place } : {});

function payload(s, { node: cell, arc: edge, head }) {
  if (head >= 0) return { variable: "O", position: { time: timeIndex(s, head) } };
  if (cell) return { variable: s.d.variable, position: { ...lead(s), time: timeIndex(s, cell.t), state: stateIndex(s, cell.j) } };
  const position = { ...lead(s), step: stepIndex(s, edge.step), state: stateIndex(s, edge.i), next_state: stateIndex(s, edge.j) };
  return { variable: s.d.arcs.variable, position };
}

function pick(s, what) {
  if (what.node && !known(s, what.node.t, what.node.j)) {
    const { t, j } = what.node;
    go(s, (s.d.order === "backward" ? s.T - 1 - t : t) * s.n + j);
  }
  if (what.node && Number.isNaN(node(s, what.node.t, what.node.j))) return;
  if (what.head >= 0) moveTo("time", timeIndex(s, what.head));
  s.picked = what;
  draw(s);
  s.send(payload(s, what));
  awaitAnswer(s);
}

/** What Python says is picked, if it lies in this trellis. */
function located(s, picked) {
  if (!picked) return null;
  const { position } = picked, place = (list, size, at) => (list ? list.indexOf(at) : at < size ? at : -1);
  if (s.d.slider && picked.variable !== "O" && position[s.d.slider.dim] !== lead(s)[s.d.slider.dim]) return null;
  const t = place(s.d.time.index, s.T, position.time), j = place(s.d.state.index, s.n, position.state);
  if (picked.variable === "O") return t >= 0 ? { head: t } : null;
  if (picked.variable === s.d.variable) return t >= 0 && j >= 0 ? { node: { t, j } } : null;
  if (picked.variable !== s.d.arcs?.variable || !s.arcs) return null;
  const step = place(s.d.arcs.index, s.T - 1, position.step), next = place(s.d.state.index, s.n, position.next_state);
  return step >= 0 && j >= 0 && next >= 0 ? { arc: { step, i: j, j: next } } : null;
}

// ── pointer and keys ──────────────────────────────────────────────────────────────────────────────────────────

/** {node} | {arc} | {head} under the pointer, or null. */
function hit(s, event) {
  const box = s.stage.getBoundingClientRect(), { g } = s, px = event.clientX - box.left, py = event.clientY - box.top;
  const t = Math.floor((px - g.pad) / g.cw);
  if (t < 0 || t >= s.T || py > g.height) return null;
  if (py < g.top - 4) return s.d.time.labels ? { head: t } : null;
  const j = clamp(Math.floor((py - g.top) / g.rh), 0, s.n - 1);
  if (Math.abs(px - x(s, t)) <= g.pw / 2 + 2 && Math.abs(py - y(s, j)) <= g.ph / 2 + 3) return { node: { t, j } };
  if (!s.arcs || s.d.summary) return null;
  return hitArc(s, px > x(s, t) ? t : t - 1, px, py);
}

function hitArc(s, step, px, py) {
  if (step < 0 || step >= s.T - 1) return null;
  let [best, found] = [9, null];
  for (const each of visibleArcs(s, step)) {
    const c = curve(s, step, each.i, each.j, Boolean(s.d.order));
    for (let u = 0; u <= 1; u += 0.04) {
      const [ax, ay] = along(c, u), away = Math.hypot(ax - px, ay - py);
      if (away < best - 0.5) [best, found] = [away, { arc: each }];
    }
  }
  return found;
}

/** The arcs of a step that are on the screen. */
function visibleArcs(s, step) {
  const all = s.states.flatMap((_, i) => s.states.map((__, j) => ({ step, i, j, value: arc(s, step, i, j) })));
  if (!s.d.order) return all.filter(({ value }) => value * s.widest > 0.004).sort((a, b) => b.value - a.value);
  const move = moveOf(s);
  return move && !move.traced ? candidates(s, move).list.filter((each) => each.step === step) : [];
}

function hovered(s, event) {
  const now = hit(s, event), [before] = [JSON.stringify(s.hover)];
  s.stage.style.cursor = now ? "pointer" : "";
  s.hover = now;
  if (JSON.stringify(now) === before) return;
  hoverChanged(s);
}

function hoverChanged(s) {
  draw(s);
  drawSide(s);
  s.rows.forEach((row) => row.button.classList.toggle("over", Boolean(s.hover?.arc && row.candidate && hoverArc(s, row.candidate))));
  showTip(s);
}

/** [words, number] of what is hovered or chosen. */
function told(s, what) {
  const { words, kind } = s.d;
  if (what.head >= 0) return [`t = ${clock(s, what.head)}`, seen(s, what.head)];
  if (what.node) {
    const { t, j } = what.node, through = done(s) ? s.shownPaths.filter((p) => s.paths[p * s.T + t] === j).map((p) => s.d.paths[p]) : [];
    return [[cellName(s, t, j), ...through].join(" · "), known(s, t, j) ? number(node(s, t, j)) : words.trellis_ahead ?? ""];
  }
  const { step, i, j } = what.arc;
  return [`${cellName(s, step, i)} → ${cellName(s, step + 1, j)}`, number(arc(s, step, i, j))];
}

function showTip(s) {
  const here = s.hover;
  if (!here) { s.tip.hidden = true; return; }
  const [name, value] = told(s, here);
  s.tip.replaceChildren(make("span", {}, name), make("b", {}, value));
  if (s.d.words.pick) s.tip.append(make("small", {}, s.d.words.pick));
  const root = s.root.getBoundingClientRect(), stage = s.stage.getBoundingClientRect();
  const [cx, cy] = here.node ? [x(s, here.node.t) + s.g.pw / 2, y(s, here.node.j)] : here.arc ? along(curve(s, here.arc.step, here.arc.i, here.arc.j), 0.5) : [x(s, here.head), s.g.top];
  placeTip(s.tip, s.root, stage.left - root.left + cx, stage.top - root.top + cy - s.g.ph / 2);
}

/** Up and down choose among the cell, its candidates and the observation. */
function choose(s, by) {
  const move = moveOf(s), { list } = move.traced ? { list: [] } : candidates(s, move);
  const all = [null, ...list.map((each) => ({ arc: each })), ...(s.d.time.labels ? [{ head: move.t }] : [])];
  s.choice = ((s.choice ?? 0) + by + all.length) % all.length;
  s.chosen = all[s.choice];
  draw(s);
  s.live.textContent = told(s, s.chosen ?? { node: move }).join(", ");
}

function pressedStepping(s, event) {
  const acts = { ArrowUp: () => choose(s, -1), ArrowDown: () => choose(s, 1), Enter: () => pick(s, s.chosen ?? { node: moveOf(s) }), Escape: () => s.stage.blur() };
  if (!Object.hasOwn(acts, event.key)) return press(s, event, true);
  event.preventDefault();
  event.stopPropagation();
  acts[event.key]();
}

function toCell(s, t, j) {
  s.cell = { t: clamp(t, 0, s.T - 1), j: clamp(j, s.d.time.labels ? -1 : 0, s.n - 1) };
  s.chosen = null;
  s.choice = -1;
  s.keys = true;
  reach(s, s.cell.t, false);
  draw(s);
  s.live.textContent = told(s, s.cell.j < 0 ? { head: s.cell.t } : { node: s.cell }).join(", ");
}

/** Space goes through the arcs that leave the node. */
function nextArc(s) {
  const { t, j } = s.cell;
  if (!s.arcs || j < 0 || t >= s.T - 1) return;
  s.choice = ((s.choice ?? -1) + 1) % s.n;
  s.chosen = { arc: { step: t, i: j, j: s.choice } };
  draw(s);
  s.live.textContent = told(s, s.chosen).join(", ");
}

function pressedWhole(s, event) {
  const { t, j } = s.cell, acts = {
    ArrowLeft: () => toCell(s, t - 1, j), ArrowRight: () => toCell(s, t + 1, j), ArrowUp: () => toCell(s, t, j - 1), ArrowDown: () => toCell(s, t, j + 1),
    Home: () => toCell(s, 0, j), End: () => toCell(s, s.T - 1, j), " ": () => nextArc(s), Escape: () => s.stage.blur(),
    Enter: () => pick(s, s.chosen ?? (j < 0 ? { head: t } : { node: s.cell })), PageUp: () => slide(s, s.place - 1), PageDown: () => slide(s, s.place + 1),
  };
  if (!Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  acts[event.key]();
}

function pressed(s, event) {
  if (event.altKey || event.metaKey || event.ctrlKey) return;
  if (s.d.order) pressedStepping(s, event);
  else pressedWhole(s, event);
}

// ── slider ──────────────────────────────────────────────────────────────────────────────────────────────────

function slide(s, place) {
  const { slider } = s.d;
  if (!slider) return;
  const at = clamp(place, 0, slider.size - 1);
  moveTo(slider.dim, slider.index ? slider.index[at] : at);
}

function drawSlider(s) {
  const { slider, words, range } = s.d;
  s.control.hidden = !slider;
  if (!slider) return;
  const label = slider.labels ? visible(slider.labels[s.place]) : String(slider.index ? slider.index[s.place] : s.place);
  s.sliderName.textContent = slider.word;
  s.sliderText.textContent = fill(words.at, { label, place: s.place + 1, size: slider.size });
  s.range.hidden = !range;
  Object.assign(s.range, { max: slider.size - 1, value: s.place });
  s.range.setAttribute("aria-label", slider.word);
  s.range.setAttribute("aria-valuetext", s.sliderText.textContent);
  s.range.style.setProperty("--done", `${(100 * s.place) / Math.max(1, slider.size - 1)}%`);
}

/** The slice of nodes and arcs at the slider's cursor. */
function slice(s) {
  const { slider, arrays } = s.d, index = slider ? cursorOf(slider.dim)?.index ?? 0 : 0;
  s.place = slider ? Math.max(0, slider.index ? slider.index.indexOf(index) : clamp(index, 0, slider.size - 1)) : 0;
  const cut = (data, size) => data.subarray(s.place * size, (s.place + 1) * size);
  s.nodes = cut(s.allNodes, s.T * s.n);
  s.arcs = arrays.arcs ? cut(s.allArcs, (s.T - 1) * s.n * s.n) : null;
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

function load(s, d) {
  s.d = d;
  const { arrays } = d, plain = (name) => Float64Array.from(arrays[name].data, d.logged.includes(name) ? Math.exp : (v) => v);
  [s.T, s.n] = arrays.nodes.shape.slice(-2);
  s.states = (d.state.labels ?? Array.from({ length: s.n }, (_, j) => String(stateIndex(s, j)))).map(visible);
  s.allNodes = plain("nodes");
  s.allArcs = arrays.arcs ? plain("arcs") : null;
  [s.back, s.best, s.paths] = ["back", "best", "paths"].map((name) => arrays[name]?.data ?? null);
  Object.assign(s, { dim: d.dim, steps: d.order ? s.T * s.n + (s.best ? s.T : 0) : 1, old: null, hover: null, chosen: null, choice: null, solo: null, grown: 1, off: new Set() });
  s.cell = { t: 0, j: 0 };
  showPaths(s);
  stop(s);
  if (d.slider) declare(d.slider.dim, d.cursors[d.slider.dim] ?? {}, d.range && !d.slider.index ? d.slider.size : Infinity);
  if (d.cursors.time) declare("time", d.cursors.time, d.time.index ? Infinity : s.T);
  slice(s);
  measureAll(s);
  s.rows = Array.from({ length: s.n }, (_, k) => panelRow(s, k));
  s.list.replaceChildren(...s.rows.map((row) => row.button));
  s.at = 0;
  if (d.order) {
    cursors().owner ??= s;
    s.at = declare(s.dim, d.cursors[s.dim], s.steps);
    if (!cursorOf("time")?.moved && cursorOf("time")?.param == null) moveTo("time", timeIndex(s, moveOf(s).t), false);
  }
  s.picked = located(s, d.picked);
  followTime(s);
}

/** Over all slices: the longest number of a node, whether columns are distributions, how wide the widest arc may be. */
function measureAll(s) {
  s.longest = "";
  let [whole, most] = [s.d.kind !== "log", 0];
  for (let k = 0; k < s.allNodes.length; k += s.n) {
    const column = s.allNodes.subarray(k, k + s.n), sum = column.reduce((a, b) => a + b, 0);
    if (Math.abs(sum - 1) > 1e-3) whole = false;
    if (!s.d.summary) for (const text of Array.from(column, (v) => brief(s.d.kind, v))) if (text.length > s.longest.length) s.longest = text;
  }
  for (const v of s.allArcs ?? []) if (v > most) most = v;
  s.whole = whole;
  s.widest = most > 0.1 && most <= 1.001 ? 1 : 1 / (most || 1);
}

/** The page's cursor of time marks a column; it moves no step. */
function followTime(s) {
  const cursor = cursorOf("time");
  s.column = cursor ? (s.d.time.index ? s.d.time.index.indexOf(cursor.index) : cursor.index < s.T ? cursor.index : -1) : -1;
}

/** Bring a column into sight, with a neighbour on each side; where there is little room, with the one its arcs come from. */
function reach(s, t, smooth) {
  const { box, g } = s, pair = box.clientWidth < 3 * g.cw && s.d.order, later = s.d.order === "backward";
  const first = clamp(pair && later ? t : t - 1, 0, s.T - 1), final = clamp(pair && !later ? t : t + 1, 0, s.T - 1), rim = g.pw / 2 + rem();
  const left = x(s, first) - rim, right = x(s, final) + rim;
  if (box.scrollWidth <= box.clientWidth + 1 || (left >= box.scrollLeft - 1 && right <= box.scrollLeft + box.clientWidth + 1)) return;
  const middle = pair ? (left + right) / 2 : x(s, t);
  box.scrollTo({ left: middle - box.clientWidth / 2, behavior: smooth && !calm() ? "smooth" : "auto" });
}

/** Call `frame(share)` until `ms` have passed; at once where motion is unwelcome. */
function glide(s, ms, frame) {
  cancelAnimationFrame(s.frame);
  if (calm()) return frame(1);
  const start = performance.now(), tick = (now) => {
    const share = clamp((now - start) / ms, 0, 1);
    frame(1 - (1 - share) ** 3);
    if (share < 1) s.frame = requestAnimationFrame(tick);
  };
  tick(start);
}

function moved(s, dim, index, byUser) {
  if (dim === s.dim && s.d.order) {
    const before = s.at, to = clamp(index, 0, s.steps - 1);
    if (to === before && !byUser) return;
    Object.assign(s, { at: to, chosen: null, choice: null });
    const { t } = moveOf(s);
    if (byUser) moveTo("time", timeIndex(s, t));
    stepped(s, to === before + 1 ? Math.min(GROW, 700 / s.speed) : 0);
    reach(s, t, s.speed < 4);
  } else if (dim === "time") {
    followTime(s);
    if (s.column >= 0 && byUser && !s.d.order) reach(s, s.column, true);
    draw(s);
  } else if (dim === s.d.slider?.dim) {
    const old = { nodes: s.nodes, arcs: s.arcs };
    slice(s);
    s.picked = located(s, s.d.picked);
    drawSlider(s);
    glide(s, 200, (share) => { Object.assign(s, share < 1 ? { old, mixed: share } : { old: null }); draw(s); });
  }
}

/** After a move everything is drawn; arcs of a step forward grow to their cell. */
function stepped(s, ms) {
  drawStep(s);
  drawSide(s);
  drawPanel(s);
  s.legend.classList.toggle("later", !done(s));
  if (ms) glide(s, ms, (share) => { s.grown = share; draw(s); });
  else { cancelAnimationFrame(s.frame); s.grown = 1; draw(s); }
}

function tones(look) {
  const inks = [[255, 255, 255], [12, 18, 24]].map((c) => [css(c), luminance(c)]);
  return Array.from({ length: TONES }, (_, k) => {
    const colour = k === TONES - 1 ? look.primary : mix(look.background, look.primary, 0.05 + (0.8 * k) / (TONES - 2)), light = luminance(colour);
    const dark = (light + 0.05) / (inks[1][1] + 0.05) > (inks[0][1] + 0.05) / (light + 0.05);
    return { fill: css(colour), ink: inks[dark ? 1 : 0][0], edge: css(mix(colour, look.primary, 0.45)) };
  });
}

function render(s) {
  const { d } = s;
  s.look = theme(s.root);
  if (s.tonesKey !== s.look.key) Object.assign(s, { tones: tones(s.look), tonesKey: s.look.key });
  s.bar.hidden = s.headline.hidden = !d.order;
  s.panel.hidden = !d.order;
  layout(s);
  Object.assign(s.stage.style, { width: `${s.g.width}px`, height: `${s.g.height}px` });
  s.side.title = s.states.join("\n");
  describe(s, d.words.trellis, d.order ? d.words.trellis_help : d.words.trellis_help_whole, d.slider ? d.words.matrix_pages : "");
  const { summary } = d, cut = summary && fill(summary.shown < summary.times ? d.words.trellis_cut : d.words.trellis_summary, summary);
  s.notes.textContent = [cut, d.notes].filter(Boolean).join(" ");
  s.notes.hidden = !s.notes.textContent;
  s.panel.setAttribute("aria-label", d.words.trellis_candidates ?? "");
  if (d.order) drawPlay(s);
  drawSlider(s);
  drawLegend(s);
  const move = moveOf(s), seen = `${move?.t ?? s.column} ${s.T} ${s.g.width} ${s.box.clientWidth}`;
  if (s.reached !== seen && (move?.t ?? s.column) >= 0) reach(s, move?.t ?? s.column, false);
  s.reached = seen;
  stepped(s, 0);
  s.edges();
}

function build(root) {
  const s = { at: 0, steps: 1, hover: null, rows: [], column: -1, undo: [] };
  s.canvas = make("canvas", { "aria-hidden": "true" });
  s.side = make("canvas", { class: "side", "aria-hidden": "true" });
  s.stage = make("div", { class: "stage", role: "application", tabindex: 0, "aria-describedby": "help" }, s.canvas);
  s.box = make("div", { class: "box" }, s.stage);
  s.frame = 0;
  s.say = make("p", { class: "say", "aria-live": "polite" });
  s.bar = playBar(s);
  s.headline = make("div", { class: "headline" }, s.bar, s.say);
  [s.cellName, s.direction, s.result] = ["cell", "direction quiet", "result"].map((kind) => make("p", { class: kind }));
  s.facts = make("p", { class: "facts quiet" });
  s.list = make("div", { class: "rows" });
  s.explain = make("button", { type: "button", class: "explain", onclick: () => { const move = moveOf(s); if (move) pick(s, { node: { t: move.t, j: move.j } }); } });
  s.panel = make("div", { class: "panel", role: "group" }, s.cellName, s.facts, s.direction, s.list, s.result, s.explain);
  [s.sliderName, s.sliderText] = [make("span", { class: "quiet" }), make("output", { "aria-live": "off" })];
  s.range = make("input", { type: "range", min: 0, step: 1, oninput: () => slide(s, Number(s.range.value)) });
  s.control = make("div", { class: "slider" }, s.sliderName, s.range, s.sliderText);
  s.legend = make("div", { class: "legend", role: "group" });
  s.framed = make("div", { class: "frame" }, s.side, edged(s, s.box));
  root.replaceChildren(s.control, s.headline, make("div", { class: "body" }, make("div", { class: "figure" }, s.framed, s.legend), s.panel), ...footer(s));
  return s;
}

function listen(s) {
  hearKeys(s);
  const leave = () => { if (s.hover) { s.hover = null; hoverChanged(s); } };
  s.stage.addEventListener("pointermove", (event) => event.pointerType !== "touch" && hovered(s, event));
  s.stage.addEventListener("pointerleave", leave);
  s.stage.addEventListener("click", (event) => { const what = hit(s, event); if (what) pick(s, what); });
  s.stage.addEventListener("keydown", (event) => pressed(s, event));
  s.stage.addEventListener("focus", () => { s.keys = s.stage.matches(":focus-visible"); draw(s); });
  s.stage.addEventListener("blur", () => { Object.assign(s, { keys: false, chosen: null, choice: null }); draw(s); });
  s.box.addEventListener("scroll", () => { cancelAnimationFrame(s.scrolled); s.scrolled = requestAnimationFrame(() => draw(s)); }, { passive: true });
  watchSize(s, s.root, () => render(s));
  subscribe(s, (dim, index, byUser) => moved(s, dim, index, byUser));
  s.undo.push(() => { cancelAnimationFrame(s.frame); cancelAnimationFrame(s.scrolled); });
}

export default (component) => mounted(component, { build, load, listen, render });
