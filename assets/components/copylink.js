// A button that copies the page's exact address.

/** The address as it stands, with the parameters of the header where it has none of that name. */
function address(s) {
  writeUrl();
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(s.d.params)) if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  return url.href;
}

/** Without a clipboard (plain http on a local network) the address is shown selected, to be copied by hand. */
function byHand(s, text) {
  s.field.value = text;
  s.field.hidden = false;
  s.field.select();
  try { return document.execCommand("copy"); } catch { return false; }
}

async function copy(s) {
  const text = address(s);
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    done = byHand(s, text);
  }
  if (done) s.field.hidden = true;
  const said = s.d.words[done ? "copied" : "copy_by_hand"];
  s.button.lastChild.textContent = done ? said : s.d.words.copy_link;
  s.live.textContent = "";
  requestAnimationFrame(() => (s.live.textContent = said));
  clearTimeout(s.timer);
  s.timer = setTimeout(() => (s.button.lastChild.textContent = s.d.words.copy_link), 2500);
  if (done) s.button.focus({ preventScroll: true });
}

function build(root) {
  const s = {};
  const path = make("path", { d: "M10 14a4 4 0 0 0 5.7 0l3.6-3.6a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.6 3.6a4 4 0 0 0 5.7 5.7L12 17.7", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" });
  s.button = make("button", { type: "button", class: "copy", onclick: () => copy(s) }, make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, path), make("span"));
  s.field = make("input", { type: "text", readonly: "", hidden: "" });
  s.live = make("div", { class: "heard", role: "status" });
  root.replaceChildren(s.button, s.field, s.live);
  s.undo = [() => clearTimeout(s.timer)];
  return s;
}

// On a phone the sidebar covers the page: once a page is chosen in it, it closes.
const NARROW = 768, CHOSEN = '[data-testid="stSidebar"] [data-testid="stPageLink-NavLink"]';
if (!window.unrolledSidebar) {
  window.unrolledSidebar = true;
  document.addEventListener("click", (event) => {
    if (innerWidth >= NARROW || !event.target.closest?.(CHOSEN)) return;
    setTimeout(() => document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click(), 50);
  });
}

export default function ({ data, parentElement }) {
  const s = instance(parentElement, build);
  s.d = unpack(data);
  s.button.lastChild.textContent = s.d.words.copy_link;
  s.field.setAttribute("aria-label", s.d.words.copy_by_hand);
  return s.cleanup;
}
