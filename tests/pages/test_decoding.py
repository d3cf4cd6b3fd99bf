"""The page Decoding: three searches, what the user forces, the ban of `<eos>`, links, and the proofs of its numbers."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from charts.base import Spec
from charts.offers import offers, picture
from charts.payload import unpack
from engine import search, search_trace
from engine.tokens import EOS, SOS
from engine.translation import batches, decoding, files
from tests.pages.opened import ROOT, open_page
from ui import decoding as page_decoding
from ui.decoding_force import PARAM
from ui.decoding_said import loop, parted

FIRST = page_decoding.EXAMPLES[0]
LIMIT = page_decoding.FIRST_LIMIT


def opened(**query: str | list[str]) -> AppTest:
    return open_page("decoding", **query)


def said(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.main.markdown, *app.caption)).replace("\\", "")


def component(app: AppTest, name: str) -> tuple[dict, dict[str, np.ndarray]]:
    """What the component of that name is told."""
    protos = [each.proto for each in app.get("bidi_component") if each.proto.component_name.endswith(name)]
    return unpack(protos[0].bytes)


def given(name: str = "lstm", text: str = FIRST, limit: int = LIMIT) -> tuple:
    """A shipped translator, and the first arguments of the searches by trace."""
    found = files.load_shipped(name)
    words = found.source.cut([text])[0]
    decoder = decoding.decoder(found.net, batches.left([np.array(found.source.encode(words))]))
    return found, (decoder, found.target.vocabulary, SOS, EOS, limit)


def text_of(found: files.Translator, words: tuple[int, ...]) -> str:
    return found.target.join(found.target.decode(words[:-1] if words[-1] == EOS else words))


def forced(app: AppTest) -> list[str]:
    """What the link forces; AppTest gives one value as a string."""
    value = app.query_params.get(PARAM) or []
    return [value] if isinstance(value, str) else list(value)


def minus(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


# ── the three searches ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_beam_is_the_engines_and_stands_beside_greedy():
    app = opened()
    found, (decoder, _, *rest) = given()
    best, greedy = search.beam(decoder, 3, *rest)[0], search.greedy(decoder, *rest)
    assert f"“{text_of(found, best.words)}”, log P = {minus(best.log_prob)}" in said(app)
    assert best.log_prob > greedy.log_prob  # the first example shows what a beam is for
    assert f"log P {minus(best.log_prob)} instead of {minus(greedy.log_prob)}" in said(app)
    assert f"They part at word {parted(best.words, greedy.words) + 1}" in said(app)
    header, arrays = component(app, "tree")
    assert header["labels"][0] == "<sos>"
    assert arrays["best"].sum() == len(best.words) + 1
    table = app.dataframe[0].value
    assert table["score"].is_monotonic_decreasing
    assert table["log_prob"][0] == pytest.approx(best.log_prob)


def test_a_transformer_is_searched_as_a_recurrent_network():
    app = opened(translator="transformer", width="5")
    found, (decoder, _, *rest) = given("transformer")
    best = search.beam(decoder, 5, *rest)[0]
    assert f"“{text_of(found, best.words)}”, log P = {minus(best.log_prob)}" in said(app)
    _, arrays = component(app, "tree")
    assert arrays["best"].sum() == len(best.words) + 1
    words = torch.tensor([[SOS, *best.words[:-1]]])
    read = torch.tensor([found.source.encode(found.source.cut([FIRST])[0])])
    logs = found.net(read, words)[0].log_softmax(1)[range(len(best.words)), list(best.words)]
    assert best.log_prob == pytest.approx(logs.sum().item(), abs=1e-4)


def test_a_narrow_beam_is_told_what_it_pruned():
    app = opened(width="1")
    found, (decoder, _, *rest) = given()
    wide = search.beam(decoder, 20, *rest)[0]
    greedy = search.greedy(decoder, *rest)
    at = parted(wide.words, greedy.words)
    assert "A beam of width 1 is the greedy search." in said(app)
    assert f"Pruned, and it would have won: “{text_of(found, wide.words)}”" in said(app)
    assert f"fell out of this beam at word {at + 1}, “{found.target.vocabulary[wide.words[at]]}”" in said(app)


def test_the_length_penalty_ranks_by_the_score():
    app = opened(alpha="1.5")
    _, (decoder, _, *rest) = given()
    results = search.beam(decoder, 3, *rest, n_best=3, length_penalty=1.5)
    table = app.dataframe[0].value
    assert table["score"].tolist() == pytest.approx([each.score for each in results])
    assert (table["log_prob"] / table["penalty"]).tolist() == pytest.approx(table["score"].tolist())


def test_greedy_shows_the_five_likeliest_of_each_step():
    app = opened(search="greedy", translator="gru-attention")
    _, arguments = given("gru-attention")
    trace = search_trace.greedy_trace(*arguments)
    header, arrays = component(app, "offers")
    assert header["offered"] == trace.attrs["words"]
    assert header["chosen"] == trace["chosen"].values.tolist()
    np.testing.assert_allclose(arrays["bars"], trace["p"].values, atol=1e-6)
    assert minus(float(trace["total"][-1])) in said(app)


def test_a_sample_is_the_links_and_ten_seeds_are_counted():
    query = {"search": "sampling", "temperature": "1.5", "top_k": "20", "top_p": "0.8", "draw": "7"}
    app, again = opened(**query), opened(**query)
    assert said(app) == said(again)
    found, (decoder, _, *rest) = given()
    drawn = [search.sample(decoder, *rest, 1.5, 20, 0.8, seed) for seed in range(10)]
    assert f"“{text_of(found, drawn[7].words)}”, log P = {minus(drawn[7].log_prob)}" in said(app)
    table = app.dataframe[0].value
    assert table["times"].sum() == 10
    assert len(table) == len({each.words for each in drawn})
    header, arrays = component(app, "offers")
    assert (header["cuts"], header["top_p"]) == (True, 0.8)
    k = 2
    kept, q, u = arrays["kept"][k] == 1, arrays["p_final"][k], arrays["u"][k]
    assert q[kept].sum() == pytest.approx(1, abs=1e-5)
    assert header["chosen"][k] == (np.cumsum(q) <= u).sum()


def test_the_cold_sample_is_greedy():
    app = opened(search="sampling", temperature="0.05", draw="5")
    assert "Greedy finds the same sentence." in said(app)
    assert "All 10 seeds give one and the same sentence." in said(app)


# ── what the user forces ────────────────────────────────────────────────────────────────────────────────────────


def test_a_word_of_the_link_is_forced_and_the_original_stays_beside_it():
    app = opened(search="greedy", force="3:answer")
    found, (decoder, _, *rest) = given()
    before = search.greedy(decoder, *rest)
    after = search.greedy(decoder, *rest, forced={2: found.target.index["answer"]})
    table = app.dataframe[0].value
    assert table["translation"].tolist() == [text_of(found, each.words) for each in (before, after)]
    assert table["change"].tolist() == pytest.approx([0, after.log_prob - before.log_prob])
    assert table["bleu"][1] == pytest.approx(100)  # Does she answer the cook ?
    app.button(key="decoding_back").click().run()
    assert not app.exception
    assert not forced(app)
    assert minus(before.log_prob) in said(app)
    app.button(key="decoding_undo_button").click().run()
    assert forced(app) == ["3:answer"]
    assert minus(after.log_prob) in said(app)


def test_a_word_that_is_clicked_is_forced_and_later_ones_are_free():
    app = opened(search="greedy", force=["1:Does", "6:."])
    app.session_state["decoding_offers__said"] = "3:answer"
    app.run()
    assert not app.exception
    assert forced(app) == ["1:Does", "3:answer"]
    assert app.query_params["step"] in ("2", ["2"])


def test_in_a_beam_the_words_before_a_clicked_one_stay():
    app = opened()
    app.session_state["decoding_offers__said"] = "3:cook"
    app.run()
    assert forced(app) == ["1:Does", "2:she", "3:cook"]


@pytest.mark.parametrize("sent", ["", "3", "0:cook", "99:cook", "x:cook", "3:<pad>", "3:no such word", "٣:cook"])
def test_what_is_no_word_of_a_step_is_passed_over(sent):
    app = opened(search="greedy")
    app.session_state["decoding_offers__said"] = sent
    assert not app.run().exception
    assert not forced(app)


def test_a_typed_beginning_is_forced_and_unknown_words_are_said():
    app = opened(search="greedy")
    app.text_input(key="decoding_prefix").set_value("Is zebra").run()
    assert app.warning[0].value.startswith("zebra")
    assert not forced(app)
    app.text_input(key="decoding_prefix").set_value("Is the").run()
    assert not app.warning
    assert forced(app) == ["1:Is", "2:the"]
    assert "“Is the" in said(app)
    assert app.text_input(key="decoding_prefix").value == ""


def test_a_node_of_the_tree_is_explained_and_can_be_gone_on_from():
    app = opened()
    header, arrays = component(app, "tree")
    node = next(k for k, word in enumerate(header["labels"]) if word == "cook" and arrays["depth"][k] == 3)
    app.session_state["decoding_tree__picked"] = {"variable": "score", "position": {"node": node}}
    app.run()
    assert app.main.code
    app.button(key="decoding_from").click().run()
    assert forced(app) == ["1:Does", "2:she", "3:cook"]


def test_another_sentence_forgets_what_was_forced():
    app = opened(search="greedy", force="3:answer")
    app.query_params["s"] = page_decoding.EXAMPLES[1]
    app.run()
    assert not forced(app)


BAD = [{"force": "x"}, {"force": "3:"}, {"force": "3:<sos>"}, {"force": "77:the"}, {"force": "40:the"}, {"width": "99"},
       {"alpha": "x"}, {"alpha": "nan"}, {"search": "astar"}, {"limit": "61"}, {"draw": "-1"}]  # fmt: skip


@pytest.mark.parametrize("query", BAD, ids=str)
def test_a_bad_value_in_the_link_is_said_and_not_used(query):
    app = opened(**query)
    assert app.warning
    assert "log P = " in said(app)


def test_all_that_is_wrong_in_a_link_is_one_notice():
    app = opened(alpha="abc", width="99", search="astar", limit="12", force=["3:zzz", "40:the"])
    (notice,) = app.warning
    told = notice.value.replace("\\", "")
    for each in ("alpha=abc, which is no number", "width=99, which is not between 1 and 10",
                 "search=astar, which does not exist here", "force=3:zzz, which does not exist here",
                 "force=40:the, which is beyond the limit of 12 words"):  # fmt: skip
        assert each in told
    assert not {"alpha", "width", "search"} & set(app.query_params)


def test_the_steps_are_the_words_of_the_translation_and_the_last_shows_the_whole_tree():
    app = opened()
    labels, header = component(app, "stepper")[0]["labels"], component(app, "tree")[0]
    assert labels[-1] == "<eos>"
    assert "…" not in labels
    assert header["last"] == len(labels) - 1
    assert component(app, "tree")[1]["depth"].max() > len(labels)  # other hypotheses go on


# ── what if it never says <eos> ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["greedy", "beam", "sampling"])
def test_without_eos_it_goes_on_until_the_limit(kind):
    app = opened(search=kind, never="true", limit="25")
    assert "stopped by the limit, after 25 words" in said(app)
    assert "<eos> is banned." in said(app)
    assert app.dataframe[0].value["reason"].tolist()[1] == "limit"


def test_the_models_wish_to_end_and_its_loop_are_told():
    app = opened(search="greedy", never="true", limit="40")
    found, arguments = given(limit=40)
    trace = search_trace.greedy_trace(*arguments, banned=(EOS,))
    wanted = np.flatnonzero(trace["p_eos"].values > 0.5)
    assert f"at {len(wanted)} of 40 steps, first at word {wanted[0] + 1}" in said(app)
    start, period = loop(trace.attrs["chosen_ids"])
    assert f"From word {start + 1} on" in said(app)
    words = found.target.decode(trace.attrs["chosen_ids"])[start : start + period]
    assert f"“{' '.join(words)}”" in said(app)


@pytest.mark.parametrize(
    ("words", "expected"),
    [([1, 2, 3, 4, 5, 6], None), ([1, 2, 7, 7, 7, 7], (2, 1)), ([1, 7, 7], None), ([9, 1, 2, 1, 2, 1], (1, 2)),
     ([1, 2, 3, 1, 2, 3], (0, 3)), ([5, 1, 2, 3, 1, 2, 3, 1], (1, 3)), ([], None), ([1], None)],
)  # fmt: skip
def test_loops(words, expected):
    assert loop(words) == expected


# ── proofs, words, hostile input ────────────────────────────────────────────────────────────────────────────────

PICKS = [
    ({"search": "sampling", "draw": "3"}, "decoding_offers", "cumulative", {"step": 2, "rank": 3}),
    ({"search": "sampling", "draw": "3"}, "decoding_offers", "p_final", {"step": 2, "rank": 0}),
    ({"search": "sampling", "draw": "3"}, "decoding_offers", "u", {"step": 1}),
    ({"search": "sampling", "draw": "3"}, "decoding_offers", "kept_mass", {"step": 1}),
    ({"search": "greedy"}, "decoding_offers", "p", {"step": 2, "alternative": 1}),
    ({}, "decoding_total", "total", {"step": 4}),
    ({}, "decoding_tree", "score", {"node": 7}),
]


@pytest.mark.parametrize(("query", "key", "variable", "position"), PICKS)
def test_what_is_picked_is_proved_by_its_own_code(query, key, variable, position):
    app = opened(**query)
    app.session_state[f"{key}__picked"] = {"variable": variable, "position": position}
    assert not app.run().exception
    shown = next(float(each.value.split()[-1]) for each in app.caption if "same number" in each.value)
    run = subprocess.run([sys.executable, "-I", "-c", app.main.code[0].value], cwd=ROOT, capture_output=True, text=True)
    assert float(run.stdout) == pytest.approx(shown, rel=1e-5)


def test_offers_refuse_words_that_do_not_fit_and_can_be_printed():
    _, arguments = given()
    trace = search_trace.greedy_trace(*arguments)
    chart = offers(trace, {})
    assert len(chart.table()) == trace["p"].size
    assert isinstance(picture(chart), Spec)
    trace.attrs["words"] = trace.attrs["words"][1:]
    with pytest.raises(ValueError, match="words for"):
        offers(trace, {})


@pytest.mark.parametrize("kind", ["greedy", "beam", "sampling"])
@pytest.mark.parametrize("text", ["<script>alert(1)</script> **x** $y$ {z}", "🙂 שלום", "?", "ist " * 60])
def test_nothing_typed_breaks_the_page(kind, text):
    app = opened(search=kind, s=text.strip(), never="true", limit="12")
    assert not app.exception


@pytest.mark.parametrize("query", [{}, {"search": "greedy", "force": "3:answer"}, {"search": "sampling"},
                                   {"never": "true"}], ids=str)  # fmt: skip
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_raw_message_template_is_shown(lang, query):
    app = opened(lang=lang, **query)
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [text for text in texts if re.search(r"\{[a-z]+\}", re.sub(r"\$+.*?\$+", "", text, flags=re.DOTALL))]
