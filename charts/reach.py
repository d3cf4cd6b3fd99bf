"""Which words a word reaches in how many steps: words along, steps upwards, a line for each step taken."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from charts.base import Spec, without_data
from charts.ink import INK

GAP = "\u2003"  # between a word's place, which makes it unique, and the word


@lru_cache(maxsize=32)
def _reach(names: tuple[str, ...], first: int, most: int, word: str, steps: str, height: int) -> dict:
    picked = alt.selection_point("source", fields=["source"], on="pointerover", clear=False,
                                 value=[{"source": first}])  # fmt: skip
    axis = alt.Axis(labelExpr=f"split(datum.label, '{GAP}')[1]", labelAngle=-55, title=None, ticks=False,
                    labelLimit=90, labelOverlap=False, domain=False)  # fmt: skip
    ticks = {"values": list(range(most + 1))} if most < 8 else {"tickCount": 6}
    base = alt.Chart(alt.Data(values=[])).encode(
        alt.X("word:O", axis=axis, scale=alt.Scale(domain=list(names), paddingOuter=0.4)),
        alt.Y("y:Q", title=steps, scale=alt.Scale(domain=[0, max(1, most)], nice=False, padding=9),
              axis=alt.Axis(format="d", gridOpacity=0.5, titlePadding=6, **ticks)),
    )  # fmt: skip
    tip = [
        alt.Tooltip("from:N", title="→"), alt.Tooltip("name:N", title=word), alt.Tooltip("y:Q", title=steps)
    ]  # fmt: skip
    shown = {"param": "source", "empty": False}
    own = base.transform_filter(shown)
    ways, start = own.transform_filter(alt.datum.part == "step"), own.transform_filter(alt.datum.part == "word")
    lines, nodes = ways.mark_rule(strokeWidth=2, opacity=0.7, color=INK), ways.mark_circle(size=60, opacity=1)
    words = base.transform_filter(alt.datum.part == "word")
    chart = alt.layer(
        lines.encode(alt.X2("word2:O"), alt.Y2("y2:Q")),
        words.mark_circle(size=420, opacity=0.001).encode(tooltip=tip[1:2]).add_params(picked),
        words.mark_point(size=46, strokeWidth=1.5, filled=False, color="#8a8f98", opacity=1).encode(),
        nodes.encode(tooltip=tip),
        start.mark_point(size=110, strokeWidth=2.5, filled=True, opacity=1, color=INK),
    )
    return without_data(chart.properties(height=height).to_dict())


def reach(
    steps: np.ndarray, parents: Sequence[Sequence[int | None]], words: Sequence[str], axis: Sequence[str],
    first: int = 0, most: int | None = None, height: int = 220,
) -> Spec:  # fmt: skip
    """The ways of the word that is pointed at, the `first` at first, to all that it reaches.

    steps [source, target]: nan where it never arrives; parents: from where each word is reached in its last step.
    axis: what a word and the steps are called. most: the top of the axis.
    """
    names = [f"{place}{GAP}{word}" for place, word in enumerate(words)]
    rows = [{"part": "word", "source": i, "x": i, "word": names[i], "y": 0, "name": words[i], "from": words[i],
             "word2": names[i], "y2": 0} for i in range(len(words))]  # fmt: skip
    for (i, j), depth in np.ndenumerate(steps):
        if depth > 0:
            way = parents[i][j]
            rows.append({"part": "step", "source": i, "x": j, "word": names[j], "y": int(depth), "name": words[j],
                         "from": words[i], "word2": names[way], "y2": int(steps[i, way])})  # fmt: skip
    data = pd.DataFrame(rows)
    top = int(np.nanmax(steps)) if most is None else most

    def table() -> pd.DataFrame:
        return data.loc[data["part"] == "step", ["from", "name", "y"]].rename(
            columns={"from": f"{axis[0]} →", "name": axis[0], "y": axis[1]}
        )

    return Spec(_reach(tuple(names), first, top, axis[0], axis[1], height), data, table)
