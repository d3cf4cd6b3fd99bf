// Points in two dimensions, grey but for one group, and a path over them that is drawn up to the shared cursor.

const NEAR = 14; // pixels within which the pointer finds a point

// ── layout ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Screen places of all points and of the path: one unit is as long across as up. */
function layout(s) {
  const { points, path } = s.d.arrays, all = [points.data, path.data], unit = rem() * 0.86;
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (const data of all) {
    for (let k = 0; k < data.length; k++) {
      low[k % 2] = Math.min(low[k % 2], data[k]);
      high[k % 2] = Math.max(high[k % 2], data[k]);
    }
  }
  const width = s.root.clientWidth, height = Math.min(s.d.height, Math.max(260, width * 0.85)), pad = unit * 1.9;
  const span = [0, 1].map((k) => high[k] - low[k] || 1);
  const title = s.d.axes.some(Boolean) ? unit * 1.5 : 0; // a line above and one below for what the axes are
  const scale = Math.min((width - 2 * pad) / span[0], (height - 2 * (pad + title)) / span[1]);
  const x = (v) => width / 2 + (v - (low[0] + high[0]) / 2) * scale;
  const y = (v) => height / 2 - (v - (low[1] + high[1]) / 2) * scale;
  const place = (data) => Float32Array.from(data, (v, k) => (k % 2 ? y(v) : x(v)));
  s.g = { width, height, unit, points: place(points.data), path: place(path.data), zero: [x(0), y(0)] };
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

const focus = (s) => s.preview ?? s.focus;

function drawBase(s) {
  const { g, look } = s, ctx = surface(s.base, g.width, g.height), chosen = focus(s), codes = s.d.arrays.codes.data;
  ctx.strokeStyle = css(look.faint);
  ctx.beginPath();
  ctx.moveTo(g.zero[0], 0); ctx.lineTo(g.zero[0], g.height);
  ctx.moveTo(0, g.zero[1]); ctx.lineTo(g.width, g.zero[1]);
  ctx.stroke();
  dots(ctx, g.points, css(mix(look.background, look.text, 0.5)), chosen === null ? 0.42 : 0.22, g.unit * 0.13, (k) => codes[k] !== chosen);
  if (chosen !== null) dots(ctx, g.points, css(look.flip), 0.85, g.unit * 0.2, (k) => codes[k] === chosen);
  axisTitles(s, ctx);
}

/** What the axes are: above and below the cloud, where no point lies. */
function axisTitles(s, ctx) {
  const { g, look } = s, [across, up] = s.d.axes;
  const write = (text, right, y) => {
    const shown = shorten(ctx, text, g.width - 8), w = ctx.measureText(shown).width;
    const x = right ? g.width - 4 - w : clamp(g.zero[0] - g.unit * 0.3, 4, g.width - 4 - w);
    ctx.fillStyle = css(look.background);
    ctx.fillRect(x - 4, y - g.unit * 0.75, w + 8, g.unit * 1.5);
    ctx.fillStyle = css(look.muted);
    ctx.fillText(shown, x, y);
  };
  ctx.font = `400 ${g.unit * 0.95}px ${look.font}`;
  Object.assign(ctx, { textAlign: "left", textBaseline: "middle" });
  if (across) write(`${across} →`, true, g.height - g.unit * 0.8);
  if (up) write(`↑ ${up}`, false, g.unit * 0.8);
}

function dots(ctx, places, colour, alpha, radius, which) {
  ctx.fillStyle = colour;
  ctx.globalAlpha = alpha;
  for (let k = 0; k < places.length / 2; k++) {
    if (!which(k)) continue;
    ctx.beginPath();
    ctx.arc(places[2 * k], places[2 * k + 1], radius, 0, 7);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

function trail(s, ctx, from, to, colour, width, dash = []) {
  ctx.beginPath();
  for (let k = from; k <= to; k++) ctx.lineTo(s.g.path[2 * k], s.g.path[2 * k + 1]);
  Object.assign(ctx, { strokeStyle: colour, lineWidth: width, lineJoin: "round", lineCap: "round" });
  ctx.setLineDash(dash);
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawOver(s) {
  const { g, look } = s, ctx = surface(s.over, g.width, g.height), n = s.d.steps.length, text = css(look.text);
  const paper = css(look.background), ink = css(look.primary);
  if (n) {
    trail(s, ctx, s.at, n - 1, css(look.muted), 1.2, [2, 4]);
    trail(s, ctx, 0, s.at, paper, 6);
    trail(s, ctx, 0, s.at, ink, 2.5);
    for (let k = 0; k < n; k++) if (k !== s.at) stop(s, ctx, k, k < s.at ? ink : paper, k < s.at ? paper : css(look.muted), g.unit * 0.26);
    letters(s, ctx);
    current(s, ctx);
  }
  if (!s.hover) return;
  const [x, y] = s.hover.at;
  ctx.beginPath();
  ctx.arc(x, y, g.unit * 0.5, 0, 7);
  Object.assign(ctx, { strokeStyle: text, lineWidth: 2 });
  ctx.stroke();
}

function stop(s, ctx, k, inside, edge, radius) {
  ctx.beginPath();
  ctx.arc(s.g.path[2 * k], s.g.path[2 * k + 1], radius, 0, 7);
  Object.assign(ctx, { fillStyle: inside, strokeStyle: edge, lineWidth: 1.5 });
  ctx.fill();
  ctx.stroke();
}

const AROUND = [[1, -1], [-1, -1], [1, 1], [-1, 1], [1, 0], [-1, 0], [0, -1], [0, 1]];
const CLOSE = 10; // pixels between points of which only one is labelled

/** Labels beside their points where there is room; the first always, the others if they hide nothing. */
function letters(s, ctx) {
  const { g } = s, at = (k) => [g.path[2 * k], g.path[2 * k + 1]], high = g.unit * 0.85, [cx, cy] = at(s.at), end = s.d.steps.length - 1;
  const words = s.d.steps.some((step) => visible(step).length > 3), order = s.at > 0 ? [0] : [], half = currentHalf(s, ctx);
  if (words && s.at < end) order.push(end);
  else for (let k = s.at - 1; k > 0 && !words; k--) order.push(k);
  const taken = [[cx - half, cy - high, cx + half, cy + high]], labelled = [[cx, cy]];
  ctx.font = `600 ${g.unit}px ${s.look.font}`;
  for (const k of order) {
    const [x, y] = at(k), needed = k === 0 || k === end;
    if (!needed && labelled.some(([a, b]) => Math.hypot(a - x, b - y) < CLOSE)) continue;
    const text = shorten(ctx, visible(s.d.steps[k]), 6 * g.unit), box = freePlace(s, taken, x, y, ctx.measureText(text).width, needed);
    if (!box) continue;
    taken.push(box);
    labelled.push([x, y]);
    letter(s, ctx, text, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
  }
}

/** The box for a label on the first side of its point that is free; null, or the freest one if it is needed. */
function freePlace(s, taken, x, y, wide, needed) {
  const { g } = s, [w, h] = [wide / 2 + 1, g.unit * 0.55], gap = g.unit * 0.32;
  const dots = Array.from({ length: s.at + 1 }, (_, k) => [g.path[2 * k], g.path[2 * k + 1]]);
  let best = [Infinity, null];
  for (const [dx, dy] of AROUND) {
    const mid = [x + dx * (w + gap * (dy ? 0.7 : 1)), y + dy * (h + gap * (dx ? 0.5 : 1))];
    const box = [mid[0] - w, mid[1] - h, mid[0] + w, mid[1] + h];
    const outside = box[0] < 0 || box[2] > g.width || box[1] < 0 || box[3] > g.height ? 9 : 0;
    const over = taken.filter((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]).length;
    const cost = outside + 3 * over + dots.filter(([a, b]) => a > box[0] && a < box[2] && b > box[1] && b < box[3]).length;
    if (cost < best[0]) best = [cost, box];
  }
  return best[0] < (needed ? Infinity : 3) ? best[1] : null;
}

/** A letter with a halo of the page's colour. */
function letter(s, ctx, text, x, y) {
  const { look } = s;
  Object.assign(ctx, { textAlign: "center", textBaseline: "middle", strokeStyle: css(look.background), lineWidth: 4, fillStyle: css(look.text), lineJoin: "round" });
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}

/** Half the width of the label at the cursor. */
function currentHalf(s, ctx) {
  const { g } = s;
  ctx.font = `700 ${g.unit * 1.05}px ${s.look.font}`;
  return Math.max(g.unit * 0.85, ctx.measureText(shorten(ctx, visible(s.d.steps[s.at]), 6 * g.unit)).width / 2 + g.unit * 0.4);
}

function current(s, ctx) {
  const { g, look } = s, [x, y] = [g.path[2 * s.at], g.path[2 * s.at + 1]], half = currentHalf(s, ctx);
  const text = shorten(ctx, visible(s.d.steps[s.at]), 6 * g.unit);
  Object.assign(ctx, { fillStyle: css(look.primary), strokeStyle: css(look.background), lineWidth: 2.5, textAlign: "center", textBaseline: "middle" });
  ctx.beginPath();
  ctx.roundRect(x - half, y - g.unit * 0.85, 2 * half, g.unit * 1.7, g.unit * 0.85);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = css(look.background);
  ctx.fillText(text, x, y + 1);
}

function drawChips(s) {
  s.chips.forEach((node, k) => {
    node.setAttribute("aria-pressed", String(s.focus === k));
    node.classList.toggle("on", focus(s) === k);
  });
}

function makeChips(s) {
  const preview = (k) => { if (s.preview === k) return; s.preview = k; drawBase(s); drawChips(s); };
  s.chips = s.d.groups.map((group, k) => make("button", {
    type: "button", class: "group", onclick: () => { s.focus = s.focus === k ? null : k; s.preview = null; drawBase(s); drawChips(s); },
    onpointerenter: (event) => event.pointerType === "mouse" && preview(k), onpointerleave: () => preview(null),
  }, group));
  s.legend.setAttribute("aria-label", s.d.words.groups);
  s.legend.replaceChildren(...s.chips);
}

// ── hands ───────────────────────────────────────────────────────────────────────────────────────────────────

/** The path's point under the pointer, else the nearest of the points: {path|point: k, at: [x, y]}. */
function nearest(s, x, y, reach = NEAR) {
  const search = (places, count) => {
    let [best, found] = [reach * reach, -1];
    for (let k = 0; k < count; k++) {
      const d = (places[2 * k] - x) ** 2 + (places[2 * k + 1] - y) ** 2;
      if (d < best) [best, found] = [d, k];
    }
    return found;
  };
  const onPath = reach === NEAR ? search(s.g.path, s.d.steps.length) : -1;
  const places = onPath >= 0 ? s.g.path : s.g.points, k = onPath >= 0 ? onPath : search(places, places.length / 2);
  return k < 0 ? null : { [onPath >= 0 ? "path" : "point"]: k, at: [places[2 * k], places[2 * k + 1]] };
}

const group = (s, k) => s.d.groups[s.d.arrays.codes.data[k]];

function hovered(s, event) {
  const box = s.stage.getBoundingClientRect();
  s.hover = nearest(s, event.clientX - box.left, event.clientY - box.top);
  s.stage.style.cursor = s.hover ? "pointer" : "";
  drawOver(s);
  s.tip.hidden = !s.hover;
  if (!s.hover) return;
  const lines = s.hover.path !== undefined ? [stepText(s, s.hover.path)] : [group(s, s.hover.point), s.d.labels[s.hover.point]];
  s.tip.replaceChildren(...lines.map((line, k) => make(k ? "b" : "span", {}, line)));
  const root = s.root.getBoundingClientRect();
  placeTip(s.tip, s.root, s.hover.at[0] + box.left - root.left, s.hover.at[1] + box.top - root.top);
}

const stepText = (s, k) => fill(s.d.words.step_of, { step: k + 1, steps: s.d.steps.length, label: visible(s.d.steps[k]) });

function clicked(s) {
  if (!s.hover) return;
  if (s.hover.path !== undefined) moveTo(s.d.dim, s.hover.path);
  else s.send({ variable: "point", position: { point: s.hover.point } });
}

/** The step and the name that lies nearest to it. */
function say(s) {
  const near = nearest(s, s.g.path[2 * s.at], s.g.path[2 * s.at + 1], Infinity);
  const beside = near && fill(s.d.words.nearest, { label: s.d.labels[near.point], group: group(s, near.point) });
  s.live.textContent = [stepText(s, s.at), beside].filter(Boolean).join(". ");
}

function pressed(s, event) {
  const end = s.d.steps.length - 1;
  const to = { ArrowLeft: s.at - 1, ArrowUp: s.at - 1, ArrowRight: s.at + 1, ArrowDown: s.at + 1, Home: 0, End: end }[event.key];
  if (to === undefined || end < 0 || event.altKey || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  event.stopPropagation();
  moveTo(s.d.dim, clamp(to, 0, end));
  say(s);
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

function follow(s) {
  s.at = clamp(cursorOf(s.d.dim)?.index ?? s.d.steps.length - 1, 0, Math.max(0, s.d.steps.length - 1));
}

function load(s, d) {
  const first = !s.d;
  s.d = d;
  if (first || s.asked !== d.focus) s.focus = s.asked = d.focus;
  s.focus = s.focus === null || s.focus < d.groups.length ? s.focus : null;
  s.hover = null;
  s.tip.hidden = true;
  makeChips(s);
}

function render(s) {
  follow(s);
  s.look = theme(s.root);
  layout(s);
  for (const part of [s.stage, s.canvases]) part.style.height = `${s.g.height}px`;
  drawBase(s);
  drawOver(s);
  drawChips(s);
  describe(s, s.d.words.plane, s.d.words.plane_help);
}

function build(root) {
  const s = { hover: null, preview: null, chips: [], at: 0 };
  s.base = make("canvas", { "aria-hidden": "true" });
  s.over = make("canvas", { "aria-hidden": "true" });
  s.canvases = make("div", { class: "canvases", "aria-hidden": "true" }, s.base, s.over);
  s.stage = make("div", { class: "stage", role: "application", tabindex: 0, "aria-describedby": "help" }, s.canvases);
  s.legend = make("div", { class: "groups", role: "group" });
  root.replaceChildren(s.legend, s.stage, ...footer(s));
  return s;
}

function listen(s) {
  const leave = () => { s.hover = null; s.tip.hidden = true; drawOver(s); };
  s.stage.addEventListener("pointermove", (event) => hovered(s, event));
  s.stage.addEventListener("pointerdown", (event) => hovered(s, event));
  s.stage.addEventListener("pointerleave", leave);
  s.stage.addEventListener("click", () => clicked(s));
  s.stage.addEventListener("keydown", (event) => pressed(s, event));
  s.stage.addEventListener("focus", () => s.stage.matches(":focus-visible") && s.d.steps.length && say(s));
  watchSize(s, s.root, () => render(s));
  subscribe(s, (dim) => {
    if (dim !== s.d.dim) return;
    follow(s);
    drawOver(s);
  });
}

export default (component) => mounted(component, { build, load, listen, render });
