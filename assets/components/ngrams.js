// Translations over their references; a line under a word for every order of n-grams that it matches.

/** For each word and order: 0 not in a counted n-gram, 1 in one that ends here, 2 in one that goes on. */
function cover(marks, size, orders) {
  const over = Array.from({ length: size }, () => new Uint8Array(orders));
  for (let n = 0; n < orders; n++)
    for (let at = 0; at < size; at++) {
      if (marks[at * orders + n] !== 1) continue;
      for (let k = at; k <= at + n && k < size; k++) over[k][n] = Math.max(over[k][n], k < at + n ? 2 : 1);
    }
  return over;
}

/** The n-gram meant by a word: of the chosen order, else the longest counted one that holds it. */
function meant(s, line, at) {
  const { orders } = s.d, marks = s.marks[line], size = s.d.lines[line].text.length;
  if (s.order) {
    const start = Math.max(0, Math.min(at, size - s.order));
    return { line, start, n: Math.min(s.order, size) };
  }
  for (let n = orders; n >= 1; n--)
    for (let start = at; start >= Math.max(0, at - n + 1); start--)
      if (marks[start * orders + n - 1] === 1) return { line, start, n };
  return { line, start: at, n: 1 };
}

const same = (words, start, gram) => gram.every((word, k) => words[start + k] === word);

function show(s, gram) {
  for (const node of s.tokens.flat()) node.classList.remove("held", "found");
  s.meant = gram;
  if (!gram) {
    s.told.textContent = s.d.said.hint;
    return;
  }
  const { line, start, n } = gram, sought = s.d.lines[line].text.slice(start, start + n);
  const times = s.d.lines.map((each, k) => {
    let count = 0;
    for (let at = 0; at + n <= each.text.length; at++) {
      if (!same(each.text, at, sought)) continue;
      count++;
      for (let j = 0; j < n; j++) s.tokens[k][at + j].classList.add("found");
    }
    return `${each.name} ${count}×`;
  });
  for (let j = 0; j < n; j++) s.tokens[line][start + j].classList.add("held");
  const counts = s.marks[line][start * s.d.orders + n - 1] === 1;
  s.told.replaceChildren(make("b", { dir: "auto" }, sought.join(" ")), ` · n = ${n} · `, counts ? s.d.said.counts : s.d.said.not, ` · ${times.join(" · ")}`);
}

function send(s) {
  const { line, start, n } = s.meant;
  s.send({ variable: s.d.variable, position: { line, position: start, order: n - 1 } });
}

function pressed(s, event, line, at) {
  const lines = s.d.lines.map((_, k) => k).filter((k) => s.marks[k] && s.tokens[k].length);
  const moves = { ArrowLeft: [line, at - 1], ArrowRight: [line, at + 1], Home: [line, 0], End: [line, Infinity],
    ArrowUp: [lines[lines.indexOf(line) - 1] ?? line, at], ArrowDown: [lines[lines.indexOf(line) + 1] ?? line, at] };
  const to = moves[event.key];
  if (!to) return;
  event.preventDefault();
  event.stopPropagation();
  s.tokens[to[0]][clamp(to[1], 0, s.tokens[to[0]].length - 1)].focus();
}

function word(s, text, line, at) {
  const over = s.over[line]?.[at];
  if (!over) return make("span", { class: "word" }, make("span", { class: "text", dir: "auto" }, visible(text)));
  const lanes = Array.from(over, (state, n) => make("i", { class: `lane${state ? ` on${state === 2 ? " goes" : ""}` : ""}`, "data-n": n + 1 }));
  const mine = [...over].map((state, n) => (state ? n + 1 : 0)).filter(Boolean);
  const node = make("button", { type: "button", class: `word${mine.length ? "" : " alone"}`, tabindex: -1, "aria-label": `${text}: ${mine.length ? `n = ${mine.join(", ")}` : s.d.said.not}`,
    onclick: () => { show(s, meant(s, line, at)); send(s); },
    onfocus: () => { for (const each of s.tokens.flat()) each.tabIndex = -1; node.tabIndex = 0; show(s, meant(s, line, at)); },
    onblur: () => show(s, null), onkeydown: (event) => pressed(s, event, line, at),
    onpointerenter: () => show(s, meant(s, line, at)), onpointerleave: () => show(s, null) },
    make("span", { class: "text", dir: "auto" }, visible(text)), make("span", { class: "lanes", "aria-hidden": "true" }, ...lanes));
  return node;
}

function row(s, line, k) {
  s.tokens[k] = line.text.map((text, at) => word(s, text, k, at));
  const rest = line.rest ? make("span", { class: "word quiet" }, fill(s.d.said.more, { n: line.rest })) : null;
  const none = line.text.length ? null : make("span", { class: "quiet" }, s.d.said.empty);
  return make("div", { class: `line${s.marks[k] ? "" : " given"}`, role: "group", "aria-label": line.name },
    make("b", { class: "name" }, line.name), make("div", { class: "text-line", dir: "auto" }, ...s.tokens[k], rest, none));
}

function choose(s, n) {
  s.order = s.order === n ? 0 : n;
  s.root.dataset.order = String(s.order);
  s.chips.forEach((chip, k) => chip.setAttribute("aria-pressed", String(k === s.order)));
}

function draw(s) {
  s.marks = s.d.lines.map((_, k) => s.d.arrays[`marks${k}`]?.data ?? null);
  s.over = s.d.lines.map((line, k) => (s.marks[k] ? cover(s.marks[k], line.text.length, s.d.orders) : null));
  s.tokens = [];
  if (s.order > s.d.orders) s.order = 0;
  const orders = Array.from({ length: s.d.orders + 1 }, (_, n) => n);
  s.chips = orders.map((n) => make("button", { type: "button", class: "order", "data-n": n, "aria-pressed": String(n === s.order), onclick: () => choose(s, n) },
    n ? make("i", { class: "lane on", "data-n": n }) : null, n ? fill(s.d.said.order, { n }) : s.d.said.all));
  s.bar.replaceChildren(...s.chips);
  s.bar.setAttribute("aria-label", s.d.alt);
  s.lines.replaceChildren(...s.d.lines.map((line, k) => row(s, line, k)));
  const first = s.tokens.flat().find((node) => node.matches("button"));
  if (first) first.tabIndex = 0;
  s.root.dataset.order = String(s.order);
  show(s, null);
}

function build(root) {
  const s = { order: 0, tokens: [] };
  s.bar = make("div", { class: "orders", role: "group" });
  s.lines = make("div", { class: "lines" });
  s.told = make("div", { class: "told quiet" });
  root.replaceChildren(s.bar, s.lines, s.told);
  return s;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const s = instance(parentElement, build);
  s.send = (cell) => setTriggerValue("pick", cell);
  if (s.bytes !== data) {
    s.bytes = data;
    s.d = unpack(data);
    draw(s);
  }
  return s.cleanup;
}
