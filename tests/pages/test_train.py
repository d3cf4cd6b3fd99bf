"""The page Train without a browser: what it shows first, links good and bad, uploads good and bad, a run to its end."""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import weights
from engine.classifier import ClassifierParams
from engine.training import initial
from ui import models, runs

ROOT = Path(__file__).resolve().parents[2]


def opened(**query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    return at.switch_page("pages/train.py").run()


def settings(at: AppTest) -> dict:
    return {key: at.session_state[key] for key in ("train_model", "train_recipe", "train_hidden")}


def table(n: int = 40) -> bytes:
    draw = np.random.default_rng(0)
    rows = [f"{first}{''.join(draw.choice(list('xyz'), 6))}\t{first.upper()}ish" for first in "ab" for _ in range(n)]
    return "\n".join(rows).encode()


def shown(at: AppTest) -> str:
    parts = [*at.main.markdown, *at.main.warning, *at.main.error, *at.main.info, *at.main.caption]
    return "\n".join(part.value for part in parts)


def compared(at: AppTest) -> list[str]:
    """The run that is shown and the one beside it."""
    return [box.value for box in at.selectbox if box.key.startswith(("train_shown", "train_beside"))]


def finish(at: AppTest) -> AppTest:
    end = time.monotonic() + 90
    while (job := runs.jobs().get(at.session_state["train_runs"][-1])).live:
        runs.jobs().touch(job)
        assert time.monotonic() < end
        time.sleep(0.05)
    return at.run()


def test_the_first_screen_shows_how_the_shipped_networks_learned():
    at = opened()
    assert not at.exception
    assert compared(at) == ["names-lecture", "names-elman"]
    steps = runs.shipped_run("names-lecture").step
    assert f"Done: {steps:,} of {steps:,} steps" in shown(at)
    assert [metric.label for metric in at.metric] == [
        "loss", "held-out accuracy", "balanced accuracy", "accuracy in training"
    ]  # fmt: skip
    assert len(at.get("vega_lite_chart")) == 2
    assert {each.proto.component_name for each in at.get("bidi_component")} >= {"unrolled_stepper", "unrolled_matrix"}
    assert at.button(key="train_start").label == "Train"


def test_the_defaults_are_the_lectures():
    at = opened()
    values = settings(at)
    assert (values["train_model"], values["train_recipe"], values["train_hidden"]) == ("lecture", "lecture", None)
    assert at.number_input(key="train_steps").placeholder == "100,000"
    assert at.number_input(key="train_lr").placeholder == "0.005"
    assert at.number_input(key="train_lr").value is None


def test_the_transformer_has_two_layers_of_its_own_and_no_direction():
    at = opened(train_model="transformer", train_recipe="fast")
    assert (at.number_input(key="train_layers").placeholder, at.number_input(key="train_hidden").placeholder) == (
        "2",
        "64",
    )
    assert "train_both" not in {each.key for each in at.toggle}
    at = opened(train_model="transformer", train_hidden="10")
    at.button(key="train_start").click().run()
    assert "10 is no multiple of 4" in shown(at)


def test_a_link_fills_the_form():
    at = opened(train_model="elman", train_recipe="fast", train_hidden="32", train_lr="0.01", train_seconds="30")
    assert settings(at)["train_model"] == "elman"
    assert settings(at)["train_hidden"] == 32
    assert at.number_input(key="train_lr").value == pytest.approx(0.01)
    assert at.number_input(key="train_seconds").value == 30


@pytest.mark.parametrize(
    "query",
    [
        {"train_model": "gpt"}, {"train_recipe": "<b>"}, {"train_hidden": "-1"}, {"train_hidden": "1e9"},
        {"train_lr": "nan"}, {"train_lr": "0"}, {"train_steps": "many"}, {"train_seconds": "99999"},
        {"train_seed": "0x10"}, {"train_sampling": ""}, {"train_model": ""}, {"train_batch": "0"},
        {"train_run": "run-../../x"}, {"train_run": "run-00000000"}, {"train_run": "0" * 5000}, {"k": "x"},
    ],
)  # fmt: skip
def test_bad_values_in_a_link_do_no_harm(query):
    at = opened(**query)
    assert not at.exception
    values = settings(at)
    assert values["train_model"] in (None, "lecture")
    assert values["train_hidden"] is None
    if "train_run" in query:
        assert "no longer on the server" in shown(at)


def test_own_names_are_taken_and_bad_rows_listed_with_line_and_reason():
    at = opened()
    at.file_uploader(key="train_file").upload("mine.tsv", table() + b"\nonlyone\n\xe6\x9d\x8e\tAish").run()
    assert not at.exception
    assert at.selectbox(key="train_names").value == "mine.tsv"
    listed = at.dataframe[-1].value
    assert listed["line"].tolist() == [81, 82]
    assert "two columns" in listed["reason"][0]
    at.number_input(key="train_steps").set_value(30)
    at.number_input(key="train_hidden").set_value(8).run()
    at.button(key="train_start").click().run()
    at = finish(at)
    assert not at.exception
    assert "Done: 30 of 30 steps" in shown(at)
    job = runs.jobs().get(at.session_state["train_runs"][-1])
    assert job.start["languages"] == ["Aish", "Bish"]
    assert at.query_params["train_run"] == [job.id] or at.query_params["train_run"] == job.id
    at.button(key="train_use").click().run()
    assert not at.exception
    assert at.session_state["networks"][0].startswith(models.OWN)
    at.switch_page("pages/step.py").run()
    at.switch_page("pages/train.py").run()
    assert {job.id, "mine.tsv"} <= {box.value for box in at.selectbox}  # both are still there after another page


def test_a_new_run_beside_an_earlier_one(monkeypatch):
    """It is shown before its first checkpoint, while the other has many; what was compared with stays chosen."""
    at = opened(train_steps="20", train_hidden="8")
    at.button(key="train_start").click().run()
    at = finish(at)
    first = at.session_state["train_runs"][0]
    assert compared(at) == [first, "names-elman"]
    next(box for box in at.selectbox if box.key.startswith("train_beside")).set_value("names-lecture").run()
    monkeypatch.setattr(type(runs.jobs()), "_advance", lambda jobs: None)
    at.button(key="train_start").click().run()
    assert not at.exception
    second = at.session_state["train_runs"][1]
    assert compared(at) == [second, "names-lecture"]
    assert "Waiting for its turn" in shown(at) or at.get("progress")
    at.button(key="train_stop").click().run()
    assert not at.exception
    assert "Stopped: 0 of 20 steps" in shown(at)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A.txt", b"a\n" * 15_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "blob"),
    [
        ("x.tsv", b""), ("x.csv", b"\x00\x01\x02" * 99), ("x.tsv", b"one language\tX\n"),
        ("x.zip", b"PK\x03\x04rubbish"),
        ("x.zip", bomb()), ("x.tsv", b"Anna\tA\n" * 200_001), ("x.txt", b"no columns here\n" * 5),
        ("<script>.tsv", b"=1+1\tX\n"), ("x.gz", b"\x1f\x8b rubbish"),
    ],
    ids=["empty", "binary", "one language", "zip", "bomb", "long", "columns", "html", "gz"],
)  # fmt: skip
def test_names_that_cannot_be_used_end_in_a_message(name, blob):
    at = opened()
    at.file_uploader(key="train_file").upload(name, blob).run()
    assert not at.exception
    assert len(at.main.error) == 1
    assert not at.session_state["train_uploads"]


def sized(**changes: object) -> bytes:
    params = ClassifierParams("elman", 4, ("Aish", "Bish"), (1, 1))
    return weights.dumps(initial(params, 0), ClassifierParams(**{**vars(params), **changes}), {})


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"x" * 50,
        b"\xff" * 8 + b"{}",
        sized(model="gpt"),
        sized(n_hidden=10**9),
        sized(languages=()),
        sized()[:-20],
    ],
    ids=["empty", "text", "header", "kind", "size", "languages", "cut"],
)
def test_weights_that_cannot_be_used_end_in_a_message(blob):
    at = opened()
    at.file_uploader(key="train_weights").upload("w.safetensors", blob).run()
    assert not at.exception
    assert len(at.main.error) == 1
    assert "networks" not in at.session_state


def test_good_weights_join_the_networks():
    at = opened()
    at.file_uploader(key="train_weights").upload("w.safetensors", sized()).run()
    assert not at.exception
    assert at.session_state["networks"][0].startswith(models.OWN)


def test_chinese_page():
    at = opened(lang="zh")
    assert not at.exception
    assert "检查点" in shown(at)
