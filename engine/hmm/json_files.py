"""Hidden Markov models as JSON: read with every check that a stranger's file needs, written in one canonical form."""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from engine.errors import N_, InputError
from engine.hmm.model import HMM

FOLDER = Path(__file__).resolve().parents[2] / "data" / "hmm"
FIELDS = ("S", "V", "pi", "A", "B")
MAX_STATES, MAX_SYMBOLS, MAX_BYTES, LONGEST_NAME = 256, 20_000, 20_000_000, 60
DIGITS = 12  # of a written probability


def dumps(model: HMM, indent: int | None = None) -> str:
    """The model as JSON with the fields S, V, pi, A, B; the same model gives the same text."""
    tables = {name: _rounded(getattr(model, name).tolist()) for name in ("pi", "A", "B")}
    whole = {"S": list(model.S), "V": list(model.V), **tables}
    if indent is None:
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    rows = (f'"{name}": {_lines(value)}' for name, value in whole.items())
    return "{\n " + ",\n ".join(rows) + "\n}\n"


def _rounded(values: list) -> list:
    return [_rounded(value) if isinstance(value, list) else round(value, DIGITS) for value in values]


def _lines(value: list) -> str:
    """One row of a table a line."""
    if value and isinstance(value[0], list):
        return "[\n  " + ",\n  ".join(map(_lines, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def loads(text: str | bytes) -> HMM:
    """The model of a JSON text. Raises InputError with place and reason for whatever is none."""
    if len(text) > MAX_BYTES:
        raise InputError("The model has {n:,} bytes, more than {limit:,}.", n=len(text), limit=MAX_BYTES)
    try:
        raw = json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise InputError("The model is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise InputError("This is not JSON: line {line}, column {column}.", line=error.lineno,
                         column=error.colno) from error  # fmt: skip
    except InputError:
        raise
    except (RecursionError, ValueError) as error:
        raise InputError("This is not JSON that holds a model.") from error
    return _model(raw)


def _no_constant(name: str) -> None:
    raise InputError("The model holds {value}, which is no probability.", value=name)


def _model(raw: object) -> HMM:
    if not isinstance(raw, dict):
        raise InputError("A model is a JSON object with the fields S, V, pi, A and B.")
    missing = [name for name in FIELDS if name not in raw]
    if missing:
        raise InputError("The model lacks {fields}.", fields=", ".join(missing))
    S, V = _words(raw, "S", MAX_STATES), _words(raw, "V", MAX_SYMBOLS)
    _row("pi", raw["pi"], len(S))
    for name, width in (("A", len(S)), ("B", len(V))):
        rows = raw[name]
        if not isinstance(rows, list) or len(rows) != len(S):
            raise InputError("{name} needs one row for each of the {n} states.", name=name, n=len(S))
        for state, row in zip(S, rows, strict=True):
            _row(f"{name}[{state}]", row, width)
    return HMM(S, V, raw["pi"], raw["A"], raw["B"])


def _words(raw: dict, name: str, most: int) -> list[str]:
    words = raw[name]
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise InputError("{name} is not a list of names.", name=name)
    if len(words) > most:
        raise InputError("{name} has {n:,} names, more than {limit:,}.", name=name, n=len(words), limit=most)
    for at, word in enumerate(words):
        if not word.strip() or len(word) > LONGEST_NAME or not word.isprintable():
            raise InputError("Name {n} of {name} is empty, longer than {limit} characters or not printable.",
                             n=at + 1, name=name, limit=LONGEST_NAME)  # fmt: skip
    return words


def _row(name: str, row: object, width: int) -> None:
    if not isinstance(row, list):
        raise InputError("{name} is not a list of numbers.", name=name)
    if len(row) != width:
        raise InputError("{name} has {n} numbers, not {width}.", name=name, n=len(row), width=width)
    for at, value in enumerate(row):
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e6:
            raise InputError("Number {n} of {name} is {value}, which is no probability.",
                             n=at + 1, name=name, value=repr(value)[:30])  # fmt: skip


class Preset(NamedTuple):
    """A model of data/hmm; `title` and `about` are English message ids, `example` an observed sequence.

    kind: "table" for a model that can be edited as a whole, "text" for one whose symbols are characters of a text.
    """

    name: str
    title: str
    about: str
    model: HMM
    example: tuple[str, ...]
    kind: str = "table"


_TEXTS = {  # name: title, what it is
    "weather": (
        N_("Weather and a friend"),
        N_("A friend walks, shops or cleans; you only hear which of them, and infer the weather."),
    ),
    "clouds": (
        N_("Clouds and weather"),
        N_("The lecture's example: you watch the clouds and ask for the weather behind them."),
    ),
    "casino": (
        N_("The dishonest casino"),
        N_("A fair die is now and then swapped for one that shows six half of the time."),
    ),
    "urns": (N_("Two urns"), N_("Somebody changes between two urns and draws coloured balls from them.")),
    "trellis": (N_("Four states"), N_("The lecture's trellis: four states that mostly move on, four symbols.")),
    "letters": (
        N_("Vowels and consonants"),
        N_("Two states that sorted the letters of names by themselves: Baum–Welch, no labels."),
    ),
    "tagger": (N_("Toy tagger"), N_("Determiner, adjective, noun and verb as the hidden states of a few words.")),
    "jieba": (
        N_("jieba's B/M/E/S"),
        N_("Chinese word segmentation as shipped in jieba, each row scaled to sum to 1; 14,631 characters."),
    ),
}


def presets() -> tuple[str, ...]:
    """The names of all presets."""
    return tuple(_TEXTS)


@cache
def preset(name: str) -> Preset:
    """A preset by name. Raises InputError for an unknown one."""
    if name not in _TEXTS:
        raise InputError("There is no model called {name}.", name=name[:LONGEST_NAME])
    if name == "jieba":
        from engine import segment

        return Preset(name, *_TEXTS[name], segment.model(), tuple("研究生命的起源"), "text")
    raw = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return Preset(name, *_TEXTS[name], _model(raw), tuple(raw["example"]))
