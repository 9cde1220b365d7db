"""Writes what the filter reads from a trained network.pt: model.onnx (int8 piece vectors, two convolutions, pooling) and pieces.bin
(the vocabulary as a trie, its scores and the normalisation of code points). usage: export.py NETWORK.PT DATA OUTPUT"""
import io
import lzma
import os
import struct
import sys

import numpy
import torch
from torch import nn

from tokens import SPECIAL, Tokenizer
from train import CHANNELS, PAD, STRIDE, WIDTH, WINDOW


class Inference(nn.Module):
    """ids [1, pieces] (pieces = 128 + 96 n, padded) and stranger [1, 1] to the highest window's logit [1]."""

    def __init__(self, state):
        super().__init__()
        vectors = state["vectors.weight"]
        self.scale = float(vectors.abs().max()) / 127
        self.register_buffer("table", torch.clamp((vectors / self.scale).round(), -127, 127).to(torch.int8))
        self.first = nn.Conv1d(WIDTH, CHANNELS, 5, padding=2)
        self.second = nn.Conv1d(CHANNELS, CHANNELS, 5, padding=6, dilation=3)
        self.hidden = nn.Linear(2 * CHANNELS + 1, 64)
        self.out = nn.Linear(64, 1)
        self.load_state_dict({k: v for k, v in state.items() if k != "vectors.weight"}, strict=False)
        self.largest = nn.MaxPool1d(WINDOW, STRIDE)
        self.mean = nn.AvgPool1d(WINDOW, STRIDE)

    def forward(self, ids, stranger):
        real = (ids != PAD).unsqueeze(1).float()
        x = (self.table[ids].float() * self.scale).transpose(1, 2) * real
        x = torch.relu(self.first(x)) * real
        x = torch.relu(x + self.second(x)) * real
        count = torch.clamp(self.mean(real), min=1 / WINDOW)
        pooled = torch.cat([self.largest(x), self.mean(x) / count, stranger.unsqueeze(2).expand(-1, -1, count.shape[2])], 1).transpose(1, 2)
        logits = self.out(torch.relu(self.hidden(pooled))).squeeze(2)
        # A window of padding alone says nothing.
        return torch.where(self.mean(real).squeeze(1) > 0, logits, torch.full_like(logits, -100)).amax(1)


def trie(tokenizer):
    """The pieces as a trie in breadth-first order: children of a node stand together, by label."""
    root = {}
    for piece, number in tokenizer.index.items():
        node = root
        for byte in piece.encode("utf-8"):
            node = node.setdefault(byte, {})
        node[-1] = number
    labels, pieces, first = [0], [root.get(-1, -1)], []
    queue = [root]
    for node in queue:
        first.append(len(labels))
        for label in sorted(k for k in node if k >= 0):
            labels.append(label)
            pieces.append(node[label].get(-1, -1))
            queue.append(node[label])
    first.append(len(labels))
    return labels, pieces, first


def write_pieces(tokenizer, path):
    labels, pieces, first = trie(tokenizer)
    norm = sorted(tokenizer.norm.items())
    out = io.BytesIO()
    out.write(b"EXAPIEC1")
    out.write(struct.pack("<iiif", len(labels), len(tokenizer.scores), len(norm), tokenizer.unknown))
    out.write(numpy.array(first, dtype="<i4").tobytes())
    out.write(numpy.array(pieces, dtype="<i4").tobytes())
    out.write(numpy.array(tokenizer.scores, dtype="<f4").tobytes())
    text = b""
    offsets = [0]
    for _, to in norm:
        text += to.encode("utf-8")
        offsets.append(len(text))
    out.write(numpy.array([code for code, _ in norm], dtype="<i4").tobytes())
    out.write(numpy.array(offsets, dtype="<i4").tobytes())
    out.write(bytes(labels))
    out.write(text)
    with open(path, "wb") as file:
        file.write(out.getvalue())


def main():
    saved, data, output = sys.argv[1:4]
    tokenizer = Tokenizer(data + "/models/multilingual-e5-small")
    write_pieces(tokenizer, output + "/pieces.bin")
    model = Inference(torch.load(saved)["state"]).eval()
    ids = torch.full((1, WINDOW + 2 * STRIDE), PAD, dtype=torch.int64)
    ids[0, :200] = torch.randint(SPECIAL, 64000, (200,))
    torch.onnx.export(model, (ids, torch.zeros(1, 1)), output + "/model.onnx", input_names=["ids", "stranger"], output_names=["logit"], opset_version=13,
                      dynamic_axes={"ids": {1: "pieces"}}, do_constant_folding=False)
    print(os.path.getsize(output + "/model.onnx"), os.path.getsize(output + "/pieces.bin"))


if __name__ == "__main__":
    main()
