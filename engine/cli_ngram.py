"""What `train lm --model ngram`, `evaluate lm` and `generate` do with an n-gram model."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.errors import InputError

MOST_WORDS = 50_000  # of a vocabulary


def is_one(path: Path) -> bool:
    """Whether a weights file holds an n-gram model."""
    from engine import ngram_files

    return path.is_file() and ngram_files.is_one(path.read_bytes())


def read(data: str, unit: str):
    """The corpus of a key ("pydoc", …) or of a .txt file. Raises InputError where there is neither."""
    from engine import corpora, own_text

    known = corpora.keys()
    if data in known:
        return corpora.corpus(data, unit)
    path = Path(data)
    if not path.is_file():
        keys = ", ".join(key for key in known if not key.startswith("names:"))
        raise InputError("There is neither a file nor a text called {key}; texts: {keys}.", key=data, keys=keys)
    text = own_text.read(path.read_bytes(), path.name, limits=own_text.ANY_SIZE).text
    return corpora.corpus("own", unit, text)


def fingerprint(texts: Sequence[str]) -> str:
    """A hash of texts, by which a file knows what it has learned from."""
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def train(data: str, out: Path, order: int, method: str, unit: str | None, k: float = 0.1) -> int:
    """Count a text, write the model, print a summary as JSON: sizes, bits and perplexity on the held-out lines.

    unit: None: characters of names, else words. Raises InputError for a bad text or parameters.
    """
    from engine import files, ngram, ngram_counts, ngram_files
    from engine.cli_train import prepare
    from engine.vocabulary import vocabulary

    started = time.perf_counter()
    params = ngram.NGramParams(order, method, k)
    unit = unit or ("character" if data.split(":")[0] == "names" else "word")
    corpus = read(data, unit)
    prepare(out)
    counts = ngram_counts.count(corpus.train, vocabulary(corpus.train, unit, most=MOST_WORDS), order)
    model = ngram.fit(counts, params)
    found, card = model.perplexity(corpus.held), {"corpus": corpus.key, "data": fingerprint(corpus.train)}
    with files.replacing(out) as sink:
        sink.write(ngram_files.dumps(model, card | {"bits": found.bits, "n_held": found.n}))
    summary = {
        "out": str(out), "order": order, "method": method, "unit": unit, "tokens": counts.n_tokens,
        "vocabulary": counts.vocabulary.n, "ngrams": [int((table.count > 0).sum()) for table in counts.tables],
        "held_out": _said(found), "seconds": round(time.perf_counter() - started, 2),
    }  # fmt: skip
    print(json.dumps(summary))  # noqa: T201
    return 0


def _said(found) -> dict[str, object]:
    """A figure as JSON has it: null where it is infinite."""
    bits, perplexity = (round(x, 6) if x < 1e300 else None for x in (found.bits, found.perplexity))
    return {"bits": bits, "perplexity": perplexity, "n": found.n}


def evaluate(path: Path, data: str | None = None) -> dict[str, object]:
    """bits (a token), perplexity and n: of the held-out lines, if the model was counted on the others; else of all."""
    from engine import corpora, ngram_files

    model, card = ngram_files.load_file(path)
    known, key = corpora.keys(), data or str(card.get("corpus", ""))
    if not data and key not in known:
        raise InputError("The model was trained on an own text: name it with --data.")
    corpus = read(key, model.vocabulary.unit)
    is_own = fingerprint(corpus.train) == card.get("data")
    found = model.perplexity(corpus.held if is_own else [*corpus.train, *corpus.held])
    return {**_said(found), "unit": model.vocabulary.unit, "part": "held out" if is_own else "all"}


def generate(path: Path, n: int = 10, temperature: float = 1.0, seed: int = 0, begin: str = "") -> Iterator[str]:
    """Texts that the model writes; the same seed gives the same texts."""
    from engine import ngram_explore, ngram_files

    model = ngram_files.load_file(path).model
    write = ngram_explore.writer(model, temperature, limit=400, begin=model.vocabulary.cut(begin))
    for k in range(n):
        yield model.vocabulary.join(write(seed + k))
