// What a step offers: words by probability as bars, where they are cut off, where the random number falls; follows the cursor of its step.

const percent = (p) => `${p > 0 && p < 0.0005 ? "< 0.1" : number(100 * p, p > 0.9995 && p < 1 ? 5 : 3)} %`;
const wide = (node, left, width) => Object.assign(node.style, { left: `${100 * left}%`, width: `${100 * width}%` });

/** A number at a step and, unless rank is null, a rank. */
const at = (s, name, k, rank) => s.d.arrays[name].data[rank === null ? k : k * s.size + rank];

/** The ranks that are drawn at a step: the first ones, and the one that was taken. */
function ranks(s, k) {
  const first = Array.from({ length: Math.min(s.d.rows, s.size) }, (_, r) => r), taken = s.d.chosen[k];
  return taken >= first.length ? [...first, taken] : first;
}

function send(s, variable, rank) {
  s.send({ variable, position: rank === null ? { step: s.k } : { step: s.k, [s.d.rank]: rank } });
  awaitAnswer(s);
}

function figure(s, variable, line, kind = "") {
  return make("button", { type: "button", class: `figure ${kind}`, tabindex: -1, title: s.d.words.pick, onclick: () => send(s, variable, line.rank), onkeydown: (event) => pressed(s, event, line) });
}

/** A line of the table, filled anew at every step. */
function build_line(s) {
  const line = { rank: 0 }, part = (kind) => make("i", { class: kind });
  line.text = make("span", { dir: "auto" });
  line.word = make("button", { type: "button", class: "offered", tabindex: -1, onclick: () => s.say({ text: `${s.k + 1}:${s.d.offered[s.k][line.rank]}` }), onkeydown: (event) => pressed(s, event, line) }, line.text);
  line.p = figure(s, s.d.variable, line);
  Object.assign(line, { stick: part("stick"), climb: part("climb"), limit: part("limit"), piece: part("piece"), needle: part("needle") });
  const cells = [line.word, line.p, make("div", { class: "track", "aria-hidden": "true" }, line.stick, ...(s.d.cuts ? [line.climb, line.limit] : []))];
  line.stops = [line.word, line.p];
  if (s.d.cuts) {
    line.F = figure(s, "cumulative", line, "wide");
    line.q = figure(s, "p_final", line, "wide");
    cells.push(line.F, make("div", { class: "track", "aria-hidden": "true" }, line.piece, line.needle), line.q);
    line.stops.push(line.F, line.q);
  }
  line.cutoff = make("div", { class: "cutoff", hidden: "" }, s.d.said.cutoff ?? "");
  line.node = make("div", { class: "line" }, ...cells, line.cutoff);
  return line;
}

/** Up and down go along a column, Home and End to its ends; left and right are the stepper's. */
function pressed(s, event, line) {
  const shown = s.lines.filter((each) => !each.node.hidden), row = shown.indexOf(line), column = line.stops.indexOf(event.currentTarget);
  const to = { ArrowUp: row - 1, ArrowDown: row + 1, Home: 0, End: shown.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  shown[clamp(to, 0, shown.length - 1)].stops[column].focus();
}

function fill_line(s, line, rank, before) {
  const { d, k } = s, label = visible(d.offered[k][rank]), p = at(s, "bars", k, rank), taken = d.chosen[k] === rank;
  const kept = !d.cuts || at(s, "kept", k, rank) === 1, forced = taken && d.forced.includes(k);
  line.rank = rank;
  line.node.className = `line${taken ? " taken" : ""}${kept ? "" : " out"}${forced ? " forced" : ""}`;
  line.text.textContent = label;
  line.word.title = fill(taken ? d.said.taken : d.said.go, { word: label });
  line.word.setAttribute("aria-label", `${label} ${percent(p)}${taken ? `, ${forced ? d.said.forced : d.said.took}` : kept ? "" : `, ${d.said.out}`}. ${line.word.title}`);
  line.p.textContent = percent(p);
  wide(line.stick, 0, p);
  line.cutoff.hidden = true;
  if (!d.cuts) return 0;
  const F = at(s, "cumulative", k, rank), low = rank ? at(s, "cumulative", k, rank - 1) : 0, q = at(s, "p_final", k, rank), u = at(s, "u", k, null);
  line.F.textContent = kept || F < 1 ? percent(F) : "";
  line.q.textContent = kept ? percent(q) : "0";
  wide(line.climb, low, F - low);
  line.climb.hidden = rank > 0 && low >= 1;
  line.limit.style.left = `${100 * d.top_p}%`;
  line.limit.hidden = d.top_p >= 1;
  wide(line.piece, Math.min(before, 1), q);
  line.piece.hidden = !kept;
  line.needle.style.left = `${100 * u}%`;
  line.needle.hidden = d.forced.includes(k);
  return q;
}

/** The line under the last word that is kept; where that one is not drawn, after a line that counts those between. */
function draw_cut(s, drawn) {
  const { d, k } = s, shown = s.lines.filter((line) => !line.node.hidden), n = d.cuts ? s.kept[k] : 0, free = d.forced.includes(k);
  const sum = (ranks) => ranks.reduce((all, rank) => all + at(s, "bars", k, rank), 0), whole = sum(drawn);
  const beyond = d.cuts ? Math.max(0, n - drawn.length) : 0, inside = beyond ? Math.max(0, at(s, "kept_mass", k, null) - whole) : 0;
  const left = d.more - beyond - (drawn.length > d.rows ? 1 : 0);
  s.inside.hidden = !beyond;
  s.inside.textContent = fill(d.said.inside, { n: beyond, mass: percent(inside) });
  s.rest.hidden = left <= 0;
  s.rest.textContent = fill(d.said.more, { n: left, mass: percent(Math.max(0, 1 - whole - inside)) });
  s.cutoff.hidden = !d.cuts || left <= 0 || n < drawn.length || free;
  if (d.cuts && n < drawn.length && !free) shown[n - 1].cutoff.hidden = false;
}

/** In words: where the number fell, and how much was kept. */
function tell(s) {
  const { d, k } = s, word = visible(d.taken[k]), forced = d.forced.includes(k);
  s.at.replaceChildren(fill(d.said.at, { k: k + 1 }), " ", make("b", { dir: "auto" }, d.taken.slice(0, k).map(visible).join(" ") || d.said.start));
  const link = (variable, text) => make("button", { type: "button", title: d.words.pick, onclick: () => send(s, variable, null) }, text);
  const parts = [forced ? make("span", {}, fill(d.said.was_forced, { word })) : null];
  if (d.cuts) {
    const u = at(s, "u", k, null), n = s.kept[k];
    parts.push(forced ? null : link("u", fill(d.said.fell, { u: number(u, 4), word })), link("kept_mass", fill(d.said.keeps, { n, mass: percent(at(s, "kept_mass", k, null)) })));
  }
  s.told.replaceChildren(...parts.filter(Boolean));
}

function draw(s) {
  const { d } = s, cursor = cursorOf(d.cursor);
  s.k = clamp(cursor ? cursor.index : d.taken.length - 1, 0, d.taken.length - 1);
  const drawn = ranks(s, s.k);
  let before = 0;
  s.lines.forEach((line, row) => {
    line.node.hidden = row >= drawn.length;
    if (line.node.hidden) return;
    const rank = drawn[row];
    if (d.cuts && rank > row) for (let r = row; r < rank; r++) before += at(s, "p_final", s.k, r);
    before += fill_line(s, line, rank, before);
  });
  draw_cut(s, drawn);
  tell(s);
}

/** One stop of the Tab key for each column. */
function stops(s) {
  for (const line of s.lines) for (const stop of line.stops) stop.tabIndex = line === s.lines[0] ? 0 : -1;
}

function load(s, d) {
  Object.assign(s, { d, size: d.arrays.bars.shape[1] });
  if (d.cuts) s.kept = d.taken.map((_, k) => d.arrays.kept.data.subarray(k * s.size, (k + 1) * s.size).reduce((sum, kept) => sum + kept, 0));
  s.lines = Array.from({ length: Math.min(d.rows, s.size) + 1 }, () => build_line(s));
  const head = (text, kind = "") => make("span", { class: `quiet ${kind}` }, text ?? "");
  const heads = d.cuts ? [head(d.said.word), head(d.said.p), head(""), head(d.said.F, "wide"), head(d.said.draw), head(d.said.q, "wide")] : [head(d.said.word), head(d.said.p), head("")];
  s.table.className = `table${d.cuts ? " cuts" : ""}`;
  s.table.replaceChildren(make("div", { class: "heads", "aria-hidden": "true" }, ...heads), ...s.lines.map((line) => line.node), s.inside, s.cutoff, s.rest);
  s.cutoff.textContent = d.said.cutoff ?? "";
  s.table.setAttribute("aria-label", d.alt);
  const key = (kind, text) => make("span", { class: "quiet" }, make("i", { class: kind }), text);
  s.keys.replaceChildren(...(d.cuts ? [key("climb", d.said.key_F), ...(d.top_p < 1 ? [key("limit", d.said.key_top_p)] : []), key("needle", d.said.key_u)] : []));
  s.hint.textContent = d.said.hint;
  stops(s);
}

function build(root) {
  const s = { undo: [], lines: [], k: 0 };
  s.at = make("p", { class: "at" });
  s.inside = make("div", { class: "rest quiet" });
  s.cutoff = make("div", { class: "cutoff" });
  s.rest = make("div", { class: "rest quiet" });
  s.table = make("div", { class: "table", role: "group" });
  s.told = make("div", { class: "told" });
  s.keys = make("div", { class: "keys", "aria-hidden": "true" });
  s.hint = make("p", { class: "hint quiet" });
  root.replaceChildren(s.at, s.table, s.told, s.keys, s.hint);
  return s;
}

function listen(s) {
  subscribe(s, (dim) => { if (dim === s.d.cursor) draw(s); });
  s.undo.push(() => s.stopWaiting?.());
}

export default (component) => {
  const cleanup = mounted(component, { build, load, listen, render: draw });
  instance(component.parentElement, build).say = (what) => component.setTriggerValue("say", what);
  return cleanup;
};
