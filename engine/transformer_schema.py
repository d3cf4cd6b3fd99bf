"""The variables of a stack's trace, the same for every Transformer: encoder, decoder, classifier, letter model, BERT.

X is the residual stream, [layer query unit]. A variable of cross-attention is called as that of self-attention, with
`_c` behind it; its keys are the places of the other stack, `source`.
"""

from engine.errors import N_
from engine.trace import Var
from engine.transformer_block import StackParams

AXES = {
    "layer": N_("layer"), "head": N_("head"), "query": N_("place that looks"), "key": N_("place looked at"),
    "source": N_("word read"), "unit": N_("unit"), "feature": N_("feature of the head"),
    "hidden_unit": N_("hidden unit"), "word": N_("word of the vocabulary"), "rank": N_("rank"),
}  # fmt: skip

_FRONT = {"embedded": Var("query unit", r"E", "embedding of each place")}
_CODE = {"code": Var("query unit", r"PE", "position code, added to the embedding")}
_ROTARY = {
    "Q_plain": Var("layer head query feature", r"XW_Q", "query before it is turned by its position"),
    "K_plain": Var("layer head key feature", r"XW_K", "key before it is turned by its position"),
}
_ATTENTION = {
    "Q": Var("layer head query feature", r"Q", "query: what a place asks for"),
    "K": Var("layer head key feature", r"K", "key: what a place is found by"),
    "V": Var("layer head key feature", r"V", "value: what a place gives"),
    "products": Var("layer head query key", r"QK^\top", "dot product of each query with each key"),
    "scores": Var("layer head query key", r"QK^\top/\sqrt{d_k}", "scores, before the mask"),
    "mask": Var("query key", r"M", "what may be looked at: 1, or not: 0", "index"),
    "weights": Var(
        "layer head query key", r"\text{softmax}(QK^\top/\sqrt{d_k})", "attention: how much each place looks at each",
        "prob",
    ),
    "Z": Var("layer head query feature", r"Z", "what a head takes: the values, weighed and added up"),
    "concat": Var("layer query unit", r"[Z_1;\ldots;Z_h]", "the heads side by side"),
    "attended": Var("layer query unit", r"[Z_1;\ldots;Z_h]W_O+b_O", "what attention adds to the stream"),
}  # fmt: skip
_CROSS = {
    "Q": N_("query of cross-attention: what a word to be written asks for"),
    "K": N_("key of cross-attention: what a word read is found by"),
    "V": N_("value of cross-attention: what a word read gives"),
    "products": N_("dot product of each query with each key, in cross-attention"),
    "scores": N_("scores of cross-attention"),
    "weights": N_("cross-attention: how much each step looks at each word read"),
    "Z": N_("what a head of cross-attention takes from the words read"),
    "concat": N_("the heads of cross-attention side by side"),
    "attended": N_("what cross-attention adds to the stream"),
}


def _crossed() -> dict[str, Var]:
    found = {"normed_c": Var("layer query unit", r"\bar X'", "what cross-attention reads from the stream")}
    for name, meaning in _CROSS.items():
        var = _ATTENTION[name]
        symbol = rf"{var.symbol}^{{\times}}"
        found[f"{name}_c"] = Var(var.dims.replace("key", "source"), symbol, meaning, var.kind)
    return found | {
        "sum_c": Var("layer query unit", r"X+\text{Cross}(X)", "sum of the stream and cross-attention"),
        "X_crossed": Var("layer query unit", r"X''", "stream after cross-attention"),
    }


_HIDDEN = {
    "ffn_normed": Var("layer query unit", r"\bar X_1", "what the feed-forward network reads from the stream"),
    "hidden_in": Var(
        "layer query hidden_unit", r"XW_1+b_1", "inner layer of the feed-forward network, before the activation"
    ),
    "hidden": Var("layer query hidden_unit", r"\max(0,XW_1+b_1)", "inner layer of the feed-forward network"),
    "ffn": Var("layer query unit", r"\text{FFN}(X)", "what the feed-forward network adds to the stream"),
    "sum_ffn": Var("layer query unit", r"X+\text{FFN}(X)", "sum of the stream and the feed-forward network"),
    "X_out": Var("layer query unit", r"X_{\ell+1}", "stream after the layer"),
    "output": Var("query unit", r"\bar X", "output of the stack"),
}
WORDS = {
    "logits": Var("query word", r"\ell_t", "score of each word of the vocabulary"),
    "log_norm": Var("query", r"\log\sum_w e^{\ell_t[w]}", "logarithm of the sum of the exponentials"),
    "p": Var("query word", r"p_t", "probability of each word of the vocabulary", "prob"),
    "p_word": Var("query", r"\log p_t[y_t]", "log-probability of the word written", "log"),
    "p_eos": Var("query", r"p_t[\langle\text{eos}\rangle]", "probability that the sentence ends here", "prob"),
    "top_p": Var("query rank", r"p_t[w_k]", "probabilities of the likeliest words", "prob"),
    "top_word": Var("query rank", r"w_k", "likeliest words, by their place in the vocabulary", "index"),
}


def schema(params: StackParams, coded: bool = True, rotary: bool = False, words: bool = False) -> dict[str, Var]:
    """The variables of a stack, in the order in which they are computed.

    coded: whether a position code is added; rotary: whether positions turn queries and keys; words: whether the
    outputs are scored as words.
    """
    hidden = _HIDDEN
    if params.activation == "gelu":
        hidden = hidden | {"hidden": hidden["hidden"]._replace(symbol=r"\text{GELU}(XW_1+b_1)")}
    memory = {"memory": Var("source unit", r"\bar z", "outputs of the encoder, which cross-attention looks at")}
    return {
        **_FRONT, **(_CODE if coded else {}), **(memory if params.crossed else {}),
        "X": Var("layer query unit", r"X_\ell", "stream that enters the layer"),
        "normed": Var("layer query unit", r"\bar X", "what attention reads from the stream"),
        **(_ROTARY if rotary else {}), **_ATTENTION,
        "sum": Var("layer query unit", r"X+\text{Attention}(X)", "sum of the stream and attention"),
        "X_attended": Var("layer query unit", r"X'", "stream after attention"),
        **(_crossed() if params.crossed else {}), **hidden, **(WORDS if words else {}),
    }  # fmt: skip
