// Letters as chips; moves the shared cursor of its dim with buttons, keys and time, all in the browser.

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────

/** "Step 3 of 7: t. Spanish 41 %" */
function sentence(s) {
  const { words, labels, captions, flips } = s.d, k = s.at;
  const parts = [fill(words.step_of, { step: k + 1, steps: labels.length, label: visible(labels[k]) })];
  if (captions.length) parts.push(captions[k].replace(/\n/g, " "));
  if (flips.includes(k)) parts.push(words.flip);
  return parts.join(". ");
}

function chip(s, k) {
  const { d } = s, flip = d.flips.includes(k), [first, second] = (d.captions[k] ?? "").split("\n");
  const strength = d.strengths.length ? make("i", { class: "strength" }) : null;
  strength?.style.setProperty("--share", String(clamp(d.strengths[k], 0, 1)));
  return make("button", { type: "button", class: `chip${flip ? " flip" : ""}`, tabindex: -1, onclick: () => go(s, k), onkeydown: (event) => press(s, event, true) },
    make("span", { class: "letter" }, visible(d.labels[k])),
    d.captions.length ? make("span", { class: "captions" }, make("span", { class: "caption" }, first), second ? make("span", { class: "caption quiet" }, second) : null) : null,
    strength,
    flip ? make("span", { class: "heard" }, d.words.flip) : null);
}

function drawChips(s) {
  const { d } = s;
  s.chips = d.labels.map((_, k) => chip(s, k));
  s.row.replaceChildren(...s.chips);
  s.root.classList.toggle("plain", !d.captions.length);
  s.row.setAttribute("aria-label", d.alt);
  s.key.hidden = !d.flips.length;
  s.key.textContent = d.words.flip ?? "";
}

/** Mark the current chip, keep it in sight, say where we are. */
function drawAt(s, told) {
  s.chips.forEach((node, k) => {
    const here = k === s.at;
    node.classList.toggle("here", here);
    node.classList.toggle("ahead", k > s.at);
    node.tabIndex = here ? 0 : -1;
    if (here) node.setAttribute("aria-current", "step");
    else node.removeAttribute("aria-current");
  });
  const node = s.chips[s.at], box = s.box;
  const left = node.offsetLeft - box.clientWidth / 2 + node.offsetWidth / 2;
  if (box.scrollWidth > box.clientWidth) box.scrollTo({ left, behavior: calm() || !told ? "auto" : "smooth" });
  if (s.chips.includes(s.root.getRootNode().activeElement)) node.focus({ preventScroll: true });
  drawStep(s);
  if (told) s.live.textContent = sentence(s);
}

// ── a look: where the mouse rests, everything on the page shows that place; the choice and the address stay ──────────

const REST = 80; // milliseconds the mouse rests before a look begins

/** Tell the page that the cursor stands at an index, and nothing more. */
function point(s, cursor, index) {
  Object.assign(cursor, { index, told: index });
  s.pointing = true;
  window.dispatchEvent(new CustomEvent(MOVED, { detail: { dim: s.dim, index, byUser: false } }));
  s.pointing = false;
  s.chips.forEach((node, k) => node.classList.toggle("looked", Boolean(s.look) && k === index));
}

function look(s, k) {
  const cursor = cursorOf(s.dim);
  if (s.timer || (s.look ? s.look.k : cursor.index) === k) return;
  if (!s.look) {
    if (cursors().timer) writeUrl(); // what was chosen a moment ago
    s.look = { cursor, chosen: cursor.index, param: cursor.param };
    cursor.param = null; // the address keeps what is chosen
  }
  s.look.k = k;
  point(s, cursor, k);
}

/** End the look, tell nobody; returns the cursor if there was one. */
function forget(s) {
  clearTimeout(s.resting);
  if (!s.look) return null;
  const { cursor, chosen, param } = s.look;
  s.look = null;
  return Object.assign(cursor, { index: chosen, told: chosen, param });
}

/** Show again what is chosen. */
function lookBack(s) {
  const cursor = forget(s);
  if (cursor) point(s, cursor, cursor.index);
}

/** The mouse moved over the row: the first look waits until it rests. (Moving: what slides under a mouse that lies still is not meant.) */
function hovered(s, event) {
  const k = s.chips.indexOf(event.target.closest(".chip"));
  if (!s.d.hover || event.pointerType !== "mouse" || event.buttons || k < 0) return;
  clearTimeout(s.resting);
  if (s.look) look(s, k);
  else s.resting = setTimeout(() => look(s, k), REST);
}

/** Looks begin and end with the mouse; a key or a click ends one before it acts. */
function hearMouse(s) {
  const back = () => lookBack(s);
  s.row.addEventListener("pointermove", (event) => hovered(s, event));
  s.row.addEventListener("pointerleave", back);
  for (const [node, kind] of [[s.root, "click"], [window, "keydown"], [window, "blur"]]) {
    node.addEventListener(kind, back, true);
    s.undo.push(() => node.removeEventListener(kind, back, true));
  }
  s.undo.push(() => forget(s));
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

function build(root) {
  const s = { at: 0, steps: 1, undo: [] };
  s.key = make("span", { class: "key" });
  s.row = make("div", { class: "row", role: "group" });
  s.box = make("div", { class: "box" }, s.row);
  s.live = make("div", { class: "heard", "aria-live": "polite" });
  root.replaceChildren(edged(s, s.box), playBar(s, s.key), s.live);
  return s;
}

function listen(s) {
  hearKeys(s);
  hearMouse(s);
  subscribe(s, (dim, index, byUser) => {
    if (dim !== s.dim || s.pointing) return;
    if (s.look) { s.look.chosen = index; lookBack(s); } // something else moved it
    s.at = clamp(index, 0, last(s));
    drawAt(s, byUser);
  });
  watchSize(s, s.root, () => drawAt(s, false));
}

export default function ({ data, parentElement }) {
  const s = instance(parentElement, build);
  if (s.bytes !== data) {
    if (s.d) lookBack(s);
    s.bytes = data;
    s.d = unpack(data);
    Object.assign(s, { dim: s.d.dim, steps: s.d.labels.length });
    stop(s);
    cursors().owner ??= s;
    drawChips(s); // before the cursor moves: the listener below marks one of them
    s.at = declare(s.dim, s.d.cursors[s.dim], s.steps);
  }
  if (!s.listening) { listen(s); s.listening = true; }
  drawPlay(s);
  drawAt(s, false);
  return s.cleanup;
}
