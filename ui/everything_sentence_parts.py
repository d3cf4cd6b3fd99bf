"""A sentence through everything: the sections of the page, each with the way to its model's own page."""

from collections.abc import Mapping

import streamlit as st

from ui import everything_sentence as asked
from ui import everything_sentence_bands as bands
from ui import page, pretrained, runs_sentence
from ui.everything_sentence import Got
from ui.language import prose, t
from ui.pretrained import NAME

PAGE = "everything_sentence"
Way = tuple[str, str, Mapping[str, str]]  # page, label, what its link says


def _section(title: str, part: int, *ways: Way) -> None:
    """A heading with the ways to other pages, and what is to be seen."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(title, anchor=False, width="content")
        with st.container(horizontal=True, width="content", gap="small"):
            for name, label, link in ways:
                st.page_link(f"pages/{name}.py", label=label, icon=":material/arrow_forward:", query_params=dict(link),
                             width="content")  # fmt: skip
    st.markdown(prose(PAGE, part))


def _figure(figure: page.Figure) -> None:
    """A figure under its finding."""
    st.markdown(f"**{page.plain(figure.alt)}**")
    page.row(figure)


def glance(got: Got) -> None:
    """The finding, and one row a model."""
    said = asked.finding(got)
    st.markdown(f"#### {page.plain(said)}")
    doubts = asked.doubts(got)
    st.markdown(page.plain(doubts))
    page.row(bands.at_a_glance(got, doubts))


def language_models(got: Got) -> None:
    """Bigram and trigram."""
    link = {"of": runs_sentence.CORPUS, "unit": "word", "chain": " ".join(got.words)}
    _section(t("Language model"), 1, ("chain_rule", t("Chain rule"), link))
    _figure(bands.ngrams(got))


def tagger(got: Got) -> None:
    """Tags by an HMM."""
    link = {"work": "tag", "english": " ".join(got.words)}
    _section(t("Hidden Markov model"), 2, ("hmm_work", t("At work"), link))
    _figure(bands.tags(got))


def encoders(got: Got) -> None:
    """What the words are inside of a recurrent encoder and of a Transformer's."""
    _section(t("Recurrent encoder"), 3, ("encoder_decoder", t("Encoder–decoder"), _back(got, "gru")))
    _figure(bands.states(got))
    _section(
        t("Transformer encoder"),
        4,
        ("self_attention", t("Self-attention"), _back(got, "transformer") | {"mode": "trained"}),
    )
    _figure(bands.encoder(got))


def _back(got: Got, name: str) -> dict[str, str]:
    """The link to a page that reads German: with the translation."""
    return {"s": asked.german(got.found[name].tokens)} if got.found[name].tokens else {}


def translations(got: Got) -> None:
    """Three translations, and which word each one looks at."""
    _section(t("Translation"), 5)
    st.markdown(asked.table(got))
    if checked := asked.checked(got):
        st.caption(page.plain(checked))
    _section(t("gru-attention: where it looks while it writes"), 6,
             ("attention", t("Attention"), _back(got, "gru-attention")))  # fmt: skip
    _figure(bands.recurrent_attention(got))
    _section(t("transformer: where it looks while it writes"), 7,
             ("transformer_decoder", t("Encoder → decoder"), _back(got, "transformer")))  # fmt: skip
    _figure(bands.cross_attention(got))


def neighbours(got: Got) -> None:
    """The pretrained encoder."""
    link = {"network": got.encoder or NAME, "heads_text": " ".join(got.words)}
    _section(t("Pretrained encoder"), 8, ("heads", t("Heads"), link), ("embed", t("Compare sentences"), {}))
    if not got.encoder:
        pretrained.say_missing()
    elif got.met is None:
        st.caption(t("It reads nothing in one of these tokens."))
    else:
        _figure(bands.met(got))
    if got.encoder:
        st.markdown(t("**Most alike** among {n} held-out sentences of the grammar", n=runs_sentence.COMPARED))
        near = runs_sentence.nearest(got.encoder, got.words)
        st.markdown("\n".join(f"* {alike:.2f}\u2002{page.plain(text)}" for text, alike in near))
