"""The table of pages: section, file in pages/, title, icon; in the order of the lecture."""

from ui.language import N_

PAGES = {
    N_("Start"): [
        ("home", N_("Unrolled"), ":material/home:"),
        ("everything_name", N_("A name through everything"), ":material/badge:"),
        ("everything_sentence", N_("A sentence through everything"), ":material/short_text:"),
        ("leaderboard", N_("Leaderboard"), ":material/leaderboard:"),
    ],
    N_("Language models"): [
        ("chain_rule", N_("Chain rule"), ":material/link:"),
        ("ngrams", N_("n-grams"), ":material/schema:"),
        ("neural", N_("Neural"), ":material/psychology:"),
        ("bayes", N_("Bayes"), ":material/balance:"),
    ],
    N_("Hidden Markov models"): [
        ("hmm_generate", N_("Generate"), ":material/casino:"),
        ("hmm_evaluate", N_("Evaluate"), ":material/functions:"),
        ("hmm_decode", N_("Decode"), ":material/route:"),
        ("hmm_learn", N_("Learn"), ":material/trending_up:"),
        ("hmm_work", N_("At work"), ":material/work:"),
        ("hmm_assumptions", N_("Assumptions"), ":material/rule:"),
    ],
    N_("Recurrent networks"): [
        ("step", N_("Step through"), ":material/footprint:"),
        ("lstm", N_("LSTM gates"), ":material/memory:"),
        ("cells", N_("Cells side by side"), ":material/view_week:"),
        ("memory", N_("Memory"), ":material/history:"),
        ("units", N_("What does a unit know?"), ":material/troubleshoot:"),
        ("network_work", N_("A network at work"), ":material/precision_manufacturing:"),
        ("mappings", N_("In short"), ":material/summarize:"),
        ("train", N_("Train"), ":material/model_training:"),
        ("quality", N_("How good is it?"), ":material/grid_on:"),
    ],
    N_("Sequence to sequence"): [
        ("encoder_decoder", N_("Encoder–decoder"), ":material/compare_arrows:"),
        ("bottleneck", N_("One vector for all"), ":material/compress:"),
        ("attention", N_("Attention"), ":material/join_inner:"),
        ("decoding", N_("Decoding"), ":material/account_tree:"),
        ("teacher_forcing", N_("Teacher forcing"), ":material/school:"),
        ("train_translation", N_("Train a translator"), ":material/translate:"),
        ("bleu", N_("BLEU"), ":material/spellcheck:"),
    ],
    N_("Transformer"): [
        ("self_attention", N_("Self-attention"), ":material/hub:"),
        ("heads", N_("Heads"), ":material/grid_view:"),
        ("positions", N_("Positional encoding"), ":material/waves:"),
        ("block", N_("One block"), ":material/layers:"),
        ("transformer_decoder", N_("Encoder → decoder"), ":material/sync_alt:"),
        ("generate", N_("Generate names"), ":material/abc:"),
        ("why_transformer", N_("Why not recurrent?"), ":material/speed:"),
    ],
    N_("Lab"): [
        ("score", N_("Score"), ":material/checklist:"),
        ("translate", N_("Translate a list"), ":material/translate:"),
        ("embed", N_("Compare sentences"), ":material/compare:"),
    ],
}
