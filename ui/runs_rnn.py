"""Cached runs of the pages on gates, cells, memory and units: parameters in, labelled results out."""
