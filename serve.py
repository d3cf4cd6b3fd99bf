"""Unrolled as an ASGI app: loaded before the first visitor, with /healthz, security headers and an error hook."""

import gc
import importlib
import os
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import altair
import streamlit as st
import torch

import charts
import ui
from engine import compiled, weights
from ui import server


def preload() -> None:
    """Import what the pages need, read networks, warm kernels, build a chart; the garbage collector skips all of it."""
    for package in (charts, ui):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    for name in weights.shipped():
        weights.load_shipped(name)
    compiled.warm()
    altair.Chart(altair.Data(values=[])).mark_rect().encode(x="x:Q").to_dict()
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict]:
    """Load everything before the port answers."""
    server.settle()
    torch.set_num_threads(1)
    preload()
    yield {"ready": True}


app = st.App(
    Path(__file__).with_name("app.py").resolve(),
    lifespan=lifespan,
    on_script_error=server.report,
    routes=server.ROUTES,
    middleware=server.MIDDLEWARE,
)

if __name__ == "__main__":
    server.run(app, os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8501"))
