// A sentence to type: a list of words that fit, a menu of ready sentences, chips where a word is not known.

const PAUSE = 400; // milliseconds without a key until the sentence is sent
const OFFERS = 8, NEAR = 5;
const ENDS = /[\s.,;:!?"„“”«»()…]/; // what ends a word
const LETTER = /\p{L}/u;
const PEELED = [/^[„"“”«»'‚‘([]/, /[.,;:!?"“”«»'’)\]…]$/];

// ── words ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A text as it is sent: composed letters, single blanks. */
const neat = (text) => text.normalize("NFC").replace(/\s+/g, " ").trim();

const bare = (word) => word.toLowerCase().replace(/ß/g, "ss").normalize("NFD").replace(/\p{M}/gu, "");
const spelled = (word) => word.toLowerCase().replace(/ä/g, "ae").replace(/ö/g, "oe").replace(/ü/g, "ue").replace(/ß/g, "ss");

/** The vocabulary, ready for looking up: with its small, bare (schon) and spelled-out (schoen) forms. */
function lexicon(vocabulary) {
  return vocabulary.filter((word) => LETTER.test(word)).map((word) => ({ word, forms: [word.toLowerCase(), bare(word), spelled(word)] }));
}

const capital = (word) => word[0] !== word[0].toLowerCase();

/** How many letters must change to make one word the other; `most` + 1 where it is more. */
function distance(a, b, most) {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    if (Math.min(...next) > most) return most + 1;
    row = next;
  }
  return row[b.length];
}

/** Words that are spelled like this one, the nearest first. */
function near(s, word, n = NEAR) {
  const plain = bare(word), most = Math.max(1, Math.ceil(plain.length * 0.4));
  const low = word.toLowerCase();
  return s.lexicon.map((entry, place) => [entry.forms[2] === low ? 0 : distance(plain, entry.forms[1], most), place, entry.word])
    .filter(([far, , known]) => far <= most && known !== word).sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, n).map(([, , known]) => known);
}

/** The words that fit what is typed: {fit, sure}; sure: they begin with it. */
function fitting(s, typed, start) {
  const low = typed.toLowerCase(), wanted = start || capital(typed);
  const begins = [], holds = [];
  s.lexicon.forEach(({ word, forms }, place) => {
    const at = forms.findIndex((form) => form.startsWith(low));
    if (at >= 0) begins.push([at > 0 ? 1 : 0, capital(word) === wanted ? 0 : 1, place, word]);
    else if (low.length > 1 && forms.some((form) => form.includes(low))) holds.push(word);
  });
  begins.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  const fit = [...begins.map((entry) => entry[3]), ...holds];
  if (fit.length) return { fit: fit.slice(0, OFFERS), sure: begins.length > 0 };
  return { fit: typed.length > 2 ? near(s, typed, OFFERS) : [], sure: false };
}

const known = (s, word) => s.known.has(s.d.lower ? word.toLowerCase() : word);

/** The sentence's words and marks with their places: [{word, from, to}]. */
function cut(s, text) {
  const found = [];
  for (const match of text.matchAll(/\S+/g)) {
    let [from, to] = [match.index, match.index + match[0].length];
    const after = [];
    const whole = () => text.slice(from, to);
    while (to - from > 1 && !known(s, whole()) && PEELED[0].test(whole())) found.push({ word: text[from], from, to: ++from });
    while (to - from > 1 && !known(s, whole()) && PEELED[1].test(whole())) after.unshift({ word: text[to - 1], from: to - 1, to: to-- });
    found.push({ word: whole(), from, to }, ...after);
  }
  return found;
}

/** The word at the caret: {from, to, typed: its letters before the caret}. */
function wordAt(text, caret) {
  let [from, to] = [caret, caret];
  while (from > 0 && !ENDS.test(text[from - 1])) from--;
  while (to < text.length && !ENDS.test(text[to])) to++;
  return { from, to, typed: text.slice(from, caret) };
}

// ── what is sent ────────────────────────────────────────────────────────────────────────────────────────────

/** What a box held last, kept while pages change: Python's number and text, and what was sent since. */
const memory = (s) => ((window.unrolledPhrase ??= {})[s.d.param ?? ""] ??= {});

/** The address holds the sentence that was sent last. */
function link(s, text) {
  if (s.d.param === null) return;
  const url = new URL(location.href);
  if (text === s.d.first) url.searchParams.delete(s.d.param);
  else url.searchParams.set(s.d.param, text);
  if (url.href !== location.href) history.replaceState(history.state, "", url.href);
}

/** Why a sentence cannot be sent, or nothing. */
function tooMuch(s, text) {
  const n = text ? text.split(" ").length : 0;
  if (text.length > s.d.longest) return fill(s.d.words.phrase_long, { n: text.length, most: s.d.longest });
  return n > s.d.most ? fill(s.d.words.phrase_many, { n, most: s.d.most }) : "";
}

function judge(s) {
  const wrong = tooMuch(s, neat(s.input.value));
  if (s.note.textContent !== wrong) s.note.textContent = wrong;
  s.note.hidden = !wrong;
  s.input.setAttribute("aria-invalid", wrong ? "true" : "false");
  return !wrong;
}

function send(s) {
  clearTimeout(s.timer);
  s.timer = 0;
  drawChips(s);
  const text = neat(s.input.value);
  if (!judge(s) || text === s.sent) return;
  s.sent = text;
  memory(s).now = text;
  link(s, text);
  s.say({ text });
}

function sendSoon(s) {
  clearTimeout(s.timer);
  s.timer = setTimeout(() => send(s), PAUSE);
}

/** Put a word in the place of letters, so that undo takes it back. */
function put(s, from, to, word) {
  const quiet = matchMedia("(pointer: coarse)").matches && s.root.getRootNode().activeElement !== s.input; // no keyboard pops up
  if (quiet) {
    s.input.setRangeText(word, from, to, "end");
    return sendSoon(s);
  }
  s.input.focus({ preventScroll: true });
  s.input.setSelectionRange(from, to);
  s.putting = true;
  if (!document.execCommand("insertText", false, word)) s.input.setRangeText(word, from, to, "end");
  s.putting = false;
  sendSoon(s);
}

// ── the list of words ───────────────────────────────────────────────────────────────────────────────────────

/** How far right of the box's edge the word begins that is being typed. */
function indent(s) {
  const style = getComputedStyle(s.input);
  ruler ??= document.createElement("canvas").getContext("2d");
  ruler.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  return Math.max(0, ruler.measureText(s.input.value.slice(0, s.at.from)).width - s.input.scrollLeft);
}
let ruler;

/** Place what pops up below its anchor, above it where there is more room. */
function place(box, anchor, width, right = 0) {
  const at = anchor.getBoundingClientRect(), gap = 4, edge = 8;
  box.style.minWidth = `${Math.min(width, innerWidth - 2 * edge)}px`;
  const view = window.visualViewport?.height ?? innerHeight, below = view - at.bottom - gap - edge, above = at.top - gap - edge;
  const up = below < Math.min(box.scrollHeight, 180) && above > below;
  box.style.maxHeight = `${Math.max(96, up ? above : below)}px`;
  box.style.left = `${clamp(at.left + right, edge, Math.max(edge, innerWidth - box.offsetWidth - edge))}px`;
  box.style.top = `${up ? at.top - gap - box.offsetHeight : at.bottom + gap}px`;
}

const listed = (s) => s.list.matches(":popover-open");

function hideList(s) {
  if (listed(s)) s.list.hidePopover();
  s.input.setAttribute("aria-expanded", "false");
  s.input.removeAttribute("aria-activedescendant");
  s.active = -1;
  s.sure = false;
}

function mark(s, k, told = true) {
  s.active = k;
  s.options.forEach((node, at) => node.setAttribute("aria-selected", at === k ? "true" : "false"));
  if (k < 0) return s.input.removeAttribute("aria-activedescendant");
  s.input.setAttribute("aria-activedescendant", `option${k}`);
  if (told) s.options[k].scrollIntoView({ block: "nearest" });
}

function option(s, word, k) {
  const low = s.at.typed.toLowerCase(), same = word.toLowerCase().startsWith(low) ? low.length : 0;
  return make("div", { class: "option", role: "option", id: `option${k}`, lang: "de", "aria-selected": "false", onclick: () => accept(s, k) },
    same ? make("b", {}, word.slice(0, same)) : null, word.slice(same));
}

/** Offer words for the letters before the caret. */
function offer(s) {
  const { input } = s, text = input.value;
  s.at = wordAt(text, input.selectionStart);
  const start = !text.slice(0, s.at.from).trim(), whole = text.slice(s.at.from, s.at.to);
  const found = s.at.typed && input.selectionStart === input.selectionEnd ? fitting(s, s.at.typed, start) : { fit: [] };
  s.offered = found.fit.filter((word) => word !== whole);
  if (!s.offered.length) { s.live.textContent = ""; return hideList(s); }
  s.options = s.offered.map((word, k) => option(s, word, k));
  s.list.replaceChildren(...s.options);
  if (!listed(s)) s.list.showPopover();
  input.setAttribute("aria-expanded", "true");
  place(s.list, input, 160, indent(s));
  s.list.scrollTop = 0;
  mark(s, -1, false); // Enter sends what was typed, until an arrow has chosen; Tab takes the first that surely fits
  s.sure = found.sure && !known(s, whole);
  s.options[0].classList.toggle("next", s.sure);
  s.live.textContent = fill(s.d.words.phrase_offers, { n: s.offered.length });
}

function accept(s, k) {
  const word = s.offered[k], { from, to } = s.at, text = s.input.value;
  hideList(s);
  put(s, from, to, to === text.length ? `${word} ` : word);
  s.live.textContent = word;
}

/** Keys of the box; the page hears none of them. */
function press(s, event) {
  event.stopPropagation();
  if (event.isComposing || event.keyCode === 229) return;
  const open = listed(s), size = s.offered.length, plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const acts = {
    ArrowDown: () => { if (!open) { offer(s); return listed(s) && mark(s, 0); } mark(s, s.active + 1 < size ? s.active + 1 : 0); },
    ArrowUp: () => { if (open) mark(s, s.active > 0 ? s.active - 1 : size - 1); },
    Enter: () => { if (open && s.active >= 0) return accept(s, s.active); hideList(s); send(s); },
  };
  if (open && (s.active >= 0 || s.sure) && !event.shiftKey) acts.Tab = () => accept(s, Math.max(s.active, 0));
  if (open) acts.Escape = () => hideList(s);
  if (!plain || !Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  acts[event.key]();
}

function typed(s, event) {
  if (event.isComposing || s.putting) return;
  judge(s);
  offer(s);
  sendSoon(s);
}

// ── the menu of examples or near words ──────────────────────────────────────────────────────────────────────

/** Open the menu at a button: what it is called, its texts, what a choice does, what it says where it is empty. */
function openMenu(s, button, title, texts, choose, empty) {
  if (s.shut === button) { s.shut = null; return; } // this very click has closed it
  const items = texts.map((text, k) => make("button", { type: "button", role: "menuitem", class: "option", lang: "de", tabindex: k ? -1 : 0,
    onclick: () => { s.menu.hidePopover(); choose(text); } }, text));
  s.menu.setAttribute("aria-label", title);
  s.menu.replaceChildren(...(items.length ? items : [make("button", { type: "button", role: "menuitem", class: "option quiet", onclick: () => s.menu.hidePopover() }, empty)]));
  s.opener = button;
  s.menu.showPopover();
  button.setAttribute("aria-expanded", "true");
  place(s.menu, button, 120);
  s.menu.firstChild.focus({ preventScroll: true });
}

/** A button of the menu is pressed with the mouse: the browser closes the menu before the click comes. */
const pressed = (s, event) => (s.shut = s.menu.matches(":popover-open") && s.opener === event.currentTarget ? s.opener : null);

function pressMenu(s, event) {
  event.stopPropagation();
  const items = [...s.menu.children], at = items.indexOf(event.target);
  const to = { ArrowDown: (at + 1) % items.length, ArrowUp: (at + items.length - 1) % items.length, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab" || event.key === "Escape") {
    const opener = s.opener;
    s.menu.hidePopover();
    opener.focus({ preventScroll: true });
    event.preventDefault();
  } else if (to !== undefined) {
    event.preventDefault();
    items[to].focus();
  }
}

/** A ready sentence goes in whole and is sent at once. */
function example(s, text) {
  put(s, 0, s.input.value.length, text);
  hideList(s);
  send(s);
}

// ── chips ───────────────────────────────────────────────────────────────────────────────────────────────────

function chip(s, { word, from, to }) {
  if (known(s, word)) return make("span", { class: "chip" }, word);
  const { phrase_unknown, phrase_near, phrase_none } = s.d.words;
  const swap = (other) => { put(s, from, to, other); send(s); };
  const node = make("button", { type: "button", class: "chip unknown", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": fill(phrase_unknown, { word }),
    title: fill(phrase_unknown, { word }), onpointerdown: (event) => pressed(s, event), onclick: () => openMenu(s, node, fill(phrase_near, { word }), near(s, word), swap, phrase_none) }, word);
  return node;
}

/** The sentence as chips where a word of it is not in the vocabulary. */
function drawChips(s) {
  const tokens = s.d.vocabulary.length ? cut(s, s.input.value).slice(0, 2 * s.d.most) : [];
  const show = tokens.some(({ word }) => !known(s, word)), text = show ? s.input.value : "";
  s.chips.hidden = !show;
  if (text === s.chipped) return;
  s.chipped = text;
  s.chips.replaceChildren(...(show ? tokens.map((each) => chip(s, each)) : []));
}

// ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

function buildInput(s) {
  s.input = make("input", { type: "text", id: "text", class: "text", role: "combobox", lang: "de", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "list",
    "aria-describedby": "note", autocomplete: "off", autocorrect: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "send", maxlength: 3000,
    oninput: (event) => typed(s, event), onkeydown: (event) => press(s, event), onkeyup: (event) => event.stopPropagation(), onkeypress: (event) => event.stopPropagation(),
    onblur: () => { hideList(s); if (s.timer) send(s); }, onclick: () => hideList(s),
    oncompositionend: () => { judge(s); offer(s); sendSoon(s); }, oncompositionstart: () => { clearTimeout(s.timer); s.timer = 0; } });
}

function build(root) {
  const s = { offered: [], options: [], active: -1, sure: false, timer: 0 };
  buildInput(s);
  s.label = make("label", { for: "text", class: "label" });
  s.examples = make("button", { type: "button", class: "examples", "aria-haspopup": "menu", "aria-expanded": "false", onpointerdown: (event) => pressed(s, event),
    onclick: () => openMenu(s, s.examples, s.d.words.phrase_examples, s.d.examples, (text) => example(s, text), "") });
  s.list = make("div", { class: "pop", role: "listbox", id: "list", popover: "manual", onpointerdown: (event) => event.preventDefault() });
  s.menu = make("div", { class: "pop", role: "menu", popover: "auto", onkeydown: (event) => pressMenu(s, event), ontoggle: (event) => {
    if (event.newState === "closed") s.opener.setAttribute("aria-expanded", "false");
  } });
  s.note = make("p", { class: "wrong", id: "note", role: "alert", hidden: "" });
  s.chips = make("div", { class: "chips", role: "group", hidden: "" });
  s.live = make("div", { class: "heard", "aria-live": "polite" });
  root.replaceChildren(s.label, make("div", { class: "line" }, s.input, s.examples), s.note, s.chips, s.list, s.menu, s.live);
  const move = () => { if (listed(s)) place(s.list, s.input, 160, indent(s)); };
  window.addEventListener("scroll", move, true);
  s.undo = [() => clearTimeout(s.timer), () => window.removeEventListener("scroll", move, true)];
  return s;
}

/** What Python says: its text only where its number is new; else what was sent since stays. */
function load(s) {
  const { d } = s, kept = memory(s), same = kept.serial === d.serial && kept.text === d.text;
  s.lexicon = lexicon(d.vocabulary);
  s.known = new Set(d.vocabulary);
  if (!same) Object.assign(kept, { serial: d.serial, text: d.text, now: d.text });
  const text = kept.now;
  if (s.sent === undefined || (!same && neat(s.input.value) !== text)) {
    clearTimeout(s.timer);
    s.timer = 0;
    s.input.value = text;
  }
  if (s.sent === undefined || !same) s.sent = text;
  link(s, s.sent);
}

function name(s) {
  const { d } = s;
  s.label.textContent = d.alt;
  s.input.placeholder = d.placeholder;
  s.examples.textContent = d.words.phrase_examples;
  s.examples.hidden = !d.examples.length;
  s.list.setAttribute("aria-label", d.words.phrase_list);
  s.chips.setAttribute("aria-label", d.words.phrase_chips);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const s = instance(parentElement, build);
  s.say = (what) => setTriggerValue("say", what);
  if (s.bytes !== data) {
    s.bytes = data;
    s.d = unpack(data);
    load(s);
    name(s);
    s.chipped = undefined;
    drawChips(s);
    judge(s);
  }
  return s.cleanup;
}
