"""Translation: target words a second that training and translating handle, by batch and by length, beside a textbook.

Run: python -m benchmarks.translation [--steps N]. The textbook is the loop of the tutorials, written again here:
nn.GRU reads, nn.GRUCell writes word by word with additive attention computed from concatenated states, scores of all
words at every step, torch.optim.Adam. Same sizes, same batches, one thread, processor time; the ratio is of one run.
"""

import argparse
import sys
import time

import numpy as np
import torch
from torch import nn

from engine.tokens import PAD
from engine.translation import bulk, data, training
from engine.translation.records import TranslationParams

N_PAIRS, TARGET = 4_000, 1.5  # at least so many times as fast as the textbook, in batches of 64
KINDS = {
    "one vector, LSTM": {"model": "rnn", "cell": "lstm"},
    "attention, dot": {"score": "dot"},
    "attention, additive": {"score": "additive"},
    "Transformer": {"model": "transformer"},
}


class Textbook(nn.Module):
    """Encoder, attention and decoder as three tutorials in a row write them."""

    def __init__(self, n_source: int, n_target: int, e: int, n: int):
        super().__init__()
        self.E_source, self.E_target = nn.Embedding(n_source, e, PAD), nn.Embedding(n_target, e, PAD)
        self.encoder = nn.GRU(e, n // 2, bidirectional=True, batch_first=True)
        self.decoder = nn.GRUCell(e + n, n)
        self.attention, self.v = nn.Linear(2 * n, n), nn.Linear(n, 1, bias=False)
        self.out = nn.Linear(2 * n + e, n_target)

    def forward(self, source: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """Scores [batch, target, word], the true words fed."""
        h, last = self.encoder(self.E_source(source))
        s, mask, scores = torch.cat([last[0], last[1]], 1), source == PAD, []
        for t in range(words.shape[1]):
            embedded = self.E_target(words[:, t])
            repeated = s.unsqueeze(1).repeat(1, h.shape[1], 1)
            energy = torch.tanh(self.attention(torch.cat([repeated, h], 2)))
            weights = self.v(energy).squeeze(2).masked_fill(mask, -1e10).softmax(1)
            context = torch.bmm(weights.unsqueeze(1), h).squeeze(1)
            s = self.decoder(torch.cat([embedded, context], 1), s)
            scores.append(self.out(torch.cat([s, context, embedded], 1)))
        return torch.stack(scores, 1)


def textbook(run: training.Run, steps: int) -> float:
    """Target words a second of the textbook's loop, on the batches of a run."""
    params, torch_seed = run.network, 0
    torch.manual_seed(torch_seed)
    net = Textbook(params.n_source, params.n_target, params.n_embedding, params.n_hidden)
    adam, criterion = torch.optim.Adam(net.parameters()), nn.CrossEntropyLoss(ignore_index=PAD)

    def step(at: int) -> int:
        batch = run.order.at(at)
        adam.zero_grad()
        logits = net(batch.source, batch.words)
        loss = criterion(logits.reshape(-1, logits.shape[-1]), batch.answers.reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        loss.item()
        return int((batch.answers != PAD).sum())

    return speed(step, steps)


def ours(run: training.Run, steps: int) -> float:
    """Target words a second of our training."""

    def step(_: int) -> int:
        before = run.n_words
        run.step()
        return run.n_words - before

    return speed(step, steps)


def speed(step, steps: int) -> float:
    """Words a second of processor time, the first two steps left out."""
    for at in range(2):
        step(at)
    begin = time.process_time()
    words = sum(step(at + 2) for at in range(steps))
    return words / (time.process_time() - begin)


def prepared(pairs: data.Parallel, **changes) -> training.Run:
    """A run that has not begun."""
    return training.Run(pairs, TranslationParams(steps=10**6, **changes).settled(True), None, None, None)


def of_length(pairs: data.Parallel, low: int, high: int) -> data.Parallel:
    """The pairs whose target has low to high words."""
    lengths = np.array([len(text.split()) for text in pairs.target])
    return data.take(pairs, np.flatnonzero((lengths >= low) & (lengths <= high)))


def translating(run: training.Run, beam: int) -> float:
    """Source sentences a second, of an untrained network that writes 12 words for each."""
    texts = run.held.source
    begin = time.process_time()
    bulk.translate(run.net, run.source, run.target, texts, is_cut=True, limit=12, beam=beam)
    return len(texts) / (time.process_time() - begin)


def main() -> int:
    """Print the tables; exit status 1 if the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=40, help="of each measurement")
    steps = parser.parse_args().steps
    torch.set_num_threads(1)
    pairs = data.from_grammar(N_PAIRS)
    print(f"{'training, batches of 64':28} {'words/s':>9}")
    for name, changes in KINDS.items():
        print(f"{name:28} {ours(prepared(pairs, **changes), steps):9,.0f}")
    run = prepared(pairs)
    ratio = (found := ours(run, steps)) / (peer := textbook(run, steps))
    print(f"{'additive again':28} {found:9,.0f}\n{'the textbook, additive':28} {peer:9,.0f}   ratio {ratio:.2f}")
    print(f"\n{'additive, by batch':28} {'words/s':>9}")
    for size in (16, 32, 64, 128, 256):
        print(f"{size:28} {ours(prepared(pairs, batch=size), steps):9,.0f}")
    print(f"\n{'additive, by target words':28} {'words/s':>9}")
    for low, high in ((3, 6), (7, 9), (10, 13), (14, 30)):
        print(f"{f'{low} to {high}':>28} {ours(prepared(of_length(pairs, low, high)), steps):9,.0f}")
    print(f"\n{'translating, additive':28} {'sentences/s':>11}")
    for beam in (1, 5):
        print(f"{f'beam {beam}':>28} {translating(run, beam):11,.0f}")
    return int(ratio < TARGET)


if __name__ == "__main__":
    sys.exit(main())
