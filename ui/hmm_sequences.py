"""Sequences to learn from: drawn from the model, observed, typed, uploaded, or the letters of the shipped names."""

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from engine import readers
from engine.errors import N_, InputError
from engine.hmm import letters
from engine.readers import BadRow
from engine.readers.base import bad_row, shorten
from ui import choices, runs_hmm, uploads
from ui.hmm_observations import labels, observations, parse, spelled
from ui.language import lang, t
from ui.page import plain

MOST_SEQUENCES, LONGEST, MOST_OBSERVED = 2000, 2000, 20_000
MOST_SYMBOLS, MOST_STATES = 60, 8
NAMES = 600  # shipped names that the page learns from
TYPED = "typed.txt"
_MOST_TYPED = 100_000
SOURCES = {
    "sampled": N_("Sampled"), "observed": N_("The observed one"), "typed": N_("Typed"), "file": N_("From a file"),
    "names": N_("Letters of names"),
}  # fmt: skip

UNKNOWN = N_("Observation {n}, {symbol}, is not in V.")
TOO_LONG = N_("Longer than {limit:,} observations ({n:,}).")


class Given(NamedTuple):
    """Training sequences as positions in V; `digest` names them for the caches, `known` says that the model of the
    bar has made them.
    """

    digest: str
    V: tuple[str, ...]
    sequences: list[tuple[int, ...]]
    known: bool = False


class Read(NamedTuple):
    """What was read of a text: the sequences, the lines left out, and how many usable ones were beyond the limits."""

    V: tuple[str, ...]
    sequences: list[tuple[int, ...]]
    bad: list[BadRow]
    beyond: int


def source(key: str) -> str:
    """The choice where the sequences come from; the letters of names only for a model of letters."""
    V = runs_hmm.model(key).V
    options = {word: t(name) for word, name in SOURCES.items() if word != "names" or V == letters.V}
    first = "names" if V == letters.V else "sampled"
    return choices.one("bw_from", options, choices.box(st, t("Sequences"), width=190), first, link="from")


def numbers(kind: str) -> tuple[int, int, int]:
    """How many sequences are sampled, how long they are, and the seed; only what the source needs is asked."""
    if kind == "names":
        return _number(t("Names"), "bw_names", NAMES, 20, MOST_SEQUENCES, 20), 0, 0
    if kind != "sampled":
        return 0, 0, 0
    n = _number(t("Number"), "bw_n", 20, 1, 200)
    length = _number(t("Length"), "bw_length", 30, 2, 200)
    return n, length, _number(t("Seed"), "bw_draw", 0, 0, 10**6)


def _number(label: str, key: str, first: int, low: int, high: int, step: int = 1) -> int:
    value = st.number_input(
        label, low, high, first, step, key=key, bind="query-params", persist_state="session", width=88
    )
    return first if value is None else int(value)


def given(key: str, kind: str, numbers: tuple[int, int, int]) -> Given:
    """The sequences of the chosen source. Stops the page with a message where there are none."""
    V = runs_hmm.model(key).V
    if kind == "names":
        return Given(f"names:{numbers[0]}", V, runs_hmm.name_letters(numbers[0]))
    if kind == "sampled":
        n, length, seed = numbers
        n = min(n, MOST_OBSERVED // length)
        return Given(f"{key}:{n}:{length}:{seed}", V, runs_hmm.sampled(key, n, length, seed), True)
    if kind == "observed":
        O = observations(key)
        return Given(f"observed:{V}:{O}", V, [O])
    text = _typed(key) if kind == "typed" else _dropped()
    own = st.toggle(
        t("Symbols from the data"), key="bw_own", bind="query-params", persist_state="session",
        help=t("V becomes what occurs in the sequences; the number of states stays the model's."),
    )  # fmt: skip
    return _read(text, () if own else V)


def _text(name: str, blob: bytes) -> uploads.Source:
    return uploads.Source(name, blob, hashlib.sha256(blob).hexdigest())


def _typed(key: str) -> uploads.Source:
    V = labels(runs_hmm.model(key).V)
    example = "\n".join(spelled(O, V) for O in runs_hmm.sampled(key, 6, 12, 0))
    slot = f"bw_text_{hashlib.sha256(repr((key, lang())).encode()).hexdigest()[:8]}"
    text = st.text_area(
        t("Sequences, one a line"), example, key=slot, height=160, max_chars=_MOST_TYPED, persist_state="session",
        help=t("Symbols with spaces or commas between them; letters need none."),
    )  # fmt: skip
    return _text(TYPED, (text or "").encode("utf-8", "replace"))


def _keep() -> None:
    """Take the file out of the uploader, which forgets it at a page switch."""
    file = st.session_state.get("bw_upload")
    if file is not None:
        st.session_state["bw_file"] = _text(file.name, file.getvalue())


def _dropped() -> uploads.Source:
    st.file_uploader(
        t("Sequences, one a line: .txt .csv"), key="bw_upload", on_change=_keep,
        help=t("Up to {n:,} sequences with {m:,} observations in all, read in memory and never stored.",
               n=MOST_SEQUENCES, m=MOST_OBSERVED),
    )  # fmt: skip
    kept = st.session_state.get("bw_file")
    if kept is None:
        st.info(t("Drop a file with one sequence a line."), icon=":material/upload_file:")
        st.stop()
    st.caption(plain(kept.name[-80:]))
    return kept


def _read(text: uploads.Source, V: tuple[str, ...]) -> Given:
    shown = tuple(labels(V))
    try:
        found = runs_hmm.read_sequences(text.digest, text.name, V, shown, lambda: read(text.blob, text.name, V, shown))
    except InputError as error:
        uploads.fail(error)
        st.stop()
    uploads.left_out(found.bad)
    if found.beyond:
        st.caption(t("{n:,} sequences are used, {more:,} more are beyond the limit of {limit:,} observations.",
                     n=len(found.sequences), more=found.beyond, limit=MOST_OBSERVED))  # fmt: skip
    if not found.sequences:
        st.info(t("No line can be used. Symbols must be those of the model, or be taken from the data."),
                icon=":material/keyboard:")  # fmt: skip
        st.stop()
    return Given(f"{text.digest}:{','.join(found.V)}", found.V, found.sequences)


def read(blob: bytes, name: str, V: tuple[str, ...] = (), shown: Sequence[str] = ()) -> Read:
    """The sequences of a text, one a line; without V its symbols are those that occur, in the order of the alphabet.

    Raises InputError for a file that is no text, is too large, or holds more than `MOST_SYMBOLS` symbols.
    """
    if not blob.strip():
        return Read(V, [], [], 0)
    kind = readers.kind(blob, name)
    if kind not in ("txt", "csv", "tsv"):
        raise InputError("{file} is a .{kind} file; sequences are read from .txt and .csv.", file=shorten(name),
                         kind=kind)  # fmt: skip
    decoded = readers.decode(blob, name)
    broken = {row.line for row in decoded.bad}
    lines = [(n, line.replace('"', "").strip()) for n, line in enumerate(decoded.text.splitlines(), 1)]
    lines = [(n, line) for n, line in lines if line and n not in broken]
    if not V:
        V = shown = symbols([line for _, line in lines])
    return _sequences(lines, V, shown, name, list(decoded.bad))


def symbols(lines: Sequence[str]) -> tuple[str, ...]:
    """The symbols of lines: what stands between spaces or commas, or single characters where nothing is separated."""
    words = [[word for word in re.split(r"[\s,，、;；]+", line) if word] for line in lines]
    if all(len(row) == 1 for row in words):
        words = [list(row[0]) for row in words]
    found = sorted({word for row in words for word in row})
    if len(found) > MOST_SYMBOLS:
        raise InputError("The sequences hold {n:,} different symbols; this page learns up to {limit}.",
                         n=len(found), limit=MOST_SYMBOLS)  # fmt: skip
    return tuple(found)


def _sequences(lines: list[tuple[int, str]], V: tuple, shown: Sequence[str], name: str, bad: list[BadRow]) -> Read:
    sequences, total, beyond = [], 0, 0
    for n, line in lines:
        found, unknown = parse(line[: 20 * LONGEST], V, shown)
        if unknown:
            bad.append(bad_row(name, n, UNKNOWN, line, n=unknown[0], symbol=shorten(unknown[1], 20)))
        elif len(found) > LONGEST:
            bad.append(bad_row(name, n, TOO_LONG, line, limit=LONGEST, n=len(found)))
        elif len(sequences) >= MOST_SEQUENCES or total + len(found) > MOST_OBSERVED:
            beyond += 1
        elif found:
            sequences.append(tuple(found))
            total += len(found)
    return Read(V, sequences, sorted(bad, key=lambda row: row.line), beyond)
