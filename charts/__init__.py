"""Labelled data in, figures out: Altair specs and payloads of our own components; no model and no page."""
