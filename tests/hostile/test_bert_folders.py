"""Folders of pretrained models with every fault that can be thought of: a message, never a traceback."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine import pretrained
from engine.errors import InputError
from tests.engine.bert_folders import SMALL, config, write

FLOAT = "embeddings.word_embeddings.weight"
CONFIGS = {
    "a list": [1, 2], "a word": "bert", "nothing": {}, "no heads": {"num_attention_heads": 0},
    "heads that do not divide": {"num_attention_heads": 3}, "text": {"hidden_size": "8"}, "true": {"hidden_size": True},
    "negative": {"num_hidden_layers": -1}, "nan": {"layer_norm_eps": float("nan")}, "huge": {"vocab_size": 10**15},
    "infinite": {"layer_norm_eps": float("inf")}, "a decoder": {"is_decoder": True}, "another": {"model_type": "gpt2"},
    "another activation": {"hidden_act": "swish"}, "no activation": {"hidden_act": ["gelu"]},
    "turned": {"position_embedding_type": "relative_key"}, "wider": {"hidden_size": 16},
    "deeper": {"num_hidden_layers": 3}, "fewer words": {"vocab_size": 5}, "a list of types": {"type_vocab_size": [2]},
    "a float": {"intermediate_size": 16.0}, "enormous": {"num_hidden_layers": 10**400},
}  # fmt: skip
TENSORS = {
    "missing": lambda found: found.pop(FLOAT),
    "of another shape": lambda found: found.update({FLOAT: found[FLOAT][:, :4].clone()}),
    "turned around": lambda found: found.update({FLOAT: found[FLOAT].T.contiguous()}),
    "whole numbers": lambda found: found.update({FLOAT: found[FLOAT].long()}),
    "nan": lambda found: found[FLOAT].fill_(torch.nan),
    "infinite": lambda found: found["embeddings.LayerNorm.bias"].fill_(torch.inf),
    "beyond all bounds": lambda found: found["encoder.layer.1.output.dense.weight"].fill_(3e38),
    "empty": lambda found: found.clear(),
}
BLOBS = {
    "empty": b"", "short": b"\x01", "text": b"not a file of tensors" * 9, "a header without end": b"\xff" * 64,
    "a header that is no JSON": (5).to_bytes(8, "little") + b"{{{{{", "a pickle": b"\x80\x04\x95" + b"." * 99,
}  # fmt: skip
TEXTS = {
    "empty": b"", "no JSON": b"{", "not UTF-8": b"\xff\xfe{}", "deep": b"[" * 100_000, "another": b'{"version": "1.0"}',
    "null": b"null", "a model of nothing": b'{"version":"1.0","model":{"type":"WordPiece","vocab":{}}}',
}  # fmt: skip


@pytest.fixture
def folder(tmp_path) -> Path:
    return write(tmp_path / "model")


def refused(folder: Path) -> str:
    """The one message that a user gets."""
    with pytest.raises(InputError) as error:
        pretrained.load_folder(folder)
    said = str(error.value)
    assert "{" not in said
    assert len(said) < 300
    return said


@pytest.mark.parametrize("fault", CONFIGS)
def test_configs(folder, fault):
    change = CONFIGS[fault]
    whole = config(SMALL) | change if isinstance(change, dict) and change else change
    (folder / "config.json").write_text(json.dumps(whole), "utf-8")
    refused(folder)


@pytest.mark.parametrize("fault", TENSORS)
def test_tensors(folder, fault):
    found = load_file(folder / "model.safetensors")
    TENSORS[fault](found)
    save_file(found, folder / "model.safetensors")
    refused(folder)


@pytest.mark.parametrize("fault", BLOBS)
def test_weights_files(folder, fault):
    (folder / "model.safetensors").write_bytes(BLOBS[fault])
    assert "model.safetensors" in refused(folder)


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json"])
@pytest.mark.parametrize("fault", TEXTS)
def test_texts(folder, file, fault):
    (folder / file).write_bytes(TEXTS[fault])
    refused(folder)


def test_truncated_weights(folder):
    blob = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(blob[:-100])
    refused(folder)


@pytest.mark.parametrize("file", pretrained.FILES)
def test_missing_and_oversized_files(folder, file, monkeypatch):
    monkeypatch.setitem(pretrained.MOST_BYTES, file, 100)
    assert "are the limit" in refused(folder)
    (folder / file).unlink()
    assert f"no file {file}" in refused(folder)
    (folder / file).mkdir()
    assert f"no file {file}" in refused(folder)


def test_a_tokenizer_with_more_pieces_than_the_network(folder):
    text = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    text["model"]["vocab"]["more"] = 99
    (folder / "tokenizer.json").write_text(json.dumps(text), "utf-8")
    assert "100 pieces" in refused(folder)


def test_special_ids_beyond_the_vocabulary(folder):
    text = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    text["post_processor"]["special_tokens"]["[SEP]"]["ids"] = [77]
    (folder / "tokenizer.json").write_text(json.dumps(text), "utf-8")
    assert "78 pieces" in refused(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_files_that_may_not_be_read(folder):
    (folder / "config.json").chmod(0)
    assert "config.json can't be read" in refused(folder)
