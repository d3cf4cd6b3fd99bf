// All heads of all layers as small heat maps; the one that is chosen moves the cursors of layer and head.

const NARROW = 34; // CSS pixels of a map at least

/** The weights as bytes: four stand in the place of a float32. */
function levels(d) {
  const block = d.arrays.weights.data, size = d.shape.reduce((a, b) => a * b, 1);
  return new Uint8Array(block.buffer, block.byteOffset, size);
}

function paint(s, canvas, [layer, head], pixels) {
  const [, heads, rows, columns] = s.d.shape, start = (s.d.layers.indexOf(layer) * heads + head) * rows * columns;
  Object.assign(canvas, { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  for (let k = 0; k < rows * columns; k += 1) image.data.set(pixels[s.levels[start + k]], 4 * k);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

const called = (s, [layer, head]) => fill(s.d.words.head_of, { layer: layer + 1, head: head + 1 });
const place = (s) => s.d.order.findIndex(([layer, head]) => layer === s.layer && head === s.head);

function choose(s, k) {
  const [layer, head] = s.d.order[clamp(k, 0, s.d.order.length - 1)];
  moveTo("layer", layer);
  moveTo("head", head);
  s.tiles[place(s)]?.focus({ preventScroll: false });
}

function tile(s, at, k) {
  const off = s.d.off.some(([layer, head]) => layer === at[0] && head === at[1]), caption = s.d.captions[k] ?? "";
  const canvas = make("canvas", { "aria-hidden": "true" });
  const text = [called(s, at), caption, off ? s.d.words.head_off : ""].filter(Boolean).join(", ");
  const node = make("button", { type: "button", class: `tile${off ? " off" : ""}`, role: "radio", title: text, "aria-label": text,
    onclick: () => choose(s, k) }, canvas, make("span", { class: "name quiet" }, `${at[0] + 1}·${at[1] + 1}`));
  if (caption) node.append(make("span", { class: "name" }, caption));
  return node;
}

function mark(s) {
  const chosen = place(s);
  s.tiles.forEach((node, k) => {
    node.classList.toggle("chosen", k === chosen);
    node.setAttribute("aria-checked", String(k === chosen));
    node.tabIndex = k === Math.max(chosen, 0) ? 0 : -1;
  });
}

/** How many maps stand beside each other: a layer's heads, or fewer where they would be too small. */
function across(s) {
  const heads = s.d.shape[1], width = s.stage.clientWidth || 600;
  let n = s.d.is_sorted ? Math.max(heads, 6) : heads;
  while (n > 3 && width / n < NARROW + 12) n = Math.ceil(n / 2);
  return n;
}

function arrange(s) {
  s.stage.style.gridTemplateColumns = `repeat(${across(s)}, minmax(0, 1fr))`;
}

function draw(s) {
  const look = theme(s.root);
  if (look.key === s.look && s.painted === s.bytes) return;
  const pixels = [...shades("prob", look).map((shade) => shade.pixel)];
  s.tiles.forEach((node, k) => paint(s, node.querySelector("canvas"), s.d.order[k], pixels));
  Object.assign(s, { look: look.key, painted: s.bytes });
}

function build(root) {
  const s = { tiles: [], undo: [], layer: 0, head: 0 };
  s.stage = make("div", { class: "tiles", role: "radiogroup", "aria-describedby": "help" });
  s.stage.addEventListener("keydown", (event) => pressed(s, event));
  root.replaceChildren(s.stage, ...footer(s));
  return s;
}

function pressed(s, event) {
  const n = across(s), moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -n, ArrowDown: n };
  if (!Object.hasOwn(moves, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  const to = place(s) + moves[event.key];
  if (to >= 0 && to < s.tiles.length) choose(s, to);
}

function load(s, d) {
  s.d = d;
  s.levels = levels(d);
  s.tiles = d.order.map((at, k) => tile(s, at, k));
  s.stage.replaceChildren(...s.tiles);
  s.layer = declare("layer", d.cursors.layer, Math.max(...d.layers) + 1);
  s.head = declare("head", d.cursors.head, d.shape[1]);
}

function listen(s) {
  subscribe(s, (dim, index) => {
    if (dim !== "layer" && dim !== "head") return;
    s[dim] = index;
    mark(s);
  });
  watchSize(s, s.root, () => arrange(s));
}

function render(s) {
  describe(s, s.d.words.heads, s.d.words.heads_help);
  s.stage.removeAttribute("aria-roledescription");
  arrange(s);
  mark(s);
  draw(s);
}

export default function (component) {
  return mounted(component, { build, load, listen, render });
}
