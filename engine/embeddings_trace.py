"""Sentences compared: their vectors and how alike each two of them are, every number with its proof."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from engine import bert_explain, bert_trace, transformer_code
from engine.embeddings import similarity
from engine.errors import N_
from engine.explain import Explainer, Explanation, summed, terms
from engine.pretrained import Bert
from engine.trace import Var, label

SCHEMA = {
    "vectors": Var("sentence unit", r"v", "vector of each sentence, of length 1"),
    "similarity": Var("sentence other", r"v_i\cdot v_j", "similarity of each two sentences: 1 is the same direction"),
}
AXES = {"sentence": N_("sentence"), "other": N_("other sentence"), "unit": N_("unit")}


def trace(
    bert: Bert, texts: Sequence[str], vectors: np.ndarray, labels: Sequence[str] | None = None, most: int | None = None
) -> xr.Dataset:
    """What `embeddings.embed` made of a few texts, as a Dataset; most: as there; labels: what the texts are called."""
    inner = {"vectors": vectors, "similarity": similarity(vectors, vectors)}
    limit = min(most or bert.params.n_positions, bert.params.n_positions)
    attrs = {"module": "engine.embeddings_trace", "bert": bert, "coded": tuple(bert.pieces.encode(texts, limit))}
    names = list(labels or texts)
    return label(inner, SCHEMA, attrs, axes=AXES, sentence=names, other=names)


def _mean(trace: xr.Dataset, at: int, name: str, first: bool) -> str:
    """The lines that compute the vector of a text; the first ones bring what both need."""
    program = bert_trace.program(trace.attrs["bert"], trace.attrs["coded"][at])
    n = program.stack.n_layers
    body = transformer_code.front(program, "") if first else program.front
    return f"{body}{transformer_code.run(program, n)}{name} = X.mean(0) / X.mean(0).norm()\n"


def _code(trace: xr.Dataset, code: str) -> str:
    bert = trace.attrs["bert"]
    return bert_explain.placed(code, bert.path, bert.found, bool(bert_trace.spelled(bert)))


def _explain_vectors(trace: xr.Dataset, sentence: int, unit: int) -> Explanation:
    value = float(trace["vectors"][sentence, unit])
    code = _code(trace, f"{_mean(trace, sentence, 'a', True)}print(a[{unit}].item())\n")
    table = terms([(f"v[{sentence}, {unit}]", 1.0, value)])
    equation = rf"v_{{{sentence + 1}}}[{unit}]=\bar X[{unit}]/\lVert\bar X\rVert={value:.5g}"
    return Explanation(equation, table, value, code)


def _explain_similarity(trace: xr.Dataset, sentence: int, other: int) -> Explanation:
    a, b = (trace["vectors"].values[at].astype(float) for at in (sentence, other))
    rows = [(f"v_a·v_b[{k}]", x, y) for k, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True))]
    table, value = terms(rows), float(trace["similarity"][sentence, other])
    code = _mean(trace, sentence, "a", True) + _mean(trace, other, "b", False) + "print((a @ b).item())\n"
    symbol = rf"v_{{{sentence + 1}}}\cdot v_{{{other + 1}}}"
    return Explanation(summed(symbol, table, value), table, value, _code(trace, code))


EXPLAIN: dict[str, Explainer] = {"vectors": _explain_vectors, "similarity": _explain_similarity}
