"""The sentences of "What does a unit know?" that compare a count with chance."""

import math

import xarray as xr

from ui.language import t

RARE = 0.01  # a probability below which chance is no explanation
FEWEST = 0.05  # a lift below which a number with one digit would be 0


def few(expected: float) -> str:
    """An expected number, also a small one."""
    return f"{expected:.1f}" if expected >= 1 or expected == 0 else f"{expected:.2g}"


def times(lift: float) -> str:
    """A lift in words."""
    if math.isnan(lift):
        return t("chance gives none either")
    if lift == 0:
        return t("none")
    if lift < FEWEST:
        return t("less than a twentieth as many")
    return t("{lift} times as many", lift=f"{lift:.1f}" if lift < 10 else f"{lift:.0f}")


def rarity(p: float) -> str:
    """A probability by chance."""
    return "p\u00a0<\u00a00.0001" if p < 1e-4 else f"p\u00a0=\u00a0{p:.2g}"


def chance(trace: xr.Dataset, least: int, criterion: int, what: str) -> str:
    """How many of the matches share it, how many by chance, and what follows from that."""
    at = {name: float(trace[name].values[least, criterion]) for name in ("shared", "drawn", "expected", "lift", "p")}
    n, x = int(at["drawn"]), int(at["shared"])
    if n and not x and at["expected"] > 0:
        return t("0 of {n:,} {what}, where chance gives {expected}.", n=n, what=what, expected=few(at["expected"]))
    verdict = t("more than chance explains") if at["p"] < RARE else t("no more than chance explains")
    return t("{x:,} of {n:,} ({share:.0%}) {what}; by chance {expected}: {times}, {verdict} ({p}).",
             x=x, n=n, share=x / n if n else 0.0, what=what, expected=few(at["expected"]), times=times(at["lift"]),
             verdict=verdict, p=rarity(at["p"]))  # fmt: skip
