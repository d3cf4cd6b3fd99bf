"""The proof of what a head adds to the stream."""

import xarray as xr

from engine import transformer_code
from engine.explain import Explainer, Explanation, terms


def _explain_part(trace: xr.Dataset, layer: int, head: int, query: int) -> Explanation:
    program, end, value = trace.attrs["program"], trace.attrs["end"], float(trace["part"][layer, head, query])
    at = program.tensors[f"W_O{end}"].format(layer)
    lines = (
        f'Z = v["Z{end}"][{head}, {query}]\n'
        f'W = P["{at}.weight"][:, {head} * len(Z) : {head + 1} * len(Z)]  # the head\'s own columns\n'
        "print((W @ Z).norm().item())\n"
    )
    code = transformer_code.front(program, f"{transformer_code.run(program, layer + 1)}v = found[{layer}]\n{lines}")
    equation = rf"\lVert Z_{{{head + 1}}}[{query}]\,W_O^{{({head + 1})}}\rVert={value:.5g}"
    return Explanation(equation, terms([("‖Z W_O‖", 1.0, value)]), value, code)


EXPLAIN: dict[str, Explainer] = {"part": _explain_part}
