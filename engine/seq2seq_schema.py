"""The variables of a translation's trace: what an encoder, attention and a decoder compute, by name, symbol, meaning.

A variable of the decoder's cell is called as the encoder's, with `_s` behind it; the decoder's state is `s` itself.
Places in the sentence are numbered j, words written t. Where an encoder reads both ways, the first half of its units
reads forwards, the second half backwards.
"""

from engine.errors import N_
from engine.seq2seq import Seq2SeqParams
from engine.trace import Var

AXES = {
    "source": N_("word read"), "target": N_("word written"), "unit": N_("unit"), "feature": N_("feature"),
    "word": N_("word of the vocabulary"), "rank": N_("rank"),
}  # fmt: skip
GATES = {"gru": ("r", "z", "u", "n"), "lstm": ("z", "i", "f", "c", "o")}  # of a cell, without its output

_ENCODERS = {
    "gru": {
        "r": Var("source unit", r"r^h_j", "reset gate of the encoder"),
        "z": Var("source unit", r"z^h_j", "update gate of the encoder"),
        "u": Var("source unit", r"u^h_j", "what the encoder's old state contributes to its candidate"),
        "n": Var("source unit", r"n^h_j", "candidate of the encoder"),
        "h": Var("source unit", r"h_j", "state of the encoder after the word"),
    },
    "lstm": {
        "z": Var("source unit", r"z^h_j", "block input of the encoder"),
        "i": Var("source unit", r"i^h_j", "input gate of the encoder"),
        "f": Var("source unit", r"f^h_j", "forget gate of the encoder"),
        "c": Var("source unit", r"c^h_j", "cell of the encoder"),
        "o": Var("source unit", r"o^h_j", "output gate of the encoder"),
        "h": Var("source unit", r"h_j", "output of the encoder after the word"),
    },
}
_DECODERS = {
    "gru": {
        "r_s": Var("target unit", r"r^s_t", "reset gate of the decoder"),
        "z_s": Var("target unit", r"z^s_t", "update gate of the decoder"),
        "u_s": Var("target unit", r"u^s_t", "what the decoder's old state contributes to its candidate"),
        "n_s": Var("target unit", r"n^s_t", "candidate of the decoder"),
        "s": Var("target unit", r"s_t", "state of the decoder"),
    },
    "lstm": {
        "z_s": Var("target unit", r"z^s_t", "block input of the decoder"),
        "i_s": Var("target unit", r"i^s_t", "input gate of the decoder"),
        "f_s": Var("target unit", r"f^s_t", "forget gate of the decoder"),
        "c_s": Var("target unit", r"c^s_t", "cell of the decoder"),
        "o_s": Var("target unit", r"o^s_t", "output gate of the decoder"),
        "s": Var("target unit", r"s_t", "output of the decoder"),
    },
}
_START = {
    "context_vector": Var("unit", r"s_0", "context vector: all that the sentence hands to the decoder's first state"),
}
_CELL_START = {"c_0": Var("unit", r"c^s_0", "what the sentence hands to the decoder's cell")}
_BOTH_WAYS = {"read_back_at": Var("source", r"k'_j", "step of the encoder that reads backwards", "index")}
_ADDITIVE = {
    "keys": Var("source unit", r"W_h h_j", "what a word offers to the comparison"),
    "query": Var("target unit", r"W_s s_{t-1}+b_s", "what the decoder's state before the step asks for"),
    "energy": Var("target source unit", r"\tanh(W_s s_{t-1}+b_s+W_h h_j)", "question and word together, unit by unit"),
}
_ATTENTION = {
    "exponentials": Var("target source", r"e^{e_{tj}-\max_k e_{tk}}", "e to the score, the largest score taken out"),
    "norm": Var("target", r"\sum_j e^{e_{tj}-\max_k e_{tk}}", "sum of the exponentials"),
    "weights": Var("target source", r"\alpha_{tj}", "attention: how much of each word read is looked at", "prob"),
    "weighed": Var("target source unit", r"\alpha_{tj}h_j", "what each word read adds to the context"),
    "context": Var("target unit", r"c_t", "context: the encoder's outputs, weighed by attention and added up"),
    "readout": Var("target feature", r"\tilde s_t", "what the words are scored from"),
}
_SCORES = {
    "additive": Var("target source", r"e_{tj}=v\cdot\tanh(W_s s_{t-1}+b_s+W_h h_j)", "how well each word read fits"),
    "dot": Var("target source", r"e_{tj}=s_t\cdot h_j", "how well each word read fits"),
}
_WORDS = {
    "logits": Var("target word", r"\ell_t", "score of each word of the vocabulary"),
    "log_norm": Var("target", r"\log\sum_w e^{\ell_t[w]}", "logarithm of the sum of the exponentials"),
    "p": Var("target word", r"p_t", "probability of each word of the vocabulary", "prob"),
    "p_word": Var("target", r"\log p_t[y_t]", "log-probability of the word written", "log"),
    "p_eos": Var("target", r"p_t[\langle\text{eos}\rangle]", "probability that the sentence ends here", "prob"),
    "top_p": Var("target rank", r"p_t[w_k]", "probabilities of the likeliest words", "prob"),
    "top_word": Var("target rank", r"w_k", "likeliest words, by their place in the vocabulary", "index"),
}


def schema(params: Seq2SeqParams) -> dict[str, Var]:
    """The variables of a translator of this kind, in the order in which they are computed."""
    attention = params.attention
    return {
        "x": Var("source feature", r"x_j", "embedding of the word read"),
        "read_at": Var("source", r"k_j", "step at which the encoder reads the word", "index"),
        **(_BOTH_WAYS if params.bidirectional else {}),
        **_ENCODERS[params.cell], **_START, **(_CELL_START if params.cell == "lstm" else {}),
        "embedded": Var("target feature", r"E y_{t-1}", "embedding of the word fed to the decoder"),
        **(_ADDITIVE if attention == "additive" else {}), **_DECODERS[params.cell],
        **({"scores": _SCORES[attention], **_ATTENTION} if attention != "none" else {}), **_WORDS,
    }  # fmt: skip
