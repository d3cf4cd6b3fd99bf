"""What switches and clamps change in an LSTM: two readings of one name, subtracted, each difference proved by both.

A prime marks the changed one.
"""

from functools import partial

import xarray as xr

from engine.explain import Explainer, Explanation, number, terms
from engine.lstm_explain import head, loop
from engine.lstm_trace import SCHEMA as READING
from engine.softmax_trace import AXES
from engine.trace import label

CHANGED = ("z", "i", "f", "c", "o", "y", "probs")
SCHEMA = {name: READING[name]._replace(symbol=rf"\Delta {READING[name].symbol}", kind="signed") for name in CHANGED}


def difference(changed: xr.Dataset, original: xr.Dataset) -> xr.Dataset:
    """`changed` - `original` of z, i, f, c, o, y and the probabilities: two traces of one name by one network.

    Raises ValueError for traces of two names or networks.
    """
    if any(changed.attrs[name] != original.attrs[name] for name in ("weights", "text")):
        raise ValueError("a difference is between two traces of one name by one network")
    inner = {name: changed[name].values - original[name].values for name in CHANGED}
    attrs = {
        "module": "engine.lstm_difference", "weights": original.attrs["weights"], "text": original.attrs["text"],
        "model": original.attrs["model"], "sides": tuple(
            {name: side.attrs[name] for name in ("switches", "clamp")} for side in (changed, original)
        ), "values": tuple({name: side[name].values for name in CHANGED} for side in (changed, original)),
    }  # fmt: skip
    words = {dim: original[f"{dim}_label"].values.tolist() for dim in ("time", "language")}
    return label(inner, SCHEMA, attrs, translate=("language",), axes=AXES, **words)


def _explain(name: str, trace: xr.Dataset, time: int, **at: int) -> Explanation:
    (place,) = at.values()
    after, before = (float(side[name][time, place]) for side in trace.attrs["values"])
    value = float(trace[name][time, place])
    line = f"torch.softmax(s, 0)[{place}].item()" if name == "probs" else f"{name}[{place}].item()"
    runs = (
        f"{loop(trace.attrs | side, time)}{word} = {line}\n"
        for side, word in zip(trace.attrs["sides"], ("after", "before"), strict=True)
    )
    code = head(trace.attrs) + "\n".join(runs) + "print(after - before)"
    bare = "p" if name == "probs" else name
    at = f"^{{{time + 1}}}[{place}]"
    equation = rf"\Delta {bare}{at}={bare}'{at}-{bare}{at}={number(after)}-{number(before)}={value:.5g}"
    return Explanation(equation, terms([(f"{bare}′", 1.0, after), (bare, -1.0, before)]), value, code)


EXPLAIN: dict[str, Explainer] = {name: partial(_explain, name) for name in CHANGED}
