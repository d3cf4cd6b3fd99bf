"""Start: one name in, the network's answer after every letter below it, and the map of the lecture."""

import streamlit as st

from charts.matrix import matrix
from charts.stepper import stepper
from ui import names, page, runs
from ui.language import N_, localise, prose, t
from ui.page import Figure

MAP = {  # page, icon, part of the prose
    N_("One input, all models"): [
        [("everything_name", ":material/badge:", 33), ("everything_sentence", ":material/short_text:", 34),
         ("leaderboard", ":material/leaderboard:", 35)],
    ],
    N_("Language models"): [
        [("chain_rule", ":material/link:", 36), ("ngrams", ":material/schema:", 37),
         ("neural", ":material/psychology:", 38), ("bayes", ":material/balance:", 39)],
    ],
    N_("Hidden Markov models"): [
        [("hmm_generate", ":material/casino:", 1), ("hmm_evaluate", ":material/functions:", 2),
         ("hmm_decode", ":material/route:", 3)],
        [("hmm_learn", ":material/trending_up:", 4), ("hmm_work", ":material/content_cut:", 5),
         ("hmm_assumptions", ":material/broken_image:", 6)],
    ],
    N_("Recurrent networks"): [
        [("step", ":material/footprint:", 7), ("lstm", ":material/memory:", 8), ("cells", ":material/view_week:", 9)],
        [("memory", ":material/history:", 10), ("units", ":material/troubleshoot:", 11),
         ("network_work", ":material/precision_manufacturing:", 12)],
        [("mappings", ":material/summarize:", 13), ("train", ":material/model_training:", 14),
         ("quality", ":material/grid_on:", 15)],
    ],
    N_("Sequence to sequence"): [
        [("encoder_decoder", ":material/compress:", 17), ("bottleneck", ":material/hourglass_empty:", 18),
         ("attention", ":material/join_inner:", 19)],
        [("decoding", ":material/account_tree:", 20), ("teacher_forcing", ":material/school:", 21),
         ("train_translation", ":material/translate:", 22), ("bleu", ":material/spellcheck:", 23)],
    ],
    N_("Transformer"): [
        [("self_attention", ":material/hub:", 24), ("heads", ":material/grid_view:", 25),
         ("positions", ":material/waves:", 26), ("block", ":material/layers:", 27)],
        [("transformer_decoder", ":material/sync_alt:", 28), ("generate", ":material/abc:", 29),
         ("why_transformer", ":material/speed:", 30)],
    ],
    N_("Lab"): [[("score", ":material/checklist:", 16), ("translate", ":material/translate:", 31),
                 ("embed", ":material/compare:", 32)]],
}  # fmt: skip


@st.fragment
def body() -> None:
    """All that a new name changes."""
    left, right = st.columns([2, 3], gap="medium", vertical_alignment="bottom")
    with left:
        name = names.box(t("Type a name"))
    trace = localise(runs.name_trace("elman", name))
    read, finding = names.reading(trace), names.finding(trace)
    right.markdown(f"#### {page.plain(finding)}")
    page.steps(stepper(list(name), names.captions(read), flips=read.flips, index=page.cursor("t", len(name))), finding)
    bars = matrix(trace["probs"], "language", slider="time", show_slider=False, marks="bar")
    page.row(
        page.whole(trace, "probs", finding, "home_probs", "elman", highlight="column_max"),
        Figure(bars, "home_bars", finding, t("**At this letter**"), trace),
        widths=[3, 2],
    )


page.head("home", t("See sequence models think, letter by letter"))
body()
st.subheader(t("The lecture as a map"), anchor=False)
for section, rows in MAP.items():
    st.markdown(f"**{t(section)}**")
    for row in rows:
        page.cards([(name, icon, prose("home", part)) for name, icon, part in row])
page.computed("home", 40, ["engine/rnn.py", "engine/rnn_trace.py", "engine/explain.py"], localise(runs.example()))
