// States on a circle, arrows as wide as their probabilities; follows the shared cursor of time along a path.

const LEAST = 0.005; // thinner arrows are not drawn

// ── where everything stands ───────────────────────────────────────────────────────────────────────────────────

/** Angles of the states: one, two side by side, a triangle, a rectangle, a circle. */
function angles(n) {
  if (n === 1) return [0];
  if (n === 2) return [Math.PI, 0];
  const start = n === 4 ? -0.75 * Math.PI : -Math.PI / 2;
  return Array.from({ length: n }, (_, k) => start + (2 * Math.PI * k) / n);
}

function layout(s) {
  const n = s.n, width = s.root.clientWidth, px = rem() * clamp(width / (38 * rem()), 1, 1.25), ctx = s.pen;
  const f = { name: px * (n <= 6 ? 0.92 : 0.8), small: Math.max(11, px * 0.74) };
  ctx.font = `600 ${f.name}px ${s.look.font}`;
  const r = px * (n <= 4 ? 1.75 : n <= 8 ? 1.4 : 1.05);
  const most = Math.min(px * (n <= 4 ? 7 : 5), width / (n <= 2 ? 4 : 4.6));
  const names = s.names.map((name) => shorten(ctx, name, most));
  const wide = names.map((name) => Math.max(2 * r, ctx.measureText(name).width + px * 1.1));
  const beside = Boolean(s.d.emissions) && n <= 5 && width >= 34 * px;
  const block = beside ? px * 7.6 : 0, half = Math.max(...wide) / 2;
  const room = width / 2 - half - block - px * (n === 1 ? 3.6 : 1);
  const tall = n <= 2 ? 0 : px * (n === 3 ? 6.6 : n === 4 ? 5.6 : n === 5 ? 8.2 : 6 + 0.5 * n);
  const rx = n === 1 ? 0 : clamp(room, px * 3.2, n === 2 ? px * 8 : tall * (n === 4 ? 1.6 : 1.3)), ry = n <= 2 ? 0 : Math.min(tall, Math.max(rx * 1.1, px * 5));
  const up = px * 3.1 + r, down = n <= 2 ? r + px * (s.d.arrays.pi ? 3.6 : 1.2) : up;
  const points = angles(n).map((angle) => [width / 2 + rx * Math.cos(angle), up + ry + ry * Math.sin(angle)]);
  const lowest = Math.max(...points.map(([, py]) => py)), below = n === 1 && !s.d.arrays.pi ? r + px : down;
  s.g = { px, f, r, names, wide, beside, points, width, height: lowest + below, middle: [width / 2, up + ry], n };
}

const ahead = (s, k) => (s.n === 1 || Math.abs(s.g.points[k][0] - s.g.middle[0]) < s.g.px ? 1 : Math.sign(s.g.points[k][0] - s.g.middle[0]));
const upward = (s, k) => (s.n > 2 && s.g.points[k][1] > s.g.middle[1] + s.g.px ? 1 : -1);

/** Whether a point lies in the capsule of a state. */
function inside(s, k, [px, py], more = 0) {
  const [cx, cy] = s.g.points[k], { r } = s.g, flat = s.g.wide[k] / 2 - r;
  return Math.hypot(Math.max(0, Math.abs(px - cx) - flat), py - cy) < r + more;
}

function along([x1, y1, x2, y2, x3, y3, x4, y4], u) {
  const v = 1 - u, [a, b, c, d] = [v * v * v, 3 * v * v * u, 3 * v * u * u, u * u * u];
  return [a * x1 + b * x2 + c * x3 + d * x4, a * y1 + b * y2 + c * y3 + d * y4];
}

/** The parameter at which a curve leaves a state (from 0) or enters it (from 1). */
function edge(s, c, k, from, more) {
  let [low, high] = from ? [0.5, 1] : [0, 0.5];
  for (let round = 0; round < 16; round++) {
    const middle = (low + high) / 2;
    if (inside(s, k, along(c, middle), more) === Boolean(from)) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** The curve of an arrow between centres; a loop stands above or below its state. */
function curve(s, i, j) {
  const [x1, y1] = s.g.points[i], [x2, y2] = s.g.points[j], { px, r } = s.g;
  if (i === j) {
    const side = upward(s, i), w = r * 1.15, h = r + px * 2.9;
    return [x1 - r * 0.4, y1 + side * r * 0.4, x1 - w, y1 + side * h, x1 + w, y1 + side * h, x1 + r * 0.4, y1 + side * r * 0.4];
  }
  const away = Math.hypot(x2 - x1, y2 - y1), bend = Math.min(0.17 * away, px * 2.2) + px * (s.n === 2 ? 0.6 : 0.15);
  const [nx, ny] = [(y2 - y1) / away, (x1 - x2) / away];
  return [x1, y1, x1 + (x2 - x1) * 0.33 + nx * bend, y1 + (y2 - y1) * 0.33 + ny * bend, x1 + (x2 - x1) * 0.67 + nx * bend, y1 + (y2 - y1) * 0.67 + ny * bend, x2, y2];
}

/** Curve from u to v as a path's text, and a point on it. */
function part(c, u, v) {
  const points = Array.from({ length: 25 }, (_, k) => along(c, u + ((v - u) * k) / 24));
  return `M${points.map((p) => p.map((value) => value.toFixed(2)).join(" ")).join("L")}`;
}

function head(c, v, size) {
  const [tx, ty] = along(c, v), [bx, by] = along(c, v - 0.02), away = Math.hypot(tx - bx, ty - by) || 1;
  const [dx, dy] = [(tx - bx) / away, (ty - by) / away], w = size * 0.52;
  const [ax, ay] = [tx - dx * size, ty - dy * size];
  return { shape: `M${tx} ${ty}L${ax - dy * w} ${ay + dx * w}L${ax + dy * w} ${ay - dx * w}Z`, base: [ax, ay] };
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

const share = (value) => value.toFixed(2).replace(/^0\./, ".").replace(/^1\.00$/, "1");
const probability = (s, i, j) => s.A[i * s.n + j];
const text = (words, attributes) => make("text", attributes, words);

function drawAll(s) {
  const { g } = s;
  s.svg.setAttribute("viewBox", `0 0 ${g.width} ${g.height}`);
  Object.assign(s.svg.style, { width: `${g.width}px`, height: `${g.height}px` });
  s.taken = g.points.map(([cx, cy], k) => [cx - g.wide[k] / 2, cy - g.r, cx + g.wide[k] / 2, cy + g.r]);
  s.edges_ = [];
  for (let i = 0; i < s.n; i++) for (let j = 0; j < s.n; j++) if (probability(s, i, j) >= LEAST) s.edges_.push(drawEdge(s, i, j));
  const blocks = g.beside ? g.points.map((_, k) => drawEmissions(s, k)) : [], starts = s.pi ? g.points.map((_, k) => drawStart(s, k)) : [];
  for (const one of [...s.edges_].sort((a, b) => b.p - a.p)) label(s, one);
  s.states_ = g.points.map((_, k) => drawState(s, k));
  s.bubble = make("g", { class: "bubble", "aria-hidden": "true" });
  s.svg.replaceChildren(...starts.filter(Boolean), ...s.edges_.map((one) => one.group), ...s.edges_.map((one) => one.number).filter(Boolean), ...blocks, ...s.states_, s.bubble);
  drawList(s);
  s.root.dataset.arrows = s.edges_.length;
}

function drawEdge(s, i, j) {
  const p = probability(s, i, j), c = curve(s, i, j), width = 0.9 + 5.6 * p, size = 6 + 1.5 * width;
  const from = edge(s, c, i, 0, 1), to = edge(s, c, j, 1, 3), tip = head(c, to, size);
  let end = to;
  while (end > from && Math.hypot(...along(c, end).map((v, k) => v - along(c, to)[k])) < size * 0.8) end -= 0.01;
  const line = part(c, from, end), act = (on) => () => { s.over = on ? { edge: [i, j] } : null; light(s); };
  const group = make("g", { class: "edge", onpointerenter: act(true), onpointerleave: act(false), onclick: () => pick(s, { edge: [i, j] }) },
    make("path", { class: "touch", d: line }), make("path", { class: "line", d: line, "stroke-width": width.toFixed(2) }), make("path", { class: "head", d: tip.shape }));
  group.style.setProperty("--strength", (s.n > 5 ? 0.1 + 0.9 * p : 0.6 + 0.4 * p).toFixed(3));
  return { i, j, p, c, from, to, group, number: null };
}

/** Put a number on its arrow, near where it leaves, where nothing else stands. */
function label(s, one) {
  const { g } = s, shown = share(one.p), w = g.f.small * (0.56 * shown.length) + 6, h = g.f.small * 1.2;
  const spots = one.i === one.j ? [0.5] : [0.36, 0.3, 0.42, 0.26, 0.5, 0.58, 0.66, 0.74];
  const boxes = spots.map((u) => along(one.c, one.from + (one.to - one.from) * u)).map(([cx, cy]) => [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]);
  const free = (box) => s.taken.every((other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]);
  const box = boxes.find(free) ?? (s.n > 5 ? boxes[0] : boxes[2] ?? boxes[0]);
  s.taken.push(box);
  one.number = text(shown, { class: `number${s.n > 8 ? " shy" : ""}`, x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2, "font-size": g.f.small });
}

function drawState(s, k) {
  const { g } = s, [cx, cy] = g.points[k], w = g.wide[k], act = (on) => () => { s.over = on ? { state: k } : null; light(s); };
  return make("g", { class: "state", onpointerenter: act(true), onpointerleave: act(false), onclick: () => pick(s, { state: k }) },
    make("rect", { x: cx - w / 2, y: cy - g.r, width: w, height: 2 * g.r, rx: g.r }),
    text(g.names[k], { x: cx, y: cy, "font-size": g.f.name }));
}

/** A thin dashed arrow from nowhere. */
function drawStart(s, k) {
  const p = s.pi[k], { g } = s, [cx, cy] = g.points[k];
  if (!(p >= LEAST)) return null;
  const angle = s.n === 1 ? Math.PI : s.n === 2 ? Math.PI / 2 : Math.atan2(upward(s, k), ahead(s, k) * (s.n < 5 || Math.abs(cx - g.middle[0]) < g.px ? -0.85 : 0.75)), reach = g.r + g.px * 1.9;
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)], out = s.n === 1 ? g.wide[k] / 2 + g.px * 1.9 : reach + (Math.abs(dx) * (g.wide[k] / 2 - g.r));
  const [fx, fy] = [cx + dx * out, cy + dy * out];
  const c = [cx, cy, cx + (dx * out) / 3, cy + (dy * out) / 3, cx + (2 * dx * out) / 3, cy + (2 * dy * out) / 3, fx, fy], back = [c[6], c[7], c[4], c[5], c[2], c[3], c[0], c[1]];
  const to = edge(s, back, k, 1, 3), tip = head(back, to, 7), shown = `π ${share(p)}`, w = g.f.small * 0.58 * shown.length;
  const [tx, ty] = [fx + dx * (w / 2 + 2) * Math.abs(dx), fy + dy * g.f.small * 0.8];
  s.taken.push([tx - w / 2, ty - g.f.small * 0.6, tx + w / 2, ty + g.f.small * 0.6], [Math.min(fx, cx), Math.min(fy, cy), Math.max(fx, cx), Math.max(fy, cy)]);
  return make("g", { class: "start" }, make("path", { d: part(back, 0, Math.max(0, to - 0.04)), "stroke-width": 1 + 1.6 * p }), make("path", { class: "point", d: tip.shape }),
    text(shown, { x: tx, y: ty, "font-size": g.f.small }));
}

/** The likeliest symbols beside a state: name, bar, number. */
function drawEmissions(s, k) {
  const { g } = s, list = s.d.emissions[k], side = ahead(s, k), [cx, cy] = g.points[k], { px } = g;
  const left = side > 0 ? cx + g.wide[k] / 2 + px * 0.8 : cx - g.wide[k] / 2 - px * 0.8 - px * 6.8, step = g.f.small * 1.5, group = make("g", { class: "emissions", "aria-hidden": "true" });
  const top = cy - ((list.length - 1) * step) / 2;
  s.taken.push([left, top - step / 2, left + px * 6.8, top + step * (list.length - 0.5)]);
  s.pen.font = `400 ${g.f.small}px ${s.look.font}`;
  list.forEach(([symbol, p], row) => {
    const y = top + row * step, line = make("g", { class: "symbol" });
    line.dataset.symbol = symbol;
    line.append(text(shorten(s.pen, visible(symbol), px * 2.7), { class: "left", x: left + px * 2.8, y, "font-size": g.f.small }),
      make("rect", { class: "track", x: left + px * 3.05, y: y - 3, width: px * 2.2, height: 6, rx: 3 }),
      make("rect", { class: "filled", x: left + px * 3.05, y: y - 3, width: Math.max(0.5, px * 2.2 * p), height: 6, rx: Math.min(3, px * 1.1 * p) }),
      text(share(p), { class: "right", x: left + px * 5.45, y, "font-size": g.f.small }));
    group.append(line);
  });
  return group;
}

/** Where there is no room beside the states, what they emit stands below as a list. */
function drawList(s) {
  const { emissions } = s.d;
  s.list.hidden = !emissions || s.g.beside;
  if (s.list.hidden) return s.list.replaceChildren();
  s.list.replaceChildren(...emissions.map((list, k) => {
    const symbols = list.map(([symbol, p]) => {
      const part = make("span", { class: "symbol" }, `${visible(symbol)} `, make("b", {}, share(p)));
      part.dataset.symbol = symbol;
      return part;
    });
    return make("p", {}, make("span", { class: "name" }, s.names[k]), ...symbols);
  }));
}

// ── what is lit: hover, keyboard, the path at the cursor of time ──────────────────────────────────────────────────

function light(s) {
  const { path, observed } = s.d, over = s.over ?? (s.keys ? s.at : null), cursor = cursorOf("time");
  const t = path && cursor && cursor.index < path.length ? cursor.index : -1, here = t >= 0 ? path[t] : -1, from = t > 0 ? path[t - 1] : -1;
  const chosen = over?.edge ?? null, state = over?.state ?? -1;
  for (const { i, j, group, number } of s.edges_) {
    const lit = chosen ? chosen[0] === i && chosen[1] === j : state === i, taken = i === from && j === here;
    for (const part of [group, number].filter(Boolean)) {
      part.classList.toggle("lit", lit);
      part.classList.toggle("taken", taken);
      part.classList.toggle("dim", Boolean(over) && !lit && !taken);
    }
  }
  s.states_.forEach((group, k) => {
    group.classList.toggle("here", k === here);
    group.classList.toggle("over", k === state);
  });
  for (const part of s.root.querySelectorAll(".symbol")) part.classList.remove("seen");
  const block = s.g.beside ? s.svg.querySelectorAll(".emissions")[here] : s.list.children[here];
  if (here >= 0 && observed) for (const part of block?.querySelectorAll(".symbol") ?? []) part.classList.toggle("seen", part.dataset.symbol === observed[t]);
  drawBubble(s, here, t);
  s.now.hidden = t < 0;
  if (t >= 0) s.now.textContent = fill(observed ? s.d.words.graph_now_seen : s.d.words.graph_now, { t: t + 1, state: s.names[here], symbol: observed && visible(observed[t]) });
  showTip(s, over);
}

function drawBubble(s, k, t) {
  const { g } = s;
  s.bubble.replaceChildren();
  if (k < 0 || !s.d.observed) return;
  s.pen.font = `650 ${g.f.small * 1.08}px ${s.look.font}`;
  const words = shorten(s.pen, visible(s.d.observed[t]), g.px * 6), w = Math.max(g.px * 1.5, s.pen.measureText(words).width + g.px * 0.8), h = g.px * 1.4;
  const cx = clamp(g.points[k][0] + (g.wide[k] / 2) * 0.72, w / 2, g.width - w / 2), cy = g.points[k][1] - upward(s, k) * g.r * 0.98;
  s.bubble.append(make("rect", { x: cx - w / 2, y: cy - h / 2, width: w, height: h, rx: h / 2 }), text(words, { x: cx, y: cy, "font-size": g.f.small * 1.08 }));
}

/** What is under the pointer or the keyboard, in words. */
function told(s, { edge, state }) {
  const { words, emissions } = s.d;
  if (edge) return [`${s.names[edge[0]]} → ${s.names[edge[1]]}`, number(probability(s, ...edge))];
  const list = s.names.map((name, j) => [name, probability(s, state, j)]).filter(([, p]) => p >= LEAST).sort((a, b) => b[1] - a[1]);
  const parts = list.slice(0, 6).map(([name, p]) => `→ ${name} ${share(p)}`);
  if (s.pi) parts.unshift(fill(words.graph_start, { value: number(s.pi[state], 3) }));
  if (emissions) parts.push(fill(words.graph_emits, { symbols: emissions[state].map(([symbol, p]) => `${visible(symbol)} ${share(p)}`).join(", ") }));
  return [parts.join(" · "), s.names[state]];
}

function showTip(s, over) {
  if (!over) { s.tip.hidden = true; return; }
  const [rest, main] = told(s, over);
  s.tip.replaceChildren(...(over.edge ? [make("span", {}, rest), make("b", {}, main)] : [make("b", {}, main), make("span", {}, rest)]));
  if (s.d.words.pick) s.tip.append(make("small", {}, s.d.words.pick));
  const one = over.edge && s.edges_.find(({ i, j }) => i === over.edge[0] && j === over.edge[1]);
  const [cx, cy] = one ? along(one.c, 0.5) : s.g.points[over.edge?.[0] ?? over.state];
  placeTip(s.tip, s.root, cx + (one ? 0 : s.g.wide[over.state] / 2), cy - (one ? 4 : s.g.r));
}

// ── hands ───────────────────────────────────────────────────────────────────────────────────────────────────

const index = (s, k) => (s.d.state.index ? s.d.state.index[k] : k);

function pick(s, { edge, state }) {
  if (edge) s.send({ variable: s.d.variable, position: { state: index(s, edge[0]), next_state: index(s, edge[1]) } });
  else if (s.d.start) s.send({ variable: s.d.start, position: { state: index(s, state) } });
  if (edge || s.d.start) awaitAnswer(s);
}

/** Left and right go through the states, up and down through the arrows of one. */
function walk(s, by, arrows) {
  const state = s.at.edge?.[0] ?? s.at.state;
  if (!arrows) s.at = { state: (state + by + s.n) % s.n };
  else {
    const all = [null, ...s.edges_.filter(({ i }) => i === state).map(({ j }) => j)], place = s.at.edge ? all.indexOf(s.at.edge[1]) : 0;
    const next = all[(place + by + all.length) % all.length];
    s.at = next === null ? { state } : { edge: [state, next] };
  }
  s.keys = true;
  light(s);
  const [rest, main] = told(s, s.at);
  s.live.textContent = s.at.edge ? `${rest}, ${main}` : `${main}: ${rest}`;
}

function pressed(s, event) {
  if (event.altKey || event.metaKey || event.ctrlKey) return;
  const acts = { ArrowLeft: () => walk(s, -1), ArrowRight: () => walk(s, 1), ArrowUp: () => walk(s, -1, true), ArrowDown: () => walk(s, 1, true),
    Enter: () => pick(s, s.at), Escape: () => s.stage.blur() };
  if (!Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  acts[event.key]();
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

function load(s, d) {
  s.d = d;
  s.n = d.state.size;
  s.A = d.arrays.A.data;
  s.pi = d.arrays.pi?.data ?? null;
  s.names = (d.state.labels ?? Array.from({ length: s.n }, (_, k) => String(index(s, k)))).map(visible);
  Object.assign(s, { at: { state: 0 }, over: null });
}

function render(s) {
  s.look = theme(s.root);
  layout(s);
  drawAll(s);
  light(s);
  describe(s, s.d.words.graph, s.d.words.graph_help);
}

function build(root) {
  const s = { undo: [], keys: false };
  s.pen = make("canvas").getContext("2d");
  s.svg = make("svg", { "aria-hidden": "true" });
  s.stage = make("div", { class: "stage", role: "application", tabindex: 0, "aria-describedby": "help" }, s.svg);
  s.now = make("p", { class: "now quiet" });
  s.list = make("div", { class: "list" });
  root.replaceChildren(s.stage, s.now, s.list, ...footer(s));
  return s;
}

function listen(s) {
  s.stage.addEventListener("keydown", (event) => pressed(s, event));
  s.stage.addEventListener("focus", () => { s.keys = s.stage.matches(":focus-visible"); if (s.keys) walk(s, 0); });
  s.stage.addEventListener("blur", () => { s.keys = false; light(s); });
  watchSize(s, s.root, () => render(s));
  subscribe(s, (dim) => dim === "time" && light(s));
}

export default (component) => mounted(component, { build, load, listen, render });
