// Answers of several models over the letters of a name: runs of one answer, votes, stacked probabilities; one cursor.

const [HEAD, VOTES, APART, RUN, STACK] = [30, 44, 26, 26, 50]; // heights in CSS pixels
const percent = (p) => `${Math.round(100 * p)}%`;

// ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────────

const sizes = (s) => s.d.arrays.probs.shape;
function probs(s, m, t) {
  const [, T, L] = sizes(s), start = (m * T + t) * L;
  return s.d.arrays.probs.data.subarray(start, start + L);
}
const best = (s, m, t) => s.d.arrays.best.data[m * s.steps + t];

/** How many models answer each language after a letter. */
function votes(s, t) {
  const count = new Array(sizes(s)[2]).fill(0);
  for (let m = 0; m < s.M; m += 1) count[best(s, m, t)] += 1;
  return count;
}

/** Shares of a column from the bottom up: the languages with colours, then all others as one. */
function shares(s, values) {
  const few = s.d.few.map((k) => [k, values[k]]);
  return [...few, [-1, Math.max(0, [...values].reduce((a, b) => a + b, 0) - few.reduce((a, [, v]) => a + v, 0))]];
}

// ── colours ─────────────────────────────────────────────────────────────────────────────────────────────────

const HUES = [0, 1, 2, 3, 4, 7]; // of the theme's categorical colours; the others are ink and a second blue
function hue(s, language) {
  const at = s.d.few.indexOf(language);
  return at < 0 ? mix(s.look.background, s.look.text, 0.34) : s.look.groups[HUES[at] % s.look.groups.length];
}
const swatch = (s, language) => {
  const node = make("i", { class: "swatch", "aria-hidden": "true" });
  node.style.background = css(hue(s, language));
  return node;
};

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Width of the labels and of a column: all letters in sight if they may be narrow, else the box scrolls. */
function measure(s) {
  const wide = s.box.clientWidth || 600, small = wide < 560;
  s.label = Math.round((small ? 4.9 : 9.5) * rem());
  s.column = clamp(Math.floor((wide - s.label - 2) / s.steps), Math.floor((small ? 1.24 : 1.4) * rem()), 96);
  s.root.style.setProperty("--label", `${s.label}px`);
  s.root.style.setProperty("--wide", `${wide}px`);
}

function pen(s, line, height) {
  const ctx = surface(line.canvas, s.column * s.steps, height);
  ctx.textBaseline = "middle";
  return ctx;
}
const type = (s, size, weight = 400) => `${weight} ${Math.max(11, size * rem())}px ${s.look.font}`;

function drawHead(s, line) {
  const ctx = pen(s, line, HEAD);
  ctx.textAlign = "center";
  ctx.fillStyle = css(s.look.text);
  ctx.font = type(s, 1.15, 600);
  s.d.letters.forEach((letter, t) => ctx.fillText(visible(letter), (t + 0.5) * s.column, HEAD / 2));
}

/** One column as a stack of shares. */
function stack(s, ctx, t, height, parts, whole) {
  const gap = s.column > 12 ? 1 : 0.5;
  let y = height;
  for (const [language, share] of parts) {
    const h = (share / whole) * height;
    ctx.fillStyle = css(hue(s, language));
    ctx.fillRect(t * s.column + gap, y - h, s.column - 2 * gap, h);
    y -= h;
  }
}

function drawVotes(s, line) {
  const ctx = pen(s, line, VOTES);
  for (let t = 0; t < s.steps; t += 1) stack(s, ctx, t, VOTES, shares(s, votes(s, t)), s.M);
}

function drawApart(s, line) {
  const ctx = pen(s, line, APART), most = Math.max(0.5, ...s.d.arrays.apart.data);
  ctx.fillStyle = css(s.look.track);
  ctx.fillRect(0, 0, s.column * s.steps, APART);
  ctx.fillStyle = css(s.look.muted);
  s.d.arrays.apart.data.forEach((value, t) => {
    const h = Math.max(1, (Math.max(0, value) / most) * APART);
    ctx.fillRect(t * s.column + 1, APART - h, s.column - 2, h);
  });
}

/** Stretches of one answer: tinted as surely as it is given, underlined in the language's colour, named once. */
function drawRuns(s, line) {
  const ctx = pen(s, line, RUN), { look } = s, m = line.model;
  ctx.font = type(s, 0.76, 600);
  for (let from = 0, to; from < s.steps; from = to) {
    const language = best(s, m, from);
    for (to = from + 1; to < s.steps && best(s, m, to) === language; ) to += 1;
    const left = from * s.column + (from ? 1.5 : 0), right = to * s.column - (to < s.steps ? 1.5 : 0), colour = hue(s, language);
    ctx.save();
    ctx.beginPath();
    ctx.roundRect(left, 0, right - left, RUN, 4);
    ctx.clip();
    for (let t = from; t < to; t += 1) {
      ctx.fillStyle = css(mix(look.background, colour, 0.1 + 0.4 * probs(s, m, t)[language]));
      ctx.fillRect(t * s.column, 0, s.column + 0.5, RUN);
    }
    ctx.fillStyle = css(colour);
    ctx.fillRect(left, RUN - 3, right - left, 3);
    const room = right - left - 4, full = s.d.languages[language], name = ctx.measureText(full).width <= room - 4 ? full : s.d.short[language];
    ctx.fillStyle = css(look.text);
    const seen = Math.max(left, Math.min(s.box.scrollLeft, right - ctx.measureText(name).width - 10)); // the name stays in sight
    if (name === full) ctx.fillText(name, seen + 5, RUN / 2);
    else {
      ctx.textAlign = "center";
      ctx.fillText(name, left + Math.min(right - left, s.column) / 2, RUN / 2, room + 4);
    }
    ctx.restore();
  }
}

function drawStrip(s, line) {
  const ctx = pen(s, line, STACK);
  for (let t = 0; t < s.steps; t += 1) stack(s, ctx, t, STACK, shares(s, probs(s, line.model, t)), 1);
  ctx.fillStyle = css(s.look.background);
  for (let x = 1; x < s.column * s.steps; x += 6) ctx.fillRect(x, STACK / 2, 2, 1); // one half
}

const DRAW = { head: drawHead, votes: drawVotes, apart: drawApart, run: drawRuns, strip: drawStrip };

function drawLegend(s) {
  const { d } = s, others = d.languages.length > d.few.length;
  const entries = d.few.map((k) => make("span", {}, swatch(s, k), d.languages[k]));
  s.legend.replaceChildren(...entries, others ? make("span", {}, swatch(s, -1), d.words.strips_others) : null);
  if (!others) s.legend.lastChild.remove();
}

// ── the cursor: everything that depends on the letter ───────────────────────────────────────────────────────────────

const answerAt = (s, m, t) => `${s.d.languages[best(s, m, t)]} ${percent(probs(s, m, t)[best(s, m, t)])}`;

function readout(s, line, t) {
  if (!line.now) return;
  if (line.kind === "strip") {
    const language = best(s, line.model, t);
    line.now.replaceChildren(swatch(s, language), make("span", {}, s.d.languages[language]), make("span", {}, percent(probs(s, line.model, t)[language])));
  } else if (line.kind === "votes") {
    const count = votes(s, t), most = Math.max(...count);
    line.now.textContent = fill(s.d.words.strips_of, { k: most, n: s.M });
  } else line.now.textContent = number(s.d.arrays.apart.data[t], 2);
}

/** The address of the page that shows a model on this name: the language and type size of this page go along. */
function address(s, m, t) {
  const { page, params } = s.d.opens[m], query = new URLSearchParams(params), here = new URLSearchParams(location.search);
  for (const name of ["lang", "large"]) if (here.has(name)) query.set(name, here.get(name));
  query.set("t", String(t));
  return `${page}?${query}`;
}

function drawAt(s, told) {
  const t = s.look_at ?? s.at;
  s.cursor.style.left = `${s.label + t * s.column}px`;
  s.cursor.style.width = `${s.column}px`;
  s.cursor.classList.toggle("looked", s.look_at !== null && s.look_at !== s.at);
  for (const line of s.lines) {
    readout(s, line, t);
    line.node.classList.toggle("at", s.active && line.kind === "run" && line.model === s.row);
    if (line.link) line.link.href = address(s, line.model, s.at);
  }
  s.said.textContent = s.d.said[t] ?? "";
  drawStep(s);
  if (told) s.live.textContent = sentence(s);
}

function sentence(s) {
  const step = fill(s.d.words.step_of, { step: s.at + 1, steps: s.steps, label: visible(s.d.letters[s.at]) });
  return [step, s.active ? `${s.d.models[s.row]}: ${answerAt(s, s.row, s.at)}` : s.d.said[s.at]].filter(Boolean).join(". ");
}

/** Bring the column of the cursor into sight of the box. */
function reveal(s) {
  const left = s.at * s.column, room = s.box.clientWidth - s.label;
  if (left < s.box.scrollLeft) s.box.scrollLeft = left;
  else if (left + s.column > s.box.scrollLeft + room) s.box.scrollLeft = left + s.column - room;
}

// ── mouse, touch, keys ─────────────────────────────────────────────────────────────────────────────────────────

/** The row and the letter under the pointer; null beside them. */
function under(s, event) {
  const line = s.lines.find(({ node }) => node.contains(event.composedPath()[0]));
  if (!line || event.composedPath().includes(line.tag)) return null;
  const t = Math.floor((event.clientX - line.canvas.getBoundingClientRect().left) / s.column);
  return t >= 0 && t < s.steps ? { line, t } : null;
}

function tell(s, event, { line, t }) {
  if (line.kind === "head") return (s.tip.hidden = true);
  if (line.kind === "apart") s.tip.replaceChildren(make("b", {}, number(s.d.arrays.apart.data[t], 3)), s.d.apart.meaning);
  else {
    const values = line.kind === "votes" ? votes(s, t) : probs(s, line.model, t);
    const order = [...values.keys()].sort((a, b) => values[b] - values[a]).slice(0, 4).filter((k) => values[k] >= (line.kind === "votes" ? 1 : 0.005));
    const rows = order.map((k) => make("div", {}, swatch(s, k), `${s.d.languages[k]} ${line.kind === "votes" ? values[k] : percent(values[k])}`));
    s.tip.replaceChildren(make("b", {}, line.kind === "votes" ? visible(s.d.letters[t]) : s.d.models[line.model]), ...rows);
  }
  const box = s.root.getBoundingClientRect();
  placeTip(s.tip, s.root, event.clientX - box.left, event.clientY - box.top);
}

function hovered(s, event) {
  if (event.pointerType !== "mouse" || event.buttons || s.timer) return;
  const found = under(s, event), t = found ? found.t : null;
  if (t !== s.look_at) {
    s.look_at = t;
    drawAt(s, false);
  }
  if (found) tell(s, event, found);
  else s.tip.hidden = true;
}

function left(s) {
  s.look_at = null;
  s.tip.hidden = true;
  drawAt(s, false);
}

/** Ask for the proof of what a row shows after a letter. */
function pick(s, line, t) {
  const { d } = s, position = { time: t };
  if (line.kind === "head") return;
  if (line.kind === "apart") return s.send({ variable: d.apart.variable, position });
  if (line.kind === "votes") {
    const count = votes(s, t);
    s.send({ variable: "votes", position: { ...position, language: count.indexOf(Math.max(...count)) } });
  } else s.send({ variable: d.variable, position: { ...position, model: line.model, language: line.language ?? best(s, line.model, t) } });
  awaitAnswer(s);
}

function clicked(s, event) {
  const found = under(s, event);
  if (!found) return;
  s.look_at = null;
  s.active = false;
  go(s, found.t);
  pick(s, { ...found.line, language: hit(s, found, event) }, found.t);
}

/** The language of the piece of a stack that was hit, if it is one with a colour. */
function hit(s, { line, t }, event) {
  if (line.kind !== "strip") return null;
  let rest = 1 - (event.clientY - line.canvas.getBoundingClientRect().top) / STACK;
  for (const [language, share] of shares(s, probs(s, line.model, t))) {
    if ((rest -= share) <= 0) return language < 0 ? null : language;
  }
  return null;
}

function pressed(s, event) {
  if (event.target.closest("a")) return;
  const moves = { ArrowUp: -1, ArrowDown: 1 };
  if (Object.hasOwn(moves, event.key)) {
    s.row = s.active ? clamp(s.row + moves[event.key], 0, s.M - 1) : s.row;
    s.active = true;
    drawAt(s, true);
  } else if (event.key === "Enter") pick(s, s.lines.find((line) => line.kind === "run" && line.model === s.row), s.at);
  else return press(s, event, true);
  event.preventDefault();
  event.stopPropagation();
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

function build(root) {
  const s = { at: 0, steps: 1, M: 0, row: 0, active: false, look_at: null, lines: [], undo: [], dim: "time" };
  s.said = make("p", { class: "said" });
  s.legend = make("div", { class: "legend" });
  s.cursor = make("div", { class: "cursor" });
  s.stage = make("div", { class: "stage", role: "application", tabindex: 0, "aria-describedby": "help" });
  s.box = make("div", { class: "box" }, s.stage);
  s.stage.addEventListener("keydown", (event) => pressed(s, event));
  s.stage.addEventListener("click", (event) => clicked(s, event));
  s.stage.addEventListener("pointermove", (event) => hovered(s, event));
  s.stage.addEventListener("pointerleave", () => left(s));
  s.stage.addEventListener("focus", () => { s.active = s.stage.matches(":focus-visible"); drawAt(s, s.active); });
  s.stage.addEventListener("blur", () => { s.active = false; drawAt(s, false); });
  root.replaceChildren(playBar(s), s.said, s.legend, edged(s, s.box), ...footer(s));
  return s;
}

function line(s, kind, model, name) {
  const opens = model === null ? null : s.d.opens[model];
  const link = opens ? make("a", { href: "#", title: fill(s.d.words.strips_open, { model: name }), tabindex: kind === "run" ? -1 : 0 }, name) : null;
  const now = kind === "run" || kind === "head" ? null : make("span", { class: "now" });
  const tag = make("div", { class: "label" }, link ?? make("span", {}, name), now), canvas = make("canvas", { "aria-hidden": "true" });
  return { kind, model, link, now, tag, canvas, node: make("div", { class: `line ${kind}` }, tag, canvas) };
}

/** The rows, made again only where other models or words come. */
function rows(s) {
  const { d } = s, { words } = d, made = JSON.stringify([d.models, d.opens.map((each) => each.page), d.apart, words.strips_votes]);
  if (made === s.made) return;
  s.made = made;
  const heading = (text) => make("div", { class: "part" }, text);
  const top = [line(s, "head", null, ""), line(s, "votes", null, words.strips_votes)];
  if (d.apart) top.push(line(s, "apart", null, words.strips_apart));
  const runs = d.models.map((name, m) => line(s, "run", m, name)), strips = d.models.map((name, m) => line(s, "strip", m, name));
  s.lines = [...top, ...runs, ...strips];
  const nodes = (part) => part.map(({ node }) => node);
  s.stage.replaceChildren(s.cursor, ...nodes(top), heading(words.strips_answers), ...nodes(runs), heading(words.strips_probs), ...nodes(strips));
}

function load(s, d) {
  stop(s);
  Object.assign(s, { d, M: d.models.length, steps: d.letters.length, look_at: null });
  s.row = clamp(s.row, 0, s.M - 1);
  cursors().owner ??= s;
  rows(s);
  s.at = declare("time", d.cursors.time, s.steps);
}

function listen(s) {
  hearKeys(s);
  subscribe(s, (dim, index, byUser) => {
    if (dim !== "time") return;
    s.at = clamp(index, 0, s.steps - 1);
    reveal(s);
    drawAt(s, byUser);
  });
  watchSize(s, s.root, () => render(s));
  s.box.addEventListener("scroll", () => {
    s.scrolled ??= requestAnimationFrame(() => {
      s.scrolled = null;
      s.lines.filter(({ kind }) => kind === "run").forEach((each) => drawRuns(s, each));
    });
  }, { passive: true });
}

function render(s) {
  s.look = theme(s.root);
  describe(s, s.d.words.strips, s.d.words.strips_help);
  measure(s);
  drawLegend(s);
  s.lines.forEach((each) => DRAW[each.kind](s, each));
  drawPlay(s);
  reveal(s);
  drawAt(s, false);
}

export default function (component) {
  return mounted(component, { build, load, listen, render });
}
