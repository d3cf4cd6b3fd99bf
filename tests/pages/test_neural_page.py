"""Neural language models, run without a browser: what is drawn is what the models say."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from charts.payload import unpack
from engine import corpora, ngram, ngram_counts, nnlm_files
from engine.vocabulary import vocabulary
from tests.pages.opened import ROOT, open_page
from ui import neural, neural_jobs, neural_live
from ui.neural_job import NeuralJob


def figures(app) -> list[tuple[dict, dict]]:
    return [unpack(element.proto.bytes) for element in app.get("bidi_component") if element.proto.bytes]


def drawn(app, variable: str) -> list[np.ndarray]:
    return [arrays["values"] for header, arrays in figures(app) if header.get("variable") == variable]


def said(app) -> str:
    return re.sub(r"\\(?=[^a-zA-Z])", "", " ".join(element.value for element in app.markdown))


@pytest.mark.parametrize(
    ("key", "unit", "text", "names"),
    [("names", "character", "Kowalska", neural.SHIPPED["names", "character"]),
     ("grammar:en", "word", "In winter it is cold .", neural.SHIPPED["grammar:en", "word"])],
)  # fmt: skip
def test_every_row_is_what_its_model_says(key, unit, text, names):
    app = open_page("neural", of=key, lm=text, n="3", t="2")
    (p,) = drawn(app, "p")
    train = corpora.corpus(key, unit).train
    counted = ngram.fit(ngram_counts.count(train, vocabulary(train, unit), 3), ngram.NGramParams(3))
    models = [counted, *map(nnlm_files.load_shipped, names)]
    for row, model in zip(p, models, strict=True):
        assert row == pytest.approx(np.exp(model.log_probs([text]).log_p), rel=1e-4)
    bits = [model.log_probs([text]).log_p.mean() / -np.log(2) for model in models]
    assert re.search(rf"Believes the text most: [^.]*, {min(bits):.2f} bits a {unit}", said(app))
    tokens = models[0].vocabulary.cut(text)
    for values, model in zip(drawn(app, "top_p"), models, strict=True):
        assert values[2] == pytest.approx(np.sort(model.next(tokens[:2]))[::-1][:8], rel=1e-4)
    assert drawn(app, "embedded")[0].shape == (len(tokens) + 1, models[1].params.window, models[1].params.n_embedding)


def test_held_out_figures_are_those_of_the_cards():
    text = said(open_page("neural"))
    for name in neural.SHIPPED["names", "character"]:
        assert f"{nnlm_files.load_shipped(name).card['bits']:.3f}" in text
    for bits in nnlm_files.load_shipped(name).card["kneser_ney_bits"].values():
        assert f"{bits:.3f}" in text


def test_a_text_without_a_network_says_so_and_shows_the_n_gram():
    app = open_page("neural", of="pydoc")
    assert "train one below" in app.info[0].value
    assert drawn(app, "p")[0].shape[0] == 1
    assert not drawn(app, "hidden")


def test_unknown_letters_empty_texts_and_bad_links():
    app = open_page("neural", lm="Ко", n="9", of="klingon", t="99", net="abacus")
    assert "read as <unk>" in said(app)
    assert {"9", "klingon", "abacus"} <= {word for each in app.warning for word in re.findall(r"\w+", each.value)}
    empty = open_page("neural", lm="  ")
    assert "Type a text" in empty.info[0].value
    long = open_page("neural", lm="ab" * 50)
    assert drawn(long, "p")[0].shape[1] == 41


def test_a_network_trained_on_the_page_stands_beside_the_others(monkeypatch):
    file = ROOT / "assets" / "models" / "lm-names-gru.safetensors"
    monkeypatch.setattr(neural_jobs, "usable", lambda of: [SimpleNamespace(usable=file)] if of.is_names else [])
    app = open_page("neural", lm="Anna")
    (p,) = drawn(app, "p")
    assert p.shape == (4, 5)
    assert p[3] == pytest.approx(p[2])
    assert "recurrent (GRU), trained live" in said(app)


@pytest.mark.parametrize("state", ["waiting", "running", "stopped", "done"])
def test_a_run_is_told_in_words(tmp_path, state):
    params = {"model": "rnn", "cell": "gru", "unit": "word", "asked": {"key": "pydoc", "unit": "word", "own": ""}}
    job = NeuralJob("run", "me", params, "pydoc", "", tmp_path, state=state)
    first = neural_live.said(job)
    assert first.startswith("recurrent: GRU on Python's documentation: ")
    job.checks = [{"step": k, "seconds": 1.0, "bits": 9.0 - k, "perplexity": 2.0, "best": True, "written": ["a"]}
                  for k in (0, 5)]  # fmt: skip
    job.step, job.progress, job.seconds, job.losses = 5, 0.25, 3.0, [(5, 3.0, 0.6931471805599453)]
    assert ("held out: 4.000 bits a word" in neural_live.said(job)) is (state != "waiting")
    assert ("about 9 s left" in neural_live.said(job)) is (state == "running")
    table = neural_live.table(job)
    assert table[table["part"] == "training"]["y"].tolist() == pytest.approx([1.0])
    assert table[table["part"] == "held out"]["y"].tolist() == [9.0, 4.0]
