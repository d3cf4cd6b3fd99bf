"""Small BERT-like folders, written as the field writes them, with drawn numbers."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from engine.bert import BertParams, Encoder, tensor_names

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "dog", "sleep", "##s", "a", "##b", "#_{}", "."]
SMALL = BertParams(
    n_words=len(WORDS), n_positions=12, d_model=8, n_heads=2, n_layers=2, d_ff=16, activation="gelu", eps=1e-6
)


def config(params: BertParams) -> dict:
    return {
        "model_type": "bert", "vocab_size": params.n_words, "max_position_embeddings": params.n_positions,
        "type_vocab_size": params.n_types, "hidden_size": params.d_model, "num_attention_heads": params.n_heads,
        "num_hidden_layers": params.n_layers, "intermediate_size": params.d_ff, "hidden_act": params.activation,
        "layer_norm_eps": params.eps,
    }  # fmt: skip


def tokenizer() -> Tokenizer:
    found = Tokenizer(models.WordPiece({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    found.normalizer, found.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    found.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    found.enable_truncation(4)  # what a file asks for; the limits are not its business
    found.enable_padding(length=9)
    return found


def tensors(params: BertParams, seed: int = 0, prefix: str = "", older: bool = False) -> dict[str, torch.Tensor]:
    """By their names in the file; older: LayerNorm's as gamma and beta."""
    random, out = torch.Generator().manual_seed(seed), {}
    shapes = {name: tensor.shape for name, tensor in Encoder(params).state_dict().items()}
    for ours, theirs in tensor_names(params).items():
        if older and ".LayerNorm." in theirs:
            theirs = theirs.replace(".weight", ".gamma").replace(".bias", ".beta")
        out[prefix + theirs] = 0.4 * torch.randn(shapes[ours], generator=random) + ("LayerNorm.w" in theirs)
    return out


def write(folder: Path, params: BertParams = SMALL, **how: object) -> Path:
    """A whole folder; `how` as in `tensors`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config(params)), "utf-8")
    tokenizer().save(str(folder / "tokenizer.json"))
    save_file(tensors(params, **how), folder / "model.safetensors")
    return folder
