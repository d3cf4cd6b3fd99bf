"""A Transformer that writes names letter by letter: a decoder alone, which is told the language first.

Places: 0 the language, then the letters. At each place the network scores what comes next: a letter or `<eos>`.
Source of the decoder alone: P. Liu et al., "Generating Wikipedia by summarizing long sequences", 2018.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

from engine.attention import Keys
from engine.errors import InputError
from engine.positional import sinusoidal
from engine.search_rules import State
from engine.text import ALPHABET, N_LETTERS, encode
from engine.transformer_block import NOTHING_OFF, Off, StackParams, Surroundings, Thin, keep
from engine.transformer_stack import Stack, causal, draw

EOS = N_LETTERS  # 57
WORDS = (*ALPHABET, "<eos>")  # what the network writes; the languages, which it only reads, are numbered after them
LONGEST = 100  # letters of a name that it reads
MOST_LANGUAGES, LONGEST_LANGUAGE = 64, 40


@dataclass(frozen=True)
class LetterModelParams:
    """The languages in the order of their numbers, and sizes; the defaults are those of the shipped network."""

    languages: tuple[str, ...] = ()
    d_model: int = 64
    n_heads: int = 4
    n_layers: int = 3
    d_ff: int = 256
    norm: str = "before"
    activation: str = "gelu"

    def __post_init__(self):
        """Raise InputError on sizes that make no network."""
        stack = self.stack  # checks its own
        known = set(self.languages)
        fair = {
            "d_model": stack.d_model % 2 == 0,
            "languages": len(known) == len(self.languages) <= MOST_LANGUAGES
            and all(type(name) is str and 1 <= len(name) <= LONGEST_LANGUAGE for name in known),
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)

    @property
    def stack(self) -> StackParams:
        """The sizes of the layers."""
        return StackParams(self.d_model, self.n_heads, self.n_layers, self.d_ff, self.norm, self.activation)

    def word(self, language: str) -> int:
        """The number that is fed for a language; raises InputError for an unknown one."""
        if language not in self.languages:
            raise InputError("The network does not know: {languages}.", languages=str(language)[:LONGEST_LANGUAGE])
        return len(WORDS) + self.languages.index(language)


class LetterModel(nn.Module):
    """E holds a row a letter, one for `<eos>` (never fed but as padding) and one a language."""

    def __init__(self, params: LetterModelParams):
        super().__init__()
        self.params = params
        self.E = nn.Embedding(len(WORDS) + len(params.languages), params.d_model)
        self.stack = Stack(params.stack)
        self.out = nn.Linear(params.d_model, len(WORDS))

    def embed(
        self, words: Integer[Tensor, "batch time"], positions: Integer[Tensor, "time"]
    ) -> Float[Tensor, "batch time unit"]:
        """What enters the first layer: √d_model times the embedding, and the code of its place."""
        code = sinusoidal(int(positions.max()) + 1, self.params.d_model).to(self.E.weight.dtype)[positions]
        return self.E(words) * self.params.d_model**0.5 + code

    def forward(
        self, words: Integer[Tensor, "batch time"], thin: Thin = keep, off: Off = NOTHING_OFF
    ) -> Float[Tensor, "batch time word"]:
        """Scores of what follows each of `words` (the language first, padding on the right), all at once."""
        n = words.shape[1]
        x = thin(self.embed(words, torch.arange(n)))
        return self.out(self.stack(x, Surroundings(causal(n)), thin, off))

    def step(
        self, words: Integer[Tensor, "row"], place: int, past: list[Keys | None]
    ) -> tuple[Float[Tensor, "row word"], list[Keys]]:
        """Scores of what follows the word at `place`, from the keys before it; and the keys with its own."""
        x, keys = self.stack.advance(self.embed(words[:, None], torch.tensor([place])), past)
        return self.out(x[:, 0]), keys


def initial(params: LetterModelParams, seed: int) -> LetterModel:
    """An untrained network, drawn by seed."""
    net = LetterModel(params)
    draw(net, torch.Generator().manual_seed(seed))
    return net


class Decoder:
    """The network as a search drives it (engine.search), fed a language first; keys and values are kept as it goes.

    n: how many names are written at once.
    """

    def __init__(self, net: LetterModel, n: int = 1):
        self.net, self.n = net, n

    def start(self) -> State:
        """Nothing is read yet: keys and values of each layer [row layer head place feature], without a place."""
        params = self.net.params
        d_k = params.d_model // params.n_heads
        return tuple(torch.zeros(self.n, params.n_layers, params.n_heads, 0, d_k) for _ in Keys._fields)

    def advance(self, words: Integer[Tensor, "row"], state: State) -> tuple[Float[Tensor, "row word"], State]:
        """Log-probabilities of what follows `words`."""
        place = state[0].shape[3]
        past = [Keys(*(part[:, layer] for part in state)) for layer in range(self.net.params.n_layers)]
        logits, keys = self.net.step(words, place, past if place else [None] * len(past))
        return logits.log_softmax(-1), tuple(torch.stack(part, 1) for part in zip(*keys, strict=True))


def read(params: LetterModelParams, language: str, text: str) -> list[int]:
    """The numbers that are fed for a language and a folded beginning; raises InputError for an unknown language."""
    return [params.word(language), *encode(text).tolist()]
