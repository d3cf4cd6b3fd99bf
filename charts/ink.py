"""The colour of text in Altair charts: dark on paper, light on slate, as the chart's background is."""

import altair as alt

SIZE = 14  # pixels of labels and numbers that are read from some way off
_DARK, _LIGHT = "#0c1218", "#e9edf0"  # as the pages' text
INK = alt.ExprRef(expr=f"luminance(background) < 0.4 ? '{_LIGHT}' : '{_DARK}'")
PAPER = alt.ExprRef(expr=f"luminance(background) < 0.4 ? '{_DARK}' : '#ffffff'")  # on a bar
