"""The models of Unrolled: cells, recursions, training and scoring; no chart and no page."""
