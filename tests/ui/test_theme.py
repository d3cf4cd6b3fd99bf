"""The colours of .streamlit/config.toml: readable, and apart for colour-blind eyes; every option known to Streamlit."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest
from streamlit import config

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
MODES = ("light", "dark")
COLOURS = ("red", "orange", "yellow", "blue", "green", "violet", "gray")
# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB
BLIND = {
    "nobody": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> np.ndarray:
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2's ratio of two colours, 1 to 21."""
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def faded(text: str, ground: str) -> str:
    """A caption: Streamlit writes it in the text colour at 60 %."""
    mixed = [0.6 * int(text[i : i + 2], 16) + 0.4 * int(ground[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(part):02x}" for part in mixed)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson 2020: lightness, green–red, blue–yellow of linear RGB."""
    to_lms = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
              [0.0883024619, 0.2817188376, 0.6299787005]]  # fmt: skip
    to_lab = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
              [0.0259040371, 0.7827717662, -0.8086757660]]  # fmt: skip
    return np.array(to_lab) @ np.cbrt(np.array(to_lms) @ rgb)


def test_contrast_of_black_on_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # WebAIM's well-known near miss


@pytest.mark.parametrize("mode", MODES)
def test_text_is_readable_on_every_background(mode):
    theme = CONFIG["theme"][mode]
    grounds = [
        part[key] for part in (theme, theme["sidebar"]) for key in ("backgroundColor", "secondaryBackgroundColor")
    ]
    for ground in grounds:
        assert contrast(theme["textColor"], ground) >= 12
        assert contrast(faded(theme["textColor"], ground), ground) >= 4.5
        for key in ("linkColor", "primaryColor", *(f"{name}Color" for name in COLOURS)):
            assert contrast(theme[key], ground) >= 4.5, (key, ground)


@pytest.mark.parametrize("mode", MODES)
def test_chart_colours_stand_out_from_the_page(mode):
    theme = CONFIG["theme"][mode]
    for colour in theme["chartCategoricalColors"]:
        assert contrast(colour, theme["backgroundColor"]) >= 3, colour


@pytest.mark.parametrize("eyes", BLIND)
@pytest.mark.parametrize("mode", MODES)
def test_chart_colours_stay_apart(mode, eyes):
    """Every two categorical colours differ in Oklab by three and a half just noticeable steps of 0.02."""
    colours = CONFIG["theme"][mode]["chartCategoricalColors"]
    seen = {colour: oklab(np.clip(np.array(BLIND[eyes]) @ linear(colour), 0, 1)) for colour in colours}
    for one, other in itertools.combinations(colours, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= 0.07, (one, other)


def options(table: dict, prefix: str = "") -> list[str]:
    found = []
    for key, value in table.items():
        found += options(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"]
    return found


def test_streamlit_knows_every_option():
    assert not set(options(CONFIG)) - set(config.get_config_options())


def test_limits_and_privacy():
    assert CONFIG["server"]["maxUploadSize"] == 20
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
