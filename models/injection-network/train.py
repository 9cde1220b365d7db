"""Trains the small network: piece vectors, two convolutions, pooling over windows of 128 pieces, one score a window.

    python3 train.py --data ../../../shared/data --output . [--steps 6000] [--leave-out SOURCE ...] [--seconds N]

Needs PyTorch and numpy. Never opens data/eval."""
import argparse
import json
import math
import random
import time

import numpy
import torch
from torch import nn

from corpus import Corpus, Mix, Templates
from tokens import Tokenizer

WINDOW, STRIDE, WIDTH, CHANNELS = 128, 96, 96, 128
PAD, MASK = 1, 4
LONGEST = 8000   # characters of a text that are learnt from
BATCH = 48


class Network(nn.Module):
    def __init__(self, vectors):
        super().__init__()
        self.vectors = nn.Embedding.from_pretrained(vectors, freeze=False, sparse=True)
        self.first = nn.Conv1d(WIDTH, CHANNELS, 5, padding=2)
        self.second = nn.Conv1d(CHANNELS, CHANNELS, 5, padding=6, dilation=3)
        self.hidden = nn.Linear(2 * CHANNELS + 1, 64)
        self.out = nn.Linear(64, 1)

    def features(self, ids):
        """[windows, pieces] to [windows, channels, pieces]; nought where there is padding."""
        real = ((ids != PAD) & (ids >= 0)).unsqueeze(1).float()
        x = self.vectors(ids).transpose(1, 2) * real
        x = torch.relu(self.first(x)) * real
        return torch.relu(x + self.second(x)) * real

    def score(self, largest, mean, stranger):
        return self.out(torch.relu(self.hidden(torch.cat([largest, mean, stranger], 1)))).squeeze(1)

    def forward(self, ids, stranger):
        x = self.features(ids)
        count = (ids != PAD).sum(1, keepdim=True).clamp(min=1)
        return self.score(x.amax(2), x.sum(2) / count, stranger)


def windows_of(ids):
    """All windows of a text."""
    starts = range(0, max(1, len(ids) - WINDOW + STRIDE), STRIDE) if len(ids) > WINDOW else [0]
    return [ids[s:s + WINDOW] for s in starts]


def padded(rows):
    out = numpy.full((len(rows), WINDOW), PAD, dtype=numpy.int64)
    for i, row in enumerate(rows):
        out[i, :len(row)] = row
    return torch.from_numpy(out)


class Lessons:
    def __init__(self, mix, tokenizer, seed):
        self.mix, self.tokenizer, self.rng = mix, tokenizer, random.Random(seed + 1)

    def batch(self):
        rows, strangers, labels = [], [], []
        for _ in range(BATCH):
            text, stranger, attack, span = self.mix.next()
            rows.append(self._window(text[:LONGEST], attack, span))
            strangers.append([1.0 if stranger else 0.0])
            labels.append(0.97 if attack else 0.0)
        ids = padded(rows)
        drop = (torch.rand(ids.shape) < 0.05) & (ids != PAD)
        return ids.masked_fill(drop, MASK), torch.tensor(strangers), torch.tensor(labels)

    def _window(self, text, attack, span):
        ids = self.tokenizer.ids(text)
        if len(ids) <= WINDOW:
            return ids
        if span is None:
            start = 0 if attack and self.rng.random() < 0.5 else self.rng.randrange(len(ids) - WINDOW + 1)
        else:
            # The window holds the beginning of what was hidden, or all of it where there is room.
            first = len(self.tokenizer.ids(text[:span[0]]))
            last = len(self.tokenizer.ids(text[:span[1]]))
            low, high = max(0, min(first, last - WINDOW)), min(first, len(ids) - WINDOW)
            start = self.rng.randint(min(low, high), max(low, high))
        return ids[start:start + WINDOW]


@torch.no_grad()
def scores(model, tokenizer, texts, stranger):
    """The highest window's logit of each text."""
    model.eval()
    rows, owner = [], []
    for i, text in enumerate(texts):
        for window in windows_of(tokenizer.ids(text[:LONGEST]))[:64]:
            rows.append(window)
            owner.append(i)
    result = numpy.full(len(texts), -1e9)
    for at in range(0, len(rows), 256):
        ids = padded(rows[at:at + 256])
        origin = torch.tensor([[1.0 if stranger[owner[at + j]] else 0.0] for j in range(len(ids))])
        for j, logit in enumerate(model(ids, origin).numpy()):
            result[owner[at + j]] = max(result[owner[at + j]], logit)
    model.train()
    return result


def report(model, tokenizer, corpus):
    """Both numbers together: recall where 1 % of ordinary text is flagged, and the share of trigger words that pass there."""
    def of(rows):
        return scores(model, tokenizer, [r.text for r in rows], [r.strangers for r in rows])
    ordinary = {name: of(rows[:1500]) for name, rows in corpus.ordinary}
    everything = numpy.concatenate(list(ordinary.values()))
    result = {"ordinary": len(everything)}
    for share in (0.005, 0.01):
        threshold = float(numpy.quantile(everything, 1 - share))
        harmless = of([a for a, _ in corpus.unseen_pairs])
        hostile = of([b for _, b in corpus.unseen_pairs])
        left = {}
        for name, rows in corpus.left_out:
            attacks = [r for r in rows if r.attack]
            benign = [r for r in rows if not r.attack]
            left[name] = {"attacks": len(attacks), "recall": float((of(attacks) > threshold).mean()) if attacks else None,
                          "benign": len(benign), "flagged": float((of(benign) > threshold).mean()) if benign else None}
        recalls = [v["recall"] for v in left.values() if v["attacks"] > 10]
        result[str(share)] = {"threshold": threshold, "trigger words pass": float((harmless <= threshold).mean()), "pairs caught": float((hostile > threshold).mean()),
                              "mean recall": float(numpy.mean(recalls)) if recalls else None, "left out": left,
                              "flagged by source": {name: float((s > threshold).mean()) for name, s in ordinary.items()}}
    return result


def mine(model, tokenizer, corpus, rng, count=500, look=8000):
    pool = [row for rows, _ in corpus.benign for row in rows]
    looked = rng.sample(pool, min(look, len(pool))) + [a for a, _ in rng.sample(corpus.pairs, min(800, len(corpus.pairs)))]
    worst = numpy.argsort(-scores(model, tokenizer, [r.text for r in looked], [r.strangers for r in looked]))[:count]
    return [looked[i] for i in worst]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--data", required=True)
    options.add_argument("--output", required=True)
    options.add_argument("--templates", default="../injection-ngram/hard-texts.txt")
    options.add_argument("--steps", type=int, default=6000)
    options.add_argument("--seconds", type=float, default=1e9)
    options.add_argument("--seed", type=int, default=20261125)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--leave-out", nargs="*", default=[])
    args = options.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    rng = random.Random(args.seed)
    folder = args.data + "/models/multilingual-e5-small"
    tokenizer = Tokenizer(folder)
    import lzma
    with lzma.open(folder + "/token_vectors_96.npy.xz") as file:
        vectors = torch.from_numpy(numpy.load(file).astype(numpy.float32) / 7)
    corpus = Corpus(args.data, set(args.leave_out))
    mix = Mix(corpus, Templates(args.templates), args.seed)
    lessons = Lessons(mix, tokenizer, args.seed)
    model = Network(vectors)
    dense = [p for n, p in model.named_parameters() if n != "vectors.weight"]
    optimisers = [torch.optim.AdamW(dense, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01), torch.optim.SparseAdam(list(model.vectors.parameters()), lr=1e-3, betas=(0.9, 0.98))]
    loss_of = nn.BCEWithLogitsLoss()
    begun, total, shown = time.time(), args.steps, 0.0
    for step in range(args.steps):
        done = max(step / total, (time.time() - begun) / args.seconds)
        if done >= 1:
            break
        rate = 1e-3 * min(1, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * min(1, done)))
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.zero_grad()
        ids, stranger, label = lessons.batch()
        loss = loss_of(model(ids, stranger), label)
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
        shown += loss.item()
        if (step + 1) % 200 == 0:
            print(f"step {step + 1} of {total} loss {shown / 200:.4f} {time.time() - begun:.0f} s", flush=True)
            shown = 0.0
        if (step + 1) % 1000 == 0:
            mix.mined = mine(model, tokenizer, corpus, rng)
    torch.save({"state": model.state_dict(), "steps": step + 1, "seed": args.seed, "sources": corpus.files, "left_out": list(args.leave_out)}, args.output + "/network.pt")
    result = report(model, tokenizer, corpus)
    with open(args.output + "/report.json", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1, ensure_ascii=False)
    print(json.dumps({k: {a: b for a, b in v.items() if a not in ("left out", "flagged by source")} for k, v in result.items() if k != "ordinary"}, indent=1))


if __name__ == "__main__":
    main()
