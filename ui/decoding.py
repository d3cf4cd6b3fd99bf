"""Decoding: what is asked for — sentence, translator, search and its numbers, what is forced — and what is found."""

import math
from typing import NamedTuple

import streamlit as st
import xarray as xr

from engine import bleu, tokens
from engine.tokens import EOS
from engine.translation.files import Translator
from ui import decoding_force, decoding_link, lstm, runs_seq2seq, sentence, translators
from ui.language import N_, localise, t

EXAMPLES = (
    "Antwortet sie dem Koch?",
    "Heute Abend besuchen wir die Kirche, weil wir Zeit haben.",
    "Er weiß, dass der Baum nicht schön ist.",
    "Er lernt morgen ein Lied.",
    "Mein Bruder möchte am Sonntag mit dem Zug nach Berlin fahren.",
    "Ich bin Student.",
)
SEARCHES = {"beam": N_("beam"), "greedy": N_("greedy"), "sampling": N_("sampling")}
SOURCES = [
    "engine/search.py", "engine/search_beam.py", "engine/search_sample.py", "engine/search_rules.py",
    "engine/search_trace.py", "engine/search_step_trace.py", "engine/search_explain.py",
    "engine/search_step_explain.py",
]  # fmt: skip
LIMITS, FIRST_LIMIT, ENDLESS = (5, 60), 30, 40  # words at most; of a search that must not end
MOST_SEED = 10_000
NUMBERS = {  # of the link: lowest, highest
    "width": (1, 10), "alpha": (0.0, 2.0), "temperature": (0.05, 2.0), "top_k": (0, 50), "top_p": (0.05, 1.0),
    "draw": (0, MOST_SEED), "limit": LIMITS,
}  # fmt: skip


class Asked(NamedTuple):
    """Who translates what, by which search with which numbers, and what the user wishes."""

    name: str
    text: str
    words: tuple[str, ...]
    kind: str  # greedy | beam | sampling
    width: int = 3
    alpha: float = 0.0
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    seed: int = 0
    limit: int = FIRST_LIMIT
    never: bool = False
    forced: tuple[tuple[int, str], ...] = ()

    @property
    def translator(self) -> Translator:
        """The translator itself."""
        return runs_seq2seq.translator(self.name)

    @property
    def search(self) -> runs_seq2seq.Search:
        """What every search is given."""
        index = self.translator.target.index
        forced = tuple((step, index[word]) for step, word in self.forced)
        limit = min(self.limit, ENDLESS) if self.never else self.limit  # the time grows with it
        return runs_seq2seq.Search(self.name, self.words, limit, forced, (EOS,) if self.never else ())

    @property
    def free(self) -> "Asked":
        """The same without the user's wishes."""
        return self._replace(forced=(), never=False)


def asked() -> Asked | None:
    """All controls, and what the network does not know of the sentence; None where it sees no word."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with right:
        name = translators.picker(first=translators.PLAIN)
    own = runs_seq2seq.translator(name)
    with left:
        known = own.source.vocabulary if own.source.kind == "words" else ()
        text = sentence.box(known, EXAMPLES, t("German sentence"))
    words = sentence.words(text, own.source)
    sentence.say_unknown(words, own.source)
    if not words:
        st.info(t("The network sees no word in this."), icon=":material/keyboard:")
        return None
    decoding_force.afresh((name, text))
    return _search(Asked(name, text, tuple(words), "beam"))


def _search(ask: Asked) -> Asked:
    """The search, its numbers, and the wishes."""
    target, wrong = ask.translator.target, decoding_link.checked(NUMBERS, {"search": SEARCHES})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        ask = ask._replace(kind=lstm.buttons("decoding_search", t("Search"), SEARCHES, "beam", "search", "visible"))
        ask = {"beam": _beam, "sampling": _sampling}.get(ask.kind, lambda same: same)(ask)
        with st.popover(t("What if …"), icon=":material/alt_route:"):
            limit, never = _wishes(target)
    decoding_force.strange(target)
    forced = decoding_force.standing(target, limit, wrong)
    decoding_link.say(wrong)
    decoding_force.bar(forced)
    return ask._replace(limit=limit, never=never, forced=tuple(forced.items()))


def _wishes(target: tokens.Tokens) -> tuple[int, bool]:
    """How the translation is to begin; how many words at most, and whether the end is banned."""
    decoding_force.begin(target)
    limit = st.slider(t("At most … words"), *LIMITS, FIRST_LIMIT, key="limit", bind="query-params")
    never = st.toggle(
        t("What if it never says `<eos>`?"), key="never", bind="query-params",
        help=t("The end is banned: the search has to go on until the limit, of at most {n} words.", n=ENDLESS),
    )  # fmt: skip
    return int(limit), bool(never)


def _beam(ask: Asked) -> Asked:
    width = st.slider(t("Width of the beam"), 1, 10, 3, key="width", bind="query-params", width=160)
    alpha = st.slider(
        t("Length penalty α"), 0.0, 2.0, 0.0, 0.1, key="alpha", bind="query-params", width=160,
        help=t("0: long sentences lose, for every word costs. The larger α, the less a word costs."),
    )  # fmt: skip
    return ask._replace(width=int(width), alpha=round(float(alpha), 1))


def _sampling(ask: Asked) -> Asked:
    temperature = st.slider(t("Temperature T"), 0.05, 2.0, 1.0, 0.05, key="temperature", bind="query-params", width=150)
    top_k = st.slider(t("Top-k"), 0, 50, 0, key="top_k", bind="query-params", width=150, help=t("0: no limit"))
    top_p = st.slider(
        t("Top-p"), 0.05, 1.0, 0.9, 0.05, key="top_p", bind="query-params", width=150,
        help=t("The smallest set of likeliest words that together have at least this probability; 1: all."),
    )  # fmt: skip
    if "decoding_seed" in st.session_state:  # of a sample that was selected
        st.session_state["draw"] = st.session_state.pop("decoding_seed")
    seed = st.number_input(t("Seed"), 0, MOST_SEED, 0, key="draw", bind="query-params", width=120)
    return ask._replace(
        temperature=round(float(temperature), 2), top_k=int(top_k) or None, top_p=round(float(top_p), 2),
        seed=int(seed or 0),
    )  # fmt: skip


class Found(NamedTuple):
    """A translation: its steps (a greedy or sampled trace), the tree where there is one, its word ids."""

    steps: xr.Dataset
    tree: xr.Dataset | None

    @property
    def ids(self) -> tuple[int, ...]:
        """The words, `<eos>` included."""
        return tuple(self.steps.attrs["chosen_ids"])

    @property
    def log_prob(self) -> float:
        """Of all words."""
        return float(self.steps["total"].values[-1])

    @property
    def reason(self) -> str:
        """Why it stopped: eos or limit."""
        return self.steps.attrs["reason"]


def found(ask: Asked) -> Found:
    """What the search finds, in the session's language."""
    if ask.kind == "sampling":
        steps = runs_seq2seq.search_sample(ask.search, ask.temperature, ask.top_k, ask.top_p, ask.seed)
        return Found(localise(steps), None)
    if ask.kind == "greedy":
        return Found(localise(runs_seq2seq.search_greedy(ask.search)), None)
    tree = localise(runs_seq2seq.search_beam(ask.search, ask.width, ask.alpha, 2 if ask.never else 3))
    steps = runs_seq2seq.search_steps(ask.search, tree.attrs["results"][0].words)
    return Found(localise(steps), tree)


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────


def written(ask: Asked, ids: tuple[int, ...]) -> list[str]:
    """The words of ids without `<eos>` at the end."""
    return ask.translator.target.decode(ids[:-1] if ids and ids[-1] == EOS else ids)


def sentence_of(ask: Asked, ids: tuple[int, ...]) -> str:
    """The words as a text."""
    return ask.translator.target.join(written(ask, ids)) or "∅"


def score(ask: Asked, ids: tuple[int, ...], right: tuple[str, ...] | None) -> float | None:
    """BLEU against the grammar's translation, 0…100."""
    if right is None:
        return None
    own, said = ask.translator.target, written(ask, ids)
    cut = said if own.kind == "words" else tokens.words([own.join(said)], own.language)[0]
    return 100 * bleu.sentence(cut, [right])


def log(value: float, digits: int = 3) -> str:
    """A log-probability with a real minus sign."""
    return "−∞" if value == -math.inf else f"{value:.{digits}f}".replace("-", "−")


def share(p: float) -> str:
    """A probability in per cent."""
    if 0.9995 <= p < 1:
        return f"{p:.3%}"
    return f"{p:.1%}" if p >= 0.001 or p == 0 else f"{p:.1g}".replace("e-0", " · 10⁻").replace("e-", " · 10⁻")
