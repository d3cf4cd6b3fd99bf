"""What Generate says and sends on: how long, which seed, every draw in words, shares against what they tend to."""

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.needle import Drawn
from ui import hmm_models, page, runs_hmm
from ui.language import N_, localise, t

MOST, LONG = 200, 10_000  # steps that are drawn one by one; steps of the long run
MOST_SEED = 2**31 - 1
GRAPH = 16  # states of a model whose graph can be read
BARS = 12  # outcomes that are drawn as bars, one a line; more as a block of cells
TARGETS = {  # pages that take the sequence: title, and what their link says beside it
    "hmm_evaluate": (N_("Evaluate"), {}),
    "hmm_decode": (N_("Decode"), {}),
    "hmm_learn": (N_("Learn"), {"from": "observed"}),
}


def _next_seed() -> None:
    seed = st.session_state.get("gen_seed") or 0
    st.session_state["gen_seed"] = 0 if seed >= MOST_SEED else int(seed) + 1


def controls(key: str) -> tuple[int, int]:
    """How many steps and which seed, both in the link; the place from which the sequence is sent on."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        T = st.number_input(t("Steps T"), 1, MOST, 20, key="gen_T", bind="query-params", width=130)
        seed = st.number_input(
            t("Seed"), 0, MOST_SEED, key="gen_seed", bind="query-params", width=170,
            help=t("The same seed always gives the same sequence, and a longer one begins with it."),
        )  # fmt: skip
        st.button(t("Next seed"), icon=":material/casino:", key="gen_next", on_click=_next_seed)
        T, seed = int(T or 20), int(seed or 0)
        _send(key, T, seed)
    return T, seed


def _send(key: str, T: int, seed: int) -> None:
    """Links that open another page of the section with the generated sequence (this page binds no `o`)."""
    with st.popover(t("Send this sequence to …"), icon=":material/send:", key="gen_send", on_change="rerun") as box:
        if not box.open:
            return
        link = {name: st.query_params[name] for name in ("hmm", "m") if name in st.query_params}
        link["o"] = hmm_models.text(key, runs_hmm.sequence(key, T, seed))
        for name, (title, more) in TARGETS.items():
            st.page_link(f"pages/{name}.py", label=t(title), icon=":material/arrow_forward:", query_params=link | more)


def start(T: int) -> int:
    """Where the stepper stands at first: nothing is generated yet but the first pair."""
    return page.cursor("t", T) if st.query_params.get("t") else 0


def tables(key: str, trace: xr.Dataset) -> xr.Dataset:
    """A trace with the model's π, A and B; of a large V, B has the symbols of the sequence."""
    T = trace.sizes["time"] if len(runs_hmm.model(key).V) > hmm_models.TRANSLATED else 1
    return localise(runs_hmm.trace(key, runs_hmm.sequence(key, T, trace.attrs["seed"])))


def labels(trace: xr.Dataset) -> tuple[list[str], list[str]]:
    """The observed symbol and the hidden state at each time, in words."""
    return list(map(str, trace["time_label"].values)), _names(trace, "state")[0]


def _names(trace: xr.Dataset, dim: str) -> tuple[list[str], list[int]]:
    """What was drawn at each time along `dim`: in words, and as positions among the dim's labels."""
    drawn = trace["X" if dim == "state" else "O"].values
    words = trace[f"{dim}_label"].values
    seen = np.unique(drawn)  # of a large V, a trace has the symbols that occur
    at = drawn if drawn.max() < len(words) and len(seen) != len(words) else np.searchsorted(seen, drawn)
    return [str(words[place]) for place in at], at.tolist()


def look(array: xr.DataArray, dim: str) -> dict:
    """How a vector of probabilities along `dim` is drawn: bars, of many a block of cells."""
    return {"marks": "bar"} if array.sizes[dim] <= BARS else {"wrap": 9}


def draws(trace: xr.Dataset, dim: str) -> tuple[Drawn, list[str]]:
    """The draws along `dim`, "state" or "symbol", and each in one sentence."""
    words, at = _names(trace, dim)
    u, low, high = (trace[f"{name}_{dim}"] for name in ("u", "low", "high"))
    states, symbol = _names(trace, "state")[0], dim == "symbol"
    rows = [f"B[{state}]" for state in states] if symbol else ["π", *(f"A[{state}]" for state in states[:-1])]
    said = [
        t("{u:.3f} falls into [{low:.3g}, {high:.3g}) of {row}: {word}", u=u_, low=low_, high=high_, row=row, word=word)
        for u_, low_, high_, row, word in zip(
            u.values.tolist(), low.values.tolist(), high.values.tolist(), rows, words, strict=True
        )
    ]  # fmt: skip
    return Drawn(u, low, high, at), said


def finding(trace: xr.Dataset) -> str:
    """The states' shares at the end beside what they tend to, in words."""
    names = trace["state_label"].values.tolist()
    shares, limits = trace["share_state"].values[-1], trace["stationary"].values
    best = int(shares.argmax())
    return t(
        "{n} steps: {state} takes {share:.0%} of them; in the long run it takes {limit:.0%}.",
        n=trace.sizes["time"], state=names[best], share=float(shares[best]), limit=float(limits[best]),
    )  # fmt: skip


def long_run(key: str, seed: int, trace: xr.Dataset) -> tuple[pd.DataFrame, list[str], str]:
    """For `running`: a long run's shares by state, the states in order, and what they show in words."""
    names = trace["state_label"].values.astype(str)
    table = runs_hmm.long_run(key, LONG, seed)
    table = table.assign(series=names[table["state"]], limit=table["stationary"])
    last = table.iloc[-len(names) :]
    gap = float((last["share"] - last["limit"]).abs().max())
    said = t("After {n:,} steps no share is further than {gap:.1%} from the stationary distribution.", n=LONG, gap=gap)
    return table[["n", "series", "share", "limit"]], names.tolist(), said


def columns() -> dict[str, str]:
    """What the table of the long run calls its columns."""
    return {"n": t("steps"), "series": t("state"), "share": t("share so far"), "limit": t("stationary")}
