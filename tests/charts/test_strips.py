"""The answers of several models on common axes: what goes to the browser, short names, a table and a still picture."""

import numpy as np
import pytest
import vl_convert
import xarray as xr

from charts.payload import pack, unpack
from charts.still import still
from charts.strips import short, strips

LANGUAGES = ("Czech", "English", "Dutch", "Chinese")


def probs(M=3, T=5, seed=0) -> xr.DataArray:
    values = np.random.default_rng(seed).dirichlet(np.ones(len(LANGUAGES)), (M, T))
    coords = {"model_label": ("model", [f"m{k}" for k in range(M)]), "time_label": ("time", list("Ann' x")[:T]),
              "language_label": ("language", list(LANGUAGES))}  # fmt: skip
    return xr.DataArray(values, coords, ("model", "time", "language"), attrs={"name": "probs", "kind": "prob"})


def test_what_arrives_are_the_probabilities_and_the_likeliest():
    da = probs()
    component = strips(da.transpose("time", "language", "model"), [1, 0], index=2)
    header, arrays = unpack(pack(component.header, component.arrays))
    np.testing.assert_allclose(arrays["probs"], da.values, atol=1e-6)
    np.testing.assert_array_equal(arrays["best"], da.values.argmax(2))
    assert (header["models"], header["letters"]) == (["m0", "m1", "m2"], list("Ann' "))
    assert header["cursors"] == {"time": {"param": "t", "index": 2}}
    assert len(component.table()) == da.size


def test_short_names_tell_the_languages_apart():
    assert short(LANGUAGES) == ["Cze", "Eng", "Dut", "Chi"]
    assert short(["Slovak", "Slovene", "Lao"]) == ["Slova", "Slove", "Lao"]
    assert short(["英语", "汉语", "意大利语"]) == ["英", "汉", "意"]
    assert short(["中文甲", "中文乙"]) == ["中文甲", "中文乙"]
    assert short(["A", "A"]) == ["A", "A"]


def test_a_still_picture_can_be_drawn():
    spec = still(strips(probs(), [0, 2]))
    assert set(spec.data["shown"]) == {"Czech", "Dutch", "…"}
    full = spec.spec | {"data": {"values": spec.data.to_dict("records")}}
    assert "<svg" in vl_convert.vegalite_to_svg(full)


@pytest.mark.parametrize(
    ("given", "few", "more"),
    [
        (probs() * 2, [0], {}), (probs(), [0, 0], {}), (probs(), [9], {}), (probs(), [0], {"said": ["one"]}),
        (probs(), [0], {"opens": [{}]}), (probs(), [0], {"apart": xr.DataArray([1.0], dims="time")}),
        (probs()[:, :0], [0], {}), (probs().drop_vars("model_label"), [0], {}), (probs()[0], [0], {}),
    ],
    ids=range(9),
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(given, few, more):
    with pytest.raises(ValueError, match="probs"):
        strips(given, few, **more)
