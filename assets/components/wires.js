// A block diagram of one step of a model, its values on the wires: follows the cursors of time and unit, steps through its stages.

const SQUARE = new Set(["sigma", "tanh", "memory", "input", "output"]);
const GLYPHS = { times: "×", plus: "+", minus: "1−" };

// ── numbers and symbols ───────────────────────────────────────────────────────────────────────────────────────

const known = (s, box) => !s.at || box.stage <= s.at;
const valueOf = (s, variable, t = s.t) => s.values[variable][t * s.units + s.unit];
const shown = (value) => number(value, 3);
const minus = (text) => text.replace(/-/g, "−");
const titleOf = (s, box) => s.d.words.wires_names?.[box.title] ?? box.title;
const timeName = (s) => String((s.d.time.index ? s.d.time.index[s.t] : s.t) + 1);
const letter = (s) => (s.d.time.labels ? visible(s.d.time.labels[s.t]) : timeName(s));
const index = (axis, place) => (axis.index ? axis.index[place] : place);
const find = (axis, at) => (axis.index ? Math.max(0, axis.index.indexOf(at)) : clamp(at, 0, axis.size - 1));

/** "c_{t-1}" -> [["c", false], ["t−1", true]]: pieces and whether they stand below. */
function pieces(symbol) {
  const parts = minus(symbol).split(/_(\{[^}]*\}|[^\s{}()])/);
  return parts.map((part, k) => [k % 2 ? part.replace(/[{}]/g, "") : part, k % 2 === 1]).filter(([part]) => part);
}
const plain = (symbol) => pieces(symbol).map(([part]) => part).join("");
const typeset = (symbol) => pieces(symbol).map(([part, below]) => (below ? make("sub", {}, part) : part));

/** The symbol as SVG text around (x, y). */
function drawSymbol(symbol, x, y, size, kind) {
  const text = make("text", { class: kind, x, y, "font-size": size }), small = Math.max(11, size * 0.74), drop = size * 0.24;
  let low = false;
  for (const [part, below] of pieces(symbol)) {
    text.append(make("tspan", { dy: below === low ? null : below ? drop : -drop, "font-size": below ? small : null }, part));
    low = below;
  }
  return text;
}

/** "{c} = {z} ⊙ {i}" as nodes: the symbols, the same with numbers, the result. */
function equation(s, line) {
  const [left, right] = line.split(" = "), out = [], bare = left.slice(1, -1);
  const put = (text, each) => {
    for (const part of text.split(/(\{\w+\})/)) {
      const name = part.slice(1, -1);
      if (Object.hasOwn(s.values, name) && part[0] === "{") out.push(...each(name, out.at(-1)));
      else if (part) out.push(...(each === symbols ? typeset(part) : typeset(part.replace(/⊙/g, "·"))));
    }
  };
  const symbols = (name) => typeset(s.d.symbols[name] ?? name);
  const numbers = (name, before) => {
    const text = shown(valueOf(s, name));
    return [make("b", {}, text.startsWith("−") && !String(before).endsWith("(") ? `(${text})` : text)];
  };
  put(left, symbols);
  out.push(" = ");
  put(right, symbols);
  if (/\{\w+\}/.test(right)) { out.push(" = "); put(right, numbers); }
  out.push(" = ", make("b", { class: "result" }, shown(valueOf(s, bare))));
  return make("p", {}, ...out);
}

// ── where everything stands ───────────────────────────────────────────────────────────────────────────────────

/** Across where there is room; on a narrow screen the flow runs down. */
function layout(s) {
  const { boxes } = s.d, k = rem() / 16, width = s.box.clientWidth;
  const most = (dim) => Math.max(...boxes.map((box) => box[dim]));
  const [W, H] = [most("x"), most("y")], turned = width < (W * 62 + 56) * k, side = (turned ? 25 : 28) * k;
  const u = turned ? 46 * k : clamp((width - 2 * side) / W, 62 * k, 88 * k);
  const v = turned ? clamp((width - 2 * side) / H, 62 * k, 84 * k) : 70 * k;
  const halves = {
    gate: turned ? [19 * k, 18 * k] : [Math.min(40 * k, 0.8 * u - 7), 20 * k], port: turned ? [22 * k, 18 * k] : [26 * k, 19 * k], sign: [12 * k, 12 * k],
  };
  const half = ({ kind }) => halves[kind === "input" || kind === "output" ? "port" : SQUARE.has(kind) ? "gate" : "sign"];
  const top = 24 * k, at = ([x, y]) => (turned ? [side + y * v, top + x * u] : [side + x * u, top + y * v]);
  s.g = {
    k, turned, half, at, width: 2 * side + (turned ? H * v : W * u), height: 2 * top + (turned ? W * u : H * v),
    number: Math.max(11, (turned ? 11 : 12.5) * k), name: Math.max(11, 11.5 * k), symbol: 15 * k,
  };
}

function inside(s, box, [px, py], more) {
  const [cx, cy] = s.g.at([box.x, box.y]), [w, h] = s.g.half(box);
  if (SQUARE.has(box.kind)) return Math.abs(px - cx) < w + more && Math.abs(py - cy) < h + more;
  return Math.hypot(px - cx, py - cy) < w + more;
}

/** The point where the way from inside a box to outside of it crosses its edge. */
function leave(s, box, from, to, more) {
  let [low, high] = [0, 1];
  for (let round = 0; round < 16; round++) {
    const middle = (low + high) / 2;
    if (inside(s, box, [from[0] + (to[0] - from[0]) * middle, from[1] + (to[1] - from[1]) * middle], more)) low = middle;
    else high = middle;
  }
  return [from[0] + (to[0] - from[0]) * high, from[1] + (to[1] - from[1]) * high];
}

/** The corners of a wire in pixels, cut off at its boxes. */
function wayOf(s, wire) {
  const [source, target] = [s.d.boxes[wire.source], s.d.boxes[wire.target]];
  const grid = [[source.x, source.y], ...wire.via, [target.x, target.y]];
  const before = grid.at(-2);
  if (wire.via.length && Math.abs(before[0] - target.x) < 0.2) grid[grid.length - 1] = [before[0], target.y]; // beside the middle, but straight
  const way = grid.map(s.g.at);
  const start = leave(s, source, way[0], way[1], 0), end = leave(s, target, way.at(-1), way.at(-2), 2);
  return [start, ...way.slice(1, -1), end];
}

/** A line with rounded corners, up to `short` pixels before its end. */
function lineOf(way, short, round = 8) {
  const towards = (from, to, far) => {
    const away = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1, share = Math.min(far, away / 2) / away;
    return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  };
  const text = (point) => point.map((value) => value.toFixed(1)).join(" ");
  let path = `M${text(way[0])}`;
  for (let k = 1; k < way.length - 1; k++) path += `L${text(towards(way[k], way[k - 1], round))}Q${text(way[k])} ${text(towards(way[k], way[k + 1], round))}`;
  return `${path}L${text(towards(way.at(-1), way.at(-2), short))}`;
}

function headOf(way, size) {
  const [tx, ty] = way.at(-1), [bx, by] = way.at(-2), away = Math.hypot(tx - bx, ty - by) || 1, [dx, dy] = [(tx - bx) / away, (ty - by) / away];
  const [ax, ay] = [tx - dx * size, ty - dy * size], w = size * 0.5;
  return `M${tx.toFixed(1)} ${ty.toFixed(1)}L${(ax - dy * w).toFixed(1)} ${(ay + dx * w).toFixed(1)}L${(ax + dy * w).toFixed(1)} ${(ay - dx * w).toFixed(1)}Z`;
}

/** How far a box reaches over a flat wire into the line of its number: a circle's upper half is narrower. */
const reachOf = (s, box) => s.g.half(box)[0] + (SQUARE.has(box.kind) ? 2 : -3 * s.g.k);

/** Between which x a number above a flat stretch touches neither box. */
function between(s, wire, way, k) {
  const ends = [[s.d.boxes[wire.source], way[k], k === 0], [s.d.boxes[wire.target], way[k + 1], k === way.length - 2]];
  const left = way[k][0] < way[k + 1][0] ? [1, -1] : [-1, 1];
  const limits = ends.map(([box, point, last], side) => (last ? s.g.at([box.x, box.y])[0] + left[side] * reachOf(s, box) : point[0]));
  return limits.sort((a, b) => a - b);
}

/** Where a number stands: as the diagram says, else in the middle of the longest stretch; beside it where that is short. */
function spotOf(s, wire, way) {
  if (wire.spot) return { at: s.g.at(wire.spot) };
  const lengths = way.slice(1).map((point, k) => Math.hypot(point[0] - way[k][0], point[1] - way[k][1]));
  const k = lengths.indexOf(Math.max(...lengths)), back = k === way.length - 2 ? 3 * s.g.k : 0; // an arrow's head needs room
  const [from, to] = [way[k], way[k + 1]], share = 0.5 - back / lengths[k], flat = Math.abs(to[1] - from[1]) < 1;
  const at = [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share], tight = lengths[k] < 60 * s.g.k;
  return { at, above: tight && flat, beside: tight && !flat, room: tight && flat ? between(s, wire, way, k) : null };
}

// ── drawing: what stays ────────────────────────────────────────────────────────────────────────────────────────

function drawAll(s) {
  const { g } = s;
  s.svg.setAttribute("viewBox", `0 0 ${g.width} ${g.height}`);
  Object.assign(s.svg.style, { width: `${g.width}px`, height: `${g.height}px` });
  s.stage.style.width = `${g.width}px`;
  s.wires_ = s.d.wires.map((wire) => (wire.variable === null ? drawVector(s, wire) : drawWire(s, wire)));
  s.boxes_ = s.d.boxes.map((box, k) => drawBox(s, box, k));
  const vectors = s.wires_.filter(({ core }) => core), lines = s.wires_.filter(({ core }) => !core);
  s.svg.replaceChildren(
    ...vectors.map(({ group }) => group), ...vectors.map(({ core }) => core), ...lines.filter(({ wire }) => wire.thin).map(({ group }) => group),
    ...lines.filter(({ wire }) => !wire.thin).map(({ group }) => group), ...s.boxes_.map(({ group }) => group), ...lines.map(({ label }) => label));
}

/** What carries whole vectors: a grey double line with its branches. */
function drawVector(s, wire) {
  const way = wayOf(s, wire), size = 7 * s.g.k, line = lineOf(way, size * 0.8, 5);
  const group = make("g", { class: "vector" }, make("path", { class: "sheath", d: line }), make("path", { class: "head", d: headOf(way, size) }));
  return { wire, group, core: make("path", { class: "core", d: line }) };
}

function drawWire(s, wire) {
  const way = wayOf(s, wire), size = (wire.thin ? 7 : 9) * s.g.k, line = lineOf(way, size * 0.8), spot = spotOf(s, wire, way), [x, y] = spot.at;
  const text = make("text", { "font-size": s.g.number }), ground = make("rect", { rx: 4 });
  const hover = (on) => () => { s.over = on ? { wire } : null; light(s); };
  const label = make("g", { class: "number", onpointerenter: hover(true), onpointerleave: hover(false) }, ground, text);
  label.dataset.variable = wire.variable;
  const [rail, value] = ["rail", "value"].map((kind) => make("path", { class: kind, d: line })), head = make("path", { class: "head", d: headOf(way, size) });
  const group = make("g", { class: `wire${wire.thin ? " thin" : ""}`, onpointerenter: hover(true), onpointerleave: hover(false) },
    make("path", { class: "gap", d: line }), rail, value, head);
  return { wire, group, label, text, ground, rail, value, spot, x, y };
}

function drawBox(s, box, k) {
  const { g } = s, [x, y] = g.at([box.x, box.y]), [w, h] = g.half(box), square = SQUARE.has(box.kind);
  const act = (on) => () => { s.over = on ? { box: k } : null; light(s); };
  const group = make("g", { class: `part ${box.kind}${box.pick ? " pick" : ""}`, onpointerenter: act(true), onpointerleave: act(false), onclick: () => { s.here = k; pick(s, k); } });
  const shape = (kind, more = {}) => square
    ? make("rect", { class: kind, x: x - w, y: y - h, width: 2 * w, height: 2 * h, rx: box.kind === "memory" ? h * 0.9 : 5 * g.k, ...more })
    : make("circle", { class: kind, cx: x, cy: y, r: w, ...more });
  const level = box.kind === "sigma" ? make("rect", { class: "level", x: x - w, width: 2 * w, y: y + h, height: 0, rx: 5 * g.k }) : null;
  group.append(shape("ground"), ...(level ? [level] : []), shape("frame"));
  const one = { box, group, level, ground: group.firstChild, x, y, w, h, second: null };
  if (!square) group.append(make("text", { class: "glyph", x, y, "font-size": (box.kind === "minus" ? 12 : 17) * g.k }, GLYPHS[box.kind]));
  else drawWords(s, one);
  return one;
}

/** Symbol, and below it the name, or what an input holds that no wire says. */
function drawWords(s, one) {
  const { box, group, x, y, w, h } = one, { g } = s, port = box.kind === "input";
  const holds = port && !s.d.wires.some((wire) => wire.variable !== null && s.d.boxes[wire.source] === box);
  const named = !port && box.kind !== "output" && !g.turned;
  group.append(drawSymbol(box.symbol, x, holds || named ? y - h * 0.4 : y, g.symbol, "symbol"));
  if (named) {
    s.pen.font = `400 ${g.name}px ${s.look.font}`;
    const title = titleOf(s, box), fits = s.pen.measureText(title).width <= 2 * w - 4;
    group.append(make("text", { class: "title", x, y: y + h * 0.5, "font-size": g.name }, fits ? title : shorten(s.pen, title, 2 * w - 4)));
  }
  if (holds) group.append((one.second = make("text", { class: "held", x, y: y + h * 0.5, "font-size": g.name })));
}

// ── drawing: the values ────────────────────────────────────────────────────────────────────────────────────────

const along = (s, value) => { const [low, high] = s.d.domain; return clamp((value - low) / (high - low || 1), 0, 1); };
const tone = (s, value) => s.shades[Math.round(along(s, Number.isFinite(value) ? value : 0) * (s.shades.length - 1))];

function drawValues(s) {
  for (const one of s.wires_) {
    const { wire, group, label } = one, [source, target] = [s.d.boxes[wire.source], s.d.boxes[wire.target]];
    const ahead = !known(s, source), here = s.at > 0 && !ahead && target.stage === s.at;
    for (const part of [group, label, one.core].filter(Boolean)) { part.classList.toggle("ahead", ahead); part.classList.toggle("here", here); }
    if (label) setWire(s, one, ahead);
  }
  for (const one of s.boxes_) {
    one.group.classList.toggle("ahead", !known(s, one.box));
    one.group.classList.toggle("here", s.at > 0 && one.box.stage === s.at);
    setBox(s, one);
  }
  light(s);
}

function setWire(s, one, ahead) {
  const value = valueOf(s, one.wire.variable), most = Math.max(...s.d.domain.map(Math.abs)) || 1, share = Math.min(1, Math.abs(value) / most) || 0;
  one.value.style.stroke = ahead ? "none" : tone(s, value).fill;
  const width = (one.wire.thin ? 1.2 + 1.2 * share : 1.6 + 4.4 * share) * s.g.k;
  one.value.style.strokeWidth = `${width.toFixed(2)}px`;
  one.rail.style.strokeWidth = `${(ahead ? 1 : width + 1.3).toFixed(2)}px`; // an outline: near 0 the colour is that of the page
  one.text.textContent = ahead ? "" : shown(value);
  s.pen.font = `500 ${s.g.number}px ${s.look.font}`;
  const w = ahead ? 0 : s.pen.measureText(one.text.textContent).width + 5, h = s.g.number * 1.25;
  const { above, beside, room } = one.spot, [left, right] = above ? room : [-Infinity, Infinity];
  const middle = w - 5 > right - left ? (left + right) / 2 : clamp(one.x, left + (w - 5) / 2, right - (w - 5) / 2);
  const x = beside ? one.x + w / 2 + 4 * s.g.k : middle, y = one.y - (above ? h / 2 + 4.5 * s.g.k : 0);
  for (const [name, at] of Object.entries({ x, y })) one.text.setAttribute(name, at.toFixed(1));
  for (const [name, size] of Object.entries({ x: x - w / 2, y: y - h / 2, width: beside || above ? 0 : w, height: h })) one.ground.setAttribute(name, size.toFixed(1));
}

function setBox(s, one) {
  const { box } = one, has = box.variable !== null && known(s, box), value = has ? valueOf(s, box.variable) : NaN;
  if (one.level) {
    const high = 2 * one.h * clamp(value || 0, 0, 1);
    one.level.setAttribute("y", (one.y + one.h - high).toFixed(1));
    one.level.setAttribute("height", high.toFixed(1));
    one.group.dataset.open = has ? value.toFixed(4) : "";
  }
  if (one.second) {
    s.pen.font = `400 ${s.g.name}px ${s.look.font}`;
    one.second.textContent = box.variable === null ? shorten(s.pen, letter(s), 2 * one.w - 6) : shown(value);
  }
  if (box.kind === "tanh" || box.kind === "memory") {
    one.ground.style.fill = has ? css(mix(s.look.background, rgb(tone(s, value).fill), 0.5)) : "";
  }
}

/** The stage's name and equations; all stand in one cell of a grid, so that nothing below moves. */
function drawPanel(s) {
  const { stages, words } = s.d;
  const blocks = stages.map(({ name, lines }, k) => ({ name, k: k + 1, body: lines.map((line) => equation(s, line)) }));
  s.panel.replaceChildren(...[{ name: words.wires_whole, k: 0, body: [make("p", { class: "quiet" }, words.wires_hint ?? "")] }, ...blocks].map(({ name, k, body }) => {
    const block = make("div", { class: "block" }, make("p", { class: "stageName" }, words.wires_names?.[name] ?? name), ...body);
    if (k !== s.at) { block.classList.add("off"); block.setAttribute("aria-hidden", "true"); }
    return block;
  }));
  s.now.textContent = fill(words.wires_at, { t: timeName(s), label: letter(s), unit: index(s.d.unit, s.unit) });
}

// ── what is lit: hover, keyboard, what was picked ─────────────────────────────────────────────────────────────────

function light(s) {
  const over = s.over ?? (s.keys ? { box: s.here } : null), { picked } = s;
  s.boxes_.forEach(({ group, box }, k) => {
    group.classList.toggle("over", over?.box === k);
    const mine = picked && box.pick && picked.variable === box.variable && picked.position.time === index(s.d.time, s.t) && picked.position.unit === index(s.d.unit, s.unit);
    group.classList.toggle("picked", Boolean(mine) && box.kind !== "output");
  });
  for (const { wire, group, label } of s.wires_) {
    const lit = over && (over.wire === wire || over.box === wire.source || over.box === wire.target);
    for (const part of [group, label].filter(Boolean)) part.classList.toggle("lit", Boolean(lit));
  }
  showTip(s, over);
}

/** [name, symbol, value] of a box or wire, in words. */
function told(s, { box, wire }) {
  if (wire) {
    const [from, to] = [wire.source, wire.target].map((k) => titleOf(s, s.d.boxes[k]));
    return [`${from} → ${to}`, plain(s.d.symbols[wire.variable] ?? wire.variable), known(s, s.d.boxes[wire.source]) ? shown(valueOf(s, wire.variable)) : "—"];
  }
  const one = s.d.boxes[box], value = one.variable === null ? letter(s) : known(s, one) ? shown(valueOf(s, one.variable)) : s.d.words.trellis_ahead ?? "—";
  return [titleOf(s, one), plain(one.symbol), value];
}

function showTip(s, over) {
  if (!over) { s.tip.hidden = true; return; }
  const [name, symbol, value] = told(s, over), one = over.wire ? s.wires_.find(({ wire }) => wire === over.wire) : s.boxes_[over.box];
  s.tip.replaceChildren(make("span", {}, name), make("b", {}, `${symbol} = ${value}`));
  if (s.d.words.pick && !over.wire && readable(s, over.box)) s.tip.append(make("small", {}, s.d.words.pick));
  const [root, box] = [s.root.getBoundingClientRect(), s.svg.getBoundingClientRect()];
  placeTip(s.tip, s.root, box.left - root.left + one.x + (one.w ?? 20), box.top - root.top + one.y - (one.h ?? 8));
}

// ── hands ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A box whose value Python knows, is computed at this stage, and is a number. */
const readable = (s, k) => { const box = s.d.boxes[k]; return box.pick && known(s, box) && Number.isFinite(valueOf(s, box.variable)); };

function pick(s, k) {
  if (!readable(s, k)) return;
  s.picked = { variable: s.d.boxes[k].variable, position: { time: index(s.d.time, s.t), unit: index(s.d.unit, s.unit) } };
  s.send(s.picked);
  awaitAnswer(s);
  light(s);
}

/** The nearest box in a direction of the screen. */
function walk(s, dx, dy) {
  const from = s.boxes_[s.here];
  const far = ({ x, y }) => { const [ax, ay] = [x - from.x, y - from.y], ahead = ax * dx + ay * dy; return ahead > 4 ? ahead + 2.5 * Math.abs(ax * dy - ay * dx) : Infinity; };
  const costs = s.boxes_.map(far), best = Math.min(...costs);
  if (best < Infinity) s.here = costs.indexOf(best);
  Object.assign(s, { keys: true, over: null });
  light(s);
  s.boxes_[s.here].group.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  s.live.textContent = told(s, { box: s.here }).join(", ");
}

function another(s, by) {
  moveTo("unit", index(s.d.unit, clamp(s.unit + by, 0, s.units - 1)));
  if (s.keys) s.live.textContent = [`${s.d.unit.word} ${index(s.d.unit, s.unit)}`, ...told(s, { box: s.here })].join(", ");
}

function pressed(s, event) {
  if (event.altKey || event.metaKey || event.ctrlKey) return;
  const acts = { ArrowLeft: () => walk(s, -1, 0), ArrowRight: () => walk(s, 1, 0), ArrowUp: () => walk(s, 0, -1), ArrowDown: () => walk(s, 0, 1),
    PageUp: () => another(s, -1), PageDown: () => another(s, 1), Enter: () => pick(s, s.here), Escape: () => s.stage.blur() };
  if (!Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  acts[event.key]();
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

function load(s, d) {
  const { time, unit, stages, cursors: own, arrays, picked } = d;
  s.d = d;
  s.values = Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data]));
  Object.assign(s, { units: unit.size, steps: stages.length + 1, over: null, picked: picked?.position ? picked : null, here: Math.min(s.here, d.boxes.length - 1) });
  stop(s);
  declare("time", own.time ?? {}, Infinity);
  declare("unit", own.unit ?? {}, unit.index ? Infinity : unit.size);
  declare("stage", own.stage ?? {}, s.steps);
  follow(s);
}

function follow(s) {
  s.t = find(s.d.time, cursorOf("time").index);
  s.unit = find(s.d.unit, cursorOf("unit").index);
  s.at = clamp(cursorOf("stage").index, 0, s.steps - 1);
}

function drawControls(s) {
  const { unit, words } = s.d;
  drawStep(s);
  drawPlay(s);
  s.bar.setAttribute("aria-label", words.wires_parts ?? "");
  s.unitName.textContent = unit.word;
  Object.assign(s.range, { max: s.units - 1, value: s.unit });
  s.range.style.setProperty("--done", `${(100 * s.unit) / Math.max(1, s.units - 1)}%`);
  s.range.setAttribute("aria-label", unit.word);
  s.range.setAttribute("aria-valuetext", `${unit.word} ${index(unit, s.unit)}`);
  Object.assign(s.field, { min: 0, max: s.units - 1 });
  if (s.root.getRootNode().activeElement !== s.field) s.field.value = s.unit;
  s.field.setAttribute("aria-label", unit.word);
  s.control.hidden = s.units < 2;
}

function moved(s, dim, byUser) {
  if (!["time", "unit", "stage"].includes(dim)) return;
  follow(s);
  drawControls(s);
  drawValues(s);
  drawPanel(s);
  if (dim === "stage" && byUser) s.live.textContent = [...s.panel.children[s.at].children].map((line) => line.textContent).join(". ");
}

function drawLegend(s) {
  const { words, domain, wires } = s.d, [low, high] = domain.map(shown), few = [0, 64, 128, 191, 255].map((k) => s.shades[k].fill);
  const ramp = make("span", { class: "ramp" }), piece = (kind, word) => make("span", { class: "piece" }, make("i", { class: kind }), word ?? "");
  ramp.style.background = `linear-gradient(to right, ${few.join(", ")})`;
  s.legend.replaceChildren(make("span", { class: "piece" }, low, ramp, high), make("span", { class: "quiet" }, words.scale_signed ?? ""),
    piece("level", words.wires_open), piece("bus", words.wires_vector), ...(wires.some(({ thin }) => thin) ? [piece("dashes", words.wires_peephole)] : []));
}

function render(s) {
  const { d } = s;
  s.look = theme(s.root);
  if (s.shadesKey !== s.look.key) Object.assign(s, { shades: shades("signed", s.look), shadesKey: s.look.key });
  layout(s);
  drawAll(s);
  drawControls(s);
  drawValues(s);
  drawPanel(s);
  drawLegend(s);
  s.edges();
  describe(s, d.words.wires, d.words.wires_help);
}

function build(root) {
  const s = { at: 0, steps: 1, t: 0, unit: 0, here: 0, keys: false, over: null, dim: "stage", undo: [] };
  s.pen = make("canvas").getContext("2d");
  s.svg = make("svg", { "aria-hidden": "true" });
  s.stage = make("div", { class: "stage", role: "application", tabindex: 0, "aria-describedby": "help" }, s.svg);
  s.box = make("div", { class: "box" }, s.stage);
  s.now = make("p", { class: "now" });
  s.bar = playBar(s);
  s.bar.setAttribute("role", "group");
  s.unitName = make("span", { class: "quiet" });
  const to = (text) => { if (/^\d+$/.test(text)) moveTo("unit", index(s.d.unit, clamp(Number(text), 0, s.units - 1))); };
  s.range = make("input", { type: "range", min: 0, step: 1, oninput: () => to(s.range.value) });
  s.field = make("input", { type: "number", step: 1, oninput: () => to(s.field.value), onblur: () => { s.field.value = s.unit; } });
  s.control = make("div", { class: "slider" }, s.unitName, s.range, s.field);
  s.panel = make("div", { class: "panel" });
  s.legend = make("div", { class: "legend" });
  root.replaceChildren(make("div", { class: "controls" }, s.bar, s.control), s.now, edged(s, s.box), s.panel, s.legend, ...footer(s));
  return s;
}

function listen(s) {
  hearKeys(s);
  s.stage.addEventListener("keydown", (event) => pressed(s, event));
  s.stage.addEventListener("focus", () => { if (s.stage.matches(":focus-visible")) walk(s, 0, 0); });
  s.stage.addEventListener("blur", () => { s.keys = false; light(s); });
  watchSize(s, s.root, () => render(s));
  subscribe(s, (dim, _, byUser) => moved(s, dim, byUser));
}

export default (component) => mounted(component, { build, load, listen, render });
