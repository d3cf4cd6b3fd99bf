// [0, 1] cut into one piece for each outcome, and a needle at the random number; follows the cursor of time.

const label = (s, k) => visible(s.d.outcome.labels?.[k] ?? String(s.d.outcome.index?.[k] ?? k));

/** The pieces at a time: [outcome or null, start, end]; where outcomes are left out, the one that was hit alone. */
function pieces(s) {
  const { p, low, high } = s.d.arrays, size = p.shape[1], k = s.d.chosen[s.at];
  if (!s.d.whole) {
    const [from, to] = [low.data[s.at], high.data[s.at]];
    return [[null, 0, from], [k, from, to], [null, to, 1]];
  }
  let end = 0;
  return Array.from({ length: size }, (_, at) => [at, end, (end += p.data[s.at * size + at])]);
}

function piece(s, [k, start, end]) {
  const share = Math.max(0, end - start), place = k === null ? null : { time: s.at, [s.d.outcome.dim]: s.d.outcome.index?.[k] ?? k };
  if (k === null || share === 0) {
    const gap = make("span", { class: "gap" });
    gap.style.width = `${100 * share}%`;
    return gap;
  }
  const hit = k === s.d.chosen[s.at], text = `${label(s, k)} ${number(s.d.arrays.p.data[s.at * s.d.arrays.p.shape[1] + k], 3)}`;
  const node = make("button", { type: "button", class: `piece${hit ? " hit" : ""}`, title: text, "aria-label": text, "aria-current": hit ? "true" : null,
    onclick: () => s.send({ variable: s.d.variable, position: place }) }, make("span", {}, share > 0.13 ? text : share > 0.03 ? label(s, k) : ""));
  node.style.width = `${100 * share}%`;
  return node;
}

function draw(s) {
  const u = s.d.arrays.u.data[s.at], focused = s.pieces.indexOf(s.root.getRootNode().activeElement);
  s.pieces = pieces(s).map((each) => piece(s, each));
  s.box.replaceChildren(...s.pieces);
  if (focused >= 0) s.pieces[focused]?.focus({ preventScroll: true });
  s.point.style.left = `${100 * u}%`;
  s.point.className = `point${u < 0.08 ? " low" : u > 0.92 ? " high" : ""}`;
  s.value.textContent = number(u, 3);
  s.said.textContent = s.d.captions[s.at];
  s.box.setAttribute("aria-label", s.d.captions[s.at]);
}

function build(root) {
  const s = { at: 0, pieces: [] };
  s.said = make("div", { class: "drawn" });
  s.box = make("div", { class: "pieces", role: "group" });
  s.value = make("b", {});
  s.point = make("div", { class: "point", "aria-hidden": "true" }, s.value);
  const ends = make("div", { class: "scale quiet", "aria-hidden": "true" }, make("span", {}, "0"), make("span", {}, "1"));
  root.replaceChildren(s.said, make("div", { class: "unit" }, s.box, s.point), ends);
  return s;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const s = instance(parentElement, build);
  s.send = (cell) => { writeUrl(); setTriggerValue("pick", cell); };
  if (s.bytes !== data) {
    s.bytes = data;
    s.d = unpack(data);
  }
  s.at = clamp(declare("time"), 0, s.d.captions.length - 1);
  if (!s.listening) {
    subscribe(s, (dim, index) => {
      if (dim !== "time") return;
      s.at = clamp(index, 0, s.d.captions.length - 1);
      draw(s);
    });
    s.listening = true;
  }
  draw(s);
  return s.cleanup;
}
