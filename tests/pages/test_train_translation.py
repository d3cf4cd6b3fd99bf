"""The page Train a translator without a browser: the stored run, links, own pairs good and bad, a run to its end."""

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from opened import open_page
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine.translation import files, shipping
from engine.weights import ROOT, SHIPPED
from ui import runs, translation_data, translation_training
from ui.own import OWN
from ui.translation_job import TranslationJob

PAGE = "train_translation"
PAIRS = "".join(f"der Hund {k % 9} .\tthe dog {k % 9} .\n" for k in range(60)).encode()


def shown(at: AppTest) -> str:
    parts = [*at.main.markdown, *at.main.warning, *at.main.error, *at.main.info, *at.main.caption]
    return "\n".join(part.value for part in parts)


def mounted(at: AppTest) -> dict:
    """Header and arrays of the page's components by name."""
    return {each.proto.component_name.removeprefix("unrolled_"): unpack(each.proto.bytes)
            for each in at.get("bidi_component")}  # fmt: skip


def finish(at: AppTest) -> AppTest:
    end = time.monotonic() + 90
    while (job := runs.jobs().get(at.session_state["translation_runs"][-1], TranslationJob)).live:
        runs.jobs().touch(job)
        assert time.monotonic() < end
        time.sleep(0.05)
    return at.run()


def test_the_first_screen_replays_how_the_shipped_network_learned():
    at = open_page(PAGE)
    run = shipping.load()
    checks = [record["check"] for record in run["records"] if record["check"]]
    assert at.metric[0].value == f"{checks[-1]['bleu']:.1f}"
    assert at.metric[1].value == f"{checks[-1]['exact']:.1%}"
    header, arrays = mounted(at)["matrix"]
    assert [axis["size"] for axis in header["sliders"]] == [len(checks)]
    weights = np.array(checks[-1]["look"]["weights"])
    np.testing.assert_allclose(arrays["values"][-1][: len(weights)], weights, atol=1e-6)
    assert mounted(at)["stepper"][0]["dim"] == "check"
    assert len(at.get("vega_lite_chart")) == 3
    said = shown(at)
    assert "The strongest link of a word" in said
    assert not at.main.warning


BAD = {
    "data": "own", "model": "gpt", "reads": "x", "translation_cell": "rnn", "translation_units": "1e9", "check": "x",
    "translation_minutes": "99", "translation_forcing": "-1", "translation_size": "7", "translation_seed": "0x10",
    "translation_sentence": "a " * 2000, "run": "run-00000000",
}  # fmt: skip
WORSE = {
    "data": "<b>",
    "run": "../../x",
    "check": "-1",
    "translation_minutes": "nan",
    "translation_cell": "",
    "translation_size": "",
}


@pytest.mark.parametrize("query", [BAD, WORSE], ids=["bad", "worse"])
def test_bad_values_in_a_link_do_no_harm(query):
    at = open_page(PAGE, **query)
    assert "no longer on the server" in shown(at)
    assert "does not exist here" in shown(at)
    assert "which is not a position" in shown(at)
    assert at.metric
    assert at.number_input(key="translation_minutes").value == translation_training.MINUTES
    assert at.number_input(key="translation_units").value is None


def test_a_link_fills_the_form_and_the_run_is_told_it(monkeypatch):
    told = {}

    def submit(owner, params, data, name, kind):
        told.update(params, data=data)
        return kind("run-x", owner, params, data, name, runs.DATA)

    at = open_page(
        PAGE, data="grammar-fr", model="rnn", reads="forth", translation_cell="lstm", translation_units="31",
        translation_minutes="2", translation_size="1,000", translation_sentence="Der  Hund schläft .",
        translation_forcing="0.5", translation_seed="3",
    )  # fmt: skip
    monkeypatch.setattr(runs.jobs(), "submit", submit)
    at.button(key="translation_start").click().run()
    assert not at.exception
    expected = {
        "model": "rnn", "cell": "lstm", "bidirectional": False, "reversed": False, "n_hidden": 30, "seconds": 120.0,
        "teacher_forcing": 0.5, "seed": 3, "languages": ["de", "fr"], "size": 1000, "data": "grammar",
        "looked_at": "Der Hund schläft .",
    }  # fmt: skip
    assert {key: told[key] for key in expected} == expected


def test_a_transformer_has_a_form_of_its_own(monkeypatch):
    told = {}

    def submit(owner, params, data, name, kind):
        told.update(params)
        return kind("run-x", owner, params, data, name, runs.DATA)

    at = open_page(PAGE, model="transformer", positions="rotary", norm="after", translation_layers="1",
                   translation_heads="8", translation_units="32")  # fmt: skip
    assert "translation_forcing" not in {each.key for each in at.slider}
    monkeypatch.setattr(runs.jobs(), "submit", submit)
    at.button(key="translation_start").click().run()
    assert not at.exception
    expected = {
        "model": "transformer", "positions": "rotary", "norm": "after", "n_layers": 1, "n_heads": 8, "n_hidden": 32,
        "cell": None, "score": None, "teacher_forcing": 1.0,
    }  # fmt: skip
    assert {key: told[key] for key in expected} == expected


def test_sizes_that_make_no_transformer_are_said():
    at = open_page(PAGE, model="transformer", translation_heads="8", translation_units="20")
    at.button(key="translation_start").click().run()
    assert not at.exception
    assert any("out of range" in each.value for each in at.warning)


def test_own_pairs_are_learned_from_and_the_network_is_used(monkeypatch):
    form = translation_training.wanted

    def short():
        found = form()
        small = {"seconds": None, "steps": 6, "checks": 2, "n_hidden": 8, "n_embedding": 8}
        return found._replace(params=replace(found.params, **small))

    monkeypatch.setattr(translation_training, "wanted", short)
    at = open_page(PAGE)
    at.file_uploader(key="translation_files").upload("mine.tsv", PAIRS + b"only one side\n").run()
    assert not at.exception
    assert at.dataframe[-1].value["line"].tolist() == [61]
    assert "mine\\.tsv\\: 60 pairs" in shown(at)
    at.button(key="translation_start").click().run()
    at = finish(at)
    assert not at.exception
    assert "6 of 6 steps" in shown(at)
    job = runs.jobs().get(at.session_state["translation_runs"][-1], TranslationJob)
    assert (job.data_name, job.start["languages"]) == ("mine.tsv", ["de", "en"])
    assert job.params["tokens"] == "bpe"
    at.button(key="translation_use").click().run()
    assert not at.exception
    assert at.session_state["translators"][0].startswith(f"{OWN}gru-attention")
    assert at.session_state["translator_wanted"] == at.session_state["translators"][0]


def test_files_that_cannot_be_used_end_in_a_message():
    at = open_page(PAGE)
    for name, blob in (("x.tsv", b"\x00\x01\x02" * 99), ("<script>.tsv", b"=1+1\tX\n")):
        at.file_uploader(key="translation_files").upload(name, blob).run()
        assert not at.exception
        assert len(at.main.error) == 1
        assert "translation_pairs" not in at.session_state
    at.file_uploader(key="translation_weights").upload("w.safetensors", b"\xff" * 8 + b"{}").run()
    assert not at.exception
    assert len(at.main.error) == 2
    assert "translators" not in at.session_state


def test_own_pairs_that_are_gone_start_no_run():
    at = open_page(PAGE)
    at.file_uploader(key="translation_files").upload("mine.tsv", PAIRS).run()
    Path(at.session_state["translation_pairs"].path).unlink()
    at.button(key="translation_start").click().run()
    assert not at.exception
    assert "Your sentence pairs are no longer on the server" in shown(at)
    assert not at.session_state["translation_runs"]
    assert "translation_pairs" not in at.session_state


def test_a_server_keeps_the_newest_pairs(monkeypatch, tmp_path):
    class Jobs:
        folder, jobs = tmp_path, {}

    monkeypatch.setattr(runs, "jobs", Jobs)
    monkeypatch.setattr(translation_data, "FILES", 3)
    used, *others = (Path(translation_data.keep([("mine.tsv", PAIRS + f"a\t{k}\n".encode())]).path) for k in range(3))
    for age, path in enumerate((used, *others)):
        os.utime(path, (age, age))
    job = TranslationJob("run-x", "", {}, str(used), "mine.tsv", tmp_path, state="running")
    Jobs.jobs[job.id] = job
    newest = [Path(translation_data.keep([("mine.tsv", PAIRS + f"b\t{k}\n".encode())]).path) for k in range(3)]
    assert set(tmp_path.glob("pairs-*")) == {used, *newest}


def test_every_page_keeps_a_translators_run_alive():
    before = time.monotonic() - 60
    job = TranslationJob("run-beacon", "me", {}, "grammar", "", runs.DATA, state="running", seen=before)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    at.session_state["translation_runs"], at.session_state["train_owner"] = [job.id], "me"
    runs.jobs().jobs[job.id] = job
    try:
        at.run()
    finally:
        del runs.jobs().jobs[job.id]
    assert not at.exception
    assert job.seen > before
    assert "Training: 0%" in [link.proto.label for link in at.sidebar.get("page_link")]


def test_good_weights_join_the_translators():
    at = open_page(PAGE)
    blob = (ROOT / SHIPPED / f"{files.SHIPPED['gru-attention-dot']}.safetensors").read_bytes()
    at.file_uploader(key="translation_weights").upload("w.safetensors", blob).run()
    assert not at.exception
    assert at.session_state["translators"][0].startswith(f"{OWN}gru-attention-dot")


def test_chinese_page():
    assert "检查点" in shown(open_page(PAGE, lang="zh"))
