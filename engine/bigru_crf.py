"""A trained network of the field: jieba's segmenter and tagger of two bidirectional GRU layers and a CRF.

Read from the files of the installed package (`jieba/lac_small`, after Baidu's LAC), which is not imported. jieba hands
a text over as it is; `fold` replaces the characters whose row of the embedding was never trained (full-width marks,
capitals) by the form that was. Source of the network: jieba 0.42.1, MIT; the files of lac_small: PaddlePaddle Authors.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine import paddle_file
from engine.crf import CRF
from engine.errors import InputError

N_FEATURES, N_UNITS, N_LAYERS = 128, 128, 2
UNKNOWN = "OOV"  # the entry of the dictionary for what is not in it
BOUND = 0.1  # the embedding began at random numbers between -BOUND and BOUND
FOLDED = dict(zip("。、“”‘’…—【】「」『』", ".,\"\"''.-[]\"\"''", strict=True))  # what NFKC leaves alone


class GRU(NamedTuple):
    """One direction of one layer; columns of W_x and of both biases: u, r, c. `backward` reads from the last."""

    W_x: Float[Tensor, "input 3*unit"]
    b_x: Float[Tensor, "3*unit"]
    b_h: Float[Tensor, "3*unit"]
    W_ur: Float[Tensor, "unit 2*unit"]
    W_c: Float[Tensor, "unit unit"]
    backward: bool


class Step(NamedTuple):
    """Inner values of one step, each [batch, unit]: update gate, reset gate, candidate, state."""

    u: Tensor
    r: Tensor
    c: Tensor
    h: Tensor


class Network(NamedTuple):
    """The dictionary (character: row of the embedding), the tags, and all weights."""

    places: dict[str, int]
    tags: tuple[str, ...]
    embedding: Float[Tensor, "character feature"]
    layers: tuple[tuple[GRU, GRU], ...]
    W_o: Float[Tensor, "2*unit state"]
    b_o: Float[Tensor, "state"]
    crf: CRF
    trained: Bool[np.ndarray, "character"]


class Word(NamedTuple):
    """A word and its tag; white space around a sentence has the tag ""."""

    text: str
    tag: str


def step(gru: GRU, a: Float[Tensor, "batch 3*unit"], h: Float[Tensor, "batch unit"]) -> Step:
    """u, r = σ(a_u + h W_u), σ(a_r + h W_r); c = tanh(a_c + (r ⊙ h) W_c); h = (1 - u) ⊙ h + u ⊙ c, a = x W_x + b."""
    a_ur, a_c = a.split([2 * N_UNITS, N_UNITS], 1)
    u, r = torch.sigmoid(a_ur + h @ gru.W_ur).chunk(2, 1)
    c = torch.tanh(a_c + (r * h) @ gru.W_c)
    return Step(u, r, c, (1 - u) * h + u * c)


def scan(gru: GRU, x: Float[Tensor, "time batch input"], active: Sequence[int]) -> list[Step]:
    """The steps in the order of time; sequences are sorted by falling length, `active` of them at each time."""
    a = x @ gru.W_x + (gru.b_x + gru.b_h)
    h, steps = x.new_zeros(x.shape[1], N_UNITS), []
    for t in range(len(x))[:: -1 if gru.backward else 1]:
        steps.append(step(gru, a[t, : active[t]], h[: active[t]]))
        h[: active[t]] = steps[-1].h
    return steps[::-1] if gru.backward else steps


# ── the files ─────────────────────────────────────────────────────────────────────────────────────────────────────


def folder() -> Path:
    """Where the package has the network. Raises InputError without the package or without its folder."""
    found = find_spec("jieba")
    for place in (found.submodule_search_locations or []) if found else []:
        if (Path(place) / "lac_small").is_dir():
            return Path(place) / "lac_small"
    raise InputError("The network is not installed: the package jieba with its folder lac_small is missing.")


def _entries(path: Path) -> dict[str, int]:
    """A dictionary file, number TAB word a line, as {word: number}."""
    try:
        rows = [line.split("\t") for line in path.read_text("utf-8").split("\n")]
        return {row[1]: int(row[0]) for row in rows if len(row) == 2}
    except (OSError, ValueError) as error:
        raise InputError("{path} is missing or damaged.", path=path.name) from error


def load(where: Path | None = None, dtype: torch.dtype = torch.float32) -> Network:
    """The network of a folder, or the installed one. Raises InputError for files that are missing or damaged."""
    where = where or folder()
    places, tags = _entries(where / "word.dic"), _entries(where / "tag.dic")
    if UNKNOWN not in places or sorted(tags.values()) != list(range(len(tags))):
        raise InputError("{path} is missing or damaged.", path="tag.dic" if UNKNOWN in places else "word.dic")

    def tensor(name: str, *shape: int) -> Tensor:
        return torch.from_numpy(paddle_file.read(where / "model_baseline" / name, shape).astype(np.float64)).to(dtype)

    def gru(k: int) -> GRU:
        n, inputs = N_UNITS, N_FEATURES if k < 2 else 2 * N_UNITS
        W = tensor(f"gru_{k}.w_0", n, 3 * n).flatten()  # two matrices one after the other, whatever the shape says
        return GRU(
            tensor(f"fc_{k}.w_0", inputs, 3 * n), tensor(f"fc_{k}.b_0", 3 * n), tensor(f"gru_{k}.b_0", 1, 3 * n)[0],
            W[: 2 * n * n].view(n, 2 * n), W[2 * n * n :].view(n, n), backward=k % 2 == 1,
        )  # fmt: skip

    embedding = tensor("word_emb", max(places.values()) + 1, N_FEATURES)
    crf = tensor("crfw", len(tags) + 2, len(tags))
    return Network(
        places, tuple(sorted(tags, key=tags.get)), embedding, tuple((gru(k), gru(k + 1)) for k in (0, 2)),
        tensor("fc_4.w_0", 2 * N_UNITS, len(tags)), tensor("fc_4.b_0", len(tags)), CRF(crf[0], crf[2:], crf[1]),
        (embedding.abs() > BOUND * (1 + 1e-6)).any(1).numpy(),
    )  # fmt: skip


@cache
def shipped(exact: bool = False) -> Network:
    """The installed network in float32, as jieba runs it; `exact`: in float64. Raises InputError as `load`."""
    return load(dtype=torch.float64 if exact else torch.float32)


# ── characters in, words out ──────────────────────────────────────────────────────────────────────────────────────


def place(network: Network, character: str) -> int:
    """The row of the embedding that a character gets."""
    return network.places.get(character, network.places[UNKNOWN])


def is_trained(network: Network, character: str) -> bool:
    """Whether training has ever moved the row that a character gets."""
    return bool(network.trained[place(network, character)])


def fold(network: Network, text: str) -> str:
    """The text with each character that training never saw as the form it saw, if there is one: ， as , and A as a."""
    return "".join(map(lambda character: _folded(network, character), text))


def _folded(network: Network, character: str) -> str:
    if is_trained(network, character):
        return character
    other = FOLDED.get(character) or unicodedata.normalize("NFKC", character).lower()
    return other if len(other) == 1 and is_trained(network, other) else character


def words(characters: Sequence[str], tags: Sequence[str]) -> list[Word]:
    """Words from a tag a character: a word begins at X-B and at the first O of several, and has its beginning's tag.

    As `parse_result` of lac_small/utils.py, which writes a space for a character that it does not know.
    """
    found: list[list[str]] = []
    for t, (character, tag) in enumerate(zip(characters, tags, strict=True)):
        if not t or tag.endswith("-B") or (tag == "O" and tags[t - 1] != "O"):
            found.append([character, tag.split("-")[0]])
        else:
            found[-1][0] += character
    return [Word(*each) for each in found]
