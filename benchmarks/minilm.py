"""all-MiniLM-L6-v2: all attentions of a sentence, and vectors of many sentences, beside the library `transformers`.

Run: python -m benchmarks.minilm [--rounds N]. The library runs in eager mode with output_attentions (its fast mode
gives none), and for the vectors as the model's card does: batches of 32 in the order given, filled up to the longest.
The same weights, one thread, processor time; ours and theirs take turns, the ratio is that of the medians of one run.
"""

import argparse
import json
import os
import sys
import time
from statistics import median

import torch

os.environ["HF_HUB_OFFLINE"] = "1"

from safetensors.torch import load_file
from transformers import BertConfig, BertModel

from engine import bert_trace, embeddings, grammar, pretrained

LENGTHS, MOST = (15, 26, 64, 128), 1.0  # ours / theirs, with all attentions
ON_SCREEN = 0.25  # seconds for every inner value of 24 tokens


def library() -> BertModel:
    """The library's model, from the same files."""
    folder = pretrained.packaged()
    config = BertConfig(**json.loads((folder / "config.json").read_text("utf-8")), attn_implementation="eager")
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    return model.eval()


def seconds(run) -> float:
    """Processor time of a call."""
    begin = time.process_time()
    run()
    return time.process_time() - begin


def in_turns(ours, theirs, rounds: int) -> tuple[float, float]:
    """Medians of both, after one call of each that does not count."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    return median(a for a, _ in pairs), median(b for _, b in pairs)


def by_the_card(model: BertModel, ids: list[list[int]]) -> torch.Tensor:
    """Vectors of sentences in pieces, batch after batch as they come."""
    found = []
    for at in range(0, len(ids), 32):
        batch = ids[at : at + 32]
        longest = max(map(len, batch))
        words = torch.tensor([each + [0] * (longest - len(each)) for each in batch])
        mask = torch.tensor([[1] * len(each) + [0] * (longest - len(each)) for each in batch])
        h = model(input_ids=words, attention_mask=mask)[0] * mask[..., None]
        found.append(torch.nn.functional.normalize(h.sum(1) / mask.sum(1, keepdim=True), dim=1))
    return torch.cat(found)


@torch.inference_mode()
def attentions(bert: pretrained.Bert, model: BertModel, rounds: int) -> bool:
    """Print a line a length; whether all ratios are within the target."""
    good = True
    for length in LENGTHS:
        words = torch.randint(1_000, 20_000, (1, length), generator=torch.Generator().manual_seed(length))
        ours, theirs = in_turns(
            lambda words=words: bert.net.attentions(words),
            lambda words=words: model(input_ids=words, output_attentions=True), rounds,
        )  # fmt: skip
        good &= ours <= MOST * theirs
        print(f"{length:>4} tokens, 72 heads: ours {1e3 * ours:6.1f} ms, transformers {1e3 * theirs:6.1f} ms, "
              f"ratio {ours / theirs:.2f}")  # fmt: skip
    return good


@torch.inference_mode()
def vectors(bert: pretrained.Bert, model: BertModel, n: int) -> None:
    """Print how many sentences a second become vectors."""
    texts = [" ".join(pair.target) for pair in grammar.pairs(n, seed=1)]
    ids = [coded.ids for coded in bert.pieces.encode(texts)]
    ours, theirs = in_turns(lambda: embeddings.embed(bert, texts), lambda: by_the_card(model, ids), 3)
    print(f"{n} sentences as vectors: ours {n / ours:,.0f}/s, transformers by the card {n / theirs:,.0f}/s, "
          f"ratio of times {ours / theirs:.2f}")  # fmt: skip


def trace(bert: pretrained.Bert, rounds: int) -> bool:
    """Print how long every inner value of 24 tokens takes; whether that is within the target."""
    text = "The old animal did not cross the wide street because it was too tired and too hungry to walk any further."
    bert_trace.trace(bert, text)
    taken = median(seconds(lambda: bert_trace.trace(bert, text)) for _ in range(rounds))
    print(f"every inner value of {len(bert.pieces.encode([text])[0].ids)} tokens, float64: {1e3 * taken:.0f} ms")
    return taken <= ON_SCREEN


def main() -> int:
    """Compare; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--sentences", type=int, default=512)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if pretrained.packaged() is None:
        print("all-MiniLM-L6-v2 is not installed: nothing to compare")
        return 0
    print(f"load: {seconds(pretrained.load):.2f} s")
    bert, model = pretrained.load(), library()
    good = attentions(bert, model, asked.rounds)
    vectors(bert, model, asked.sentences)
    good &= trace(bert, asked.rounds)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
