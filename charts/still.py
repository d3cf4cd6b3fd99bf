"""A still picture of a component as an Altair chart, for PNG and SVG files."""

import altair as alt
import pandas as pd

from charts.base import Component, Spec, without_data

SCHEMES = {"prob": "viridis", "log": "viridis", "count": "greys", "index": "tableau20", "signed": "blueorange"}


def still(component: Component) -> Spec:
    """The component as a chart: a plane with its path, a matrix whole; where a matrix has more than two dims, the
    last slice of those beyond.
    """
    table = component.table()
    return _heat(component, table) if component.name == "matrix" else _scatter(component, table)


def _axis(table: pd.DataFrame, dim: str, channel: type) -> alt.Axis:
    label = f"{dim}_label"
    if label not in table:
        return channel(dim, type="ordinal")
    words = table.drop_duplicates(dim).set_index(dim)[label].astype(str).to_dict()
    pairs = ", ".join(f"'{place}': {_quoted(word)}" for place, word in words.items())
    return channel(dim, type="ordinal", axis=alt.Axis(labelExpr=f"({{{pairs}}})[datum.value]", labelAngle=0))


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _heat(component: Component, table: pd.DataFrame) -> Spec:
    header = component.header
    dims = [axis["dim"] for axis in (header["rows"], header["columns"], *header["sliders"]) if axis]
    low, high = header["domain"]
    domain = {"domain": [low, high]} | ({"domainMid": 0} if header["kind"] == "signed" else {})
    color = alt.Color("value:Q", scale=alt.Scale(scheme=SCHEMES[header["kind"]], **domain), title=header["variable"])
    encoding = {"y": _axis(table, dims[0], alt.Y), "color": color}
    if len(dims) > 1:
        encoding["x"] = _axis(table, dims[1], alt.X)
    for dim in dims[2:]:
        table = table[table[dim] == table[dim].max()]
    return _spec(alt.Chart(alt.Data(values=[])).mark_rect().encode(**encoding), table, component)


def _scatter(component: Component, table: pd.DataFrame) -> Spec:
    across, down = component.header["axes"]
    on_path = alt.datum.group == ""
    base = alt.Chart(alt.Data(values=[])).encode(alt.X("x:Q", title=across or "x"), alt.Y("y:Q", title=down or "y"))
    points = base.transform_filter(~on_path).mark_circle(size=9, color="#8a8f98", opacity=0.5)
    path = base.transform_filter(on_path).mark_line(point=True, color="#c04f00").encode(order="step:Q")
    letters = base.transform_filter(on_path).mark_text(dx=9, dy=-7, fontSize=14).encode(text="label:N")
    table = table.assign(step=range(len(table)))
    return _spec((points + path + letters).properties(width=560, height=420), table, component)


def _spec(chart: alt.Chart, table: pd.DataFrame, component: Component) -> Spec:
    return Spec(without_data(chart.to_dict()), table, component.table)
