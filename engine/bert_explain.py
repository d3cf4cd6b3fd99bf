"""The proof of every cell of BERT's trace: what enters the first layer here, the layers as in every Transformer."""

from functools import partial

import xarray as xr

from engine import transformer_code, transformer_explain
from engine.explain import Explainer, Explanation
from engine.transformer_proof import found

_TABLES = {"embedded": "E", "code": "PE", "type_code": "S"}


def _explain_row(name: str, trace: xr.Dataset, query: int, unit: int) -> Explanation:
    """A number of one of the three tables."""
    row = {"embedded": trace.attrs["program"].read[query], "code": query}.get(name, 0)
    table, value = _TABLES[name], float(trace[name][query, unit])
    cell = f"{table}[{row}, {unit}]"
    return found(cell, [(cell, 1.0, value)], value, _front(trace, f"print({name}[{query}, {unit}].item())\n"))


def _explain_summed(trace: xr.Dataset, query: int, unit: int) -> Explanation:
    rows = [(table, 1.0, float(trace[name][query, unit])) for name, table in _TABLES.items()]
    value, code = float(trace["summed"][query, unit]), _front(trace, f"print(summed[{query}, {unit}].item())\n")
    return found(f"(E+PE+S)[{query}, {unit}]", rows, value, code)


def _explain_X(trace: xr.Dataset, layer: int, query: int, unit: int) -> Explanation:
    if layer:
        return transformer_explain.EXPLAIN["X"](trace, layer=layer, query=query, unit=unit)
    value, code = float(trace["X"][0, query, unit]), _front(trace, f"print(X[{query}, {unit}].item())\n")
    symbol = f"X_0[{query}, {unit}]"
    return transformer_explain.normalised(
        trace, trace.attrs["norm"], trace["summed"].values[query], symbol, unit, value, code
    )


def _front(trace: xr.Dataset, last: str) -> str:
    return transformer_code.front(trace.attrs["program"], last)


def placed(code: str, path: str, found: str, is_older: bool) -> str:
    """Code that finds the weights file by itself, wherever pip or the user has put it.

    found: as in `Bert`; is_older: whether the file calls LayerNorm's tensors gamma and beta.
    """
    imports, _, line = found.rpartition("\n\n")
    code = code.replace(f"load_file({path!r})", "load_file(path)").replace("\n\nP = ", f"\n\n{line}P = ", 1)
    if is_older:
        code = code.replace("P = {name:", 'P = {name.replace("gamma", "weight").replace("beta", "bias"):', 1)
    return f"{imports}\n\n{code}" if imports else code


def _placed(explainer: Explainer, trace: xr.Dataset, **position: int) -> Explanation:
    explained, attrs = explainer(trace, **position), trace.attrs
    code = placed(explained.code, attrs["weights"], attrs["found"], bool(attrs["spelled"]))
    return explained._replace(code=code)


_OWN: dict[str, Explainer] = {name: partial(_explain_row, name) for name in _TABLES}
_OWN |= {"summed": _explain_summed, "X": _explain_X}
EXPLAIN: dict[str, Explainer] = {
    name: partial(_placed, explainer) for name, explainer in (transformer_explain.EXPLAIN | _OWN).items()
}
