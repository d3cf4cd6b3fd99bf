"""BERT's encoder beside that of `transformers`, on all-MiniLM-L6-v2 and on a small drawn one; pieces of words too."""

import gzip
import json
import os
from pathlib import Path

import pytest
import torch
from bert_folders import SMALL, WORDS, write
from safetensors.torch import load_file

from engine import pretrained
from engine.bert import BertParams
from engine.errors import InputError

TEXT = "The animal did not cross the street because it was too tired."
MULTI30K = Path(__file__).resolve().parents[3] / "shared" / "data" / "multi30k" / "train.en.gz"
ODD = [
    "", " ", "naïve café Ünïcödé", "東京は日本の首都です。", "Привет, мир!", "مرحبا بالعالم", "नमस्ते दुनिया",
    "👩\u200d👩\u200d👧\u200d👦🙂", "a\u0000b\ufffdc\u200d", "\u00ad\u2028\u2029\t\n", "x" * 300, "don't o'clock l'été",
    "[CLS] [SEP] [MASK] [PAD]", "##ing ##", "ﬁ ﬂ ½ ²", "İI", "e\u0301 é", "\U0001f600" * 50, "１２３", "—–-_…", "𝔘𝔫𝔦",
    "한국어 텍스트", "ไทย", "$1,234.56 50% #1 @you", "ß ẞ",
]  # fmt: skip


@pytest.fixture(scope="module")
def hugging():
    """The library, kept from the network."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import transformers

    return transformers


@pytest.fixture(scope="module")
def minilm():
    if pretrained.packaged() is None:
        pytest.skip("all-MiniLM-L6-v2 is not installed: make test without MODELS=0 installs it")
    return pretrained.load()


def theirs(hugging, folder: Path):
    """The library's model of a folder, in eager mode."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    model = hugging.BertModel(hugging.BertConfig(**config, attn_implementation="eager"), add_pooling_layer=False)
    known = {name: tensor for name, tensor in load_file(folder / "model.safetensors").items() if "pooler" not in name}
    assert not model.load_state_dict(known, strict=False).missing_keys
    return model.eval()


@torch.inference_mode()
def test_all_heads_of_minilm_are_those_of_the_library(hugging, minilm):
    model = theirs(hugging, pretrained.packaged())
    for text in (TEXT, "No.", "Colourless green ideas sleep furiously; " * 12):
        words = torch.tensor([minilm.pieces.encode([text])[0].ids])
        found = model(input_ids=words, output_attentions=True)
        attentions = minilm.net.attentions(words)
        assert len(attentions) * attentions[0].shape[1] == 72
        for ours, known in zip(attentions, found.attentions, strict=True):
            assert torch.allclose(ours, known, rtol=0, atol=1e-5)
        assert torch.allclose(minilm.net(words), found.last_hidden_state, rtol=0, atol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize(("activation", "eps"), [("relu", 0.1), ("gelu", 1e-12)])
def test_activation_and_eps_are_those_of_the_config(hugging, tmp_path, activation, eps):
    params = BertParams(**{**vars(SMALL), "activation": activation, "eps": eps})
    folder = write(tmp_path / "small", params)
    words = torch.tensor([[2, 5, 6, 9, 3], [2, 10, 11, 12, 3]])
    assert torch.allclose(
        pretrained.load_folder(folder).net(words), theirs(hugging, folder)(input_ids=words)[0], rtol=0, atol=1e-5
    )


def test_pieces_are_those_of_the_library_made_from_the_vocabulary(hugging, minilm):
    if not MULTI30K.is_file():
        pytest.skip(f"no {MULTI30K.name}")
    with gzip.open(MULTI30K, "rt", encoding="utf-8") as file:
        lines = [next(file).strip() for _ in range(2_000)]
    known = hugging.BertTokenizer(vocab=str(pretrained.packaged() / "vocab.txt"))
    assert known.is_fast
    texts = [*lines, *ODD, *(f"{a} {b}" for a in ODD for b in ODD)]
    for text, ours, ids in zip(texts, minilm.pieces.encode(texts), known(texts)["input_ids"], strict=True):
        assert ours.ids == ids, text


@torch.inference_mode()
def test_every_way_through_gives_the_same_outputs(minilm):
    long, short = (minilm.pieces.encode([text])[0].ids for text in (TEXT, "It rains."))
    both = torch.tensor([long, short + [0] * (len(long) - len(short))])
    mask = torch.arange(len(long)) < torch.tensor([[len(long)], [len(short)]])
    h = minilm.net(both, mask)
    for row, ids in zip(h, (long, short), strict=True):
        looks, out = minilm.net.look(torch.tensor([ids]))
        assert torch.allclose(row[: len(ids)], out[0], atol=1e-5)
        attentions = minilm.net.attentions(torch.tensor([ids]))
        assert all(torch.equal(a, look.looked.weights) for a, look in zip(attentions, looks, strict=True))


def test_it_looks_at_what_it_is_known_to_look_at(minilm):
    """Published of this model: “it” rests on “animal” in two heads."""
    coded = minilm.pieces.encode([TEXT])[0]
    weights = minilm.net.attentions(torch.tensor([coded.ids]))
    it, animal = coded.tokens.index("it"), coded.tokens.index("animal")
    assert weights[3][0, 1, it, animal].item() == pytest.approx(0.69, abs=0.01)
    assert weights[5][0, 11, it, animal].item() == pytest.approx(0.66, abs=0.01)


def test_the_limits_are_ours(tmp_path):
    """The file's own padding and truncation do nothing; a text is cut only where asked, before its [SEP]."""
    pieces = pretrained.load_folder(write(tmp_path / "m")).pieces
    whole, cut = pieces.encode(["The cats sleep."])[0], pieces.encode(["The cats sleep."], 4)[0]
    assert whole.tokens == ["[CLS]", "the", "cat", "##s", "sleep", ".", "[SEP]"]
    assert whole.words == [None, 0, 1, 1, 2, 3, None]
    assert not whole.is_cut
    assert cut.tokens == ["[CLS]", "the", "cat", "[SEP]"]
    assert (cut.ids[-1], cut.n, cut.is_cut) == (WORDS.index("[SEP]"), 7, True)
    assert pieces.encode([" "])[0].is_empty
    assert pieces.encode(["\ud800"])[0].tokens[1] == "[UNK]"


@pytest.mark.parametrize("change", [{"n_heads": 3}, {"n_words": 0}, {"eps": 2.0}, {"d_model": 10**6}])
def test_sizes_that_make_no_network_are_refused(change):
    with pytest.raises(InputError, match="out of range"):
        BertParams(**{**vars(SMALL), **change})
