"""Texts as piece ids of the multilingual vocabulary in ../shared/data/models/multilingual-e5-small: the same ids that
filter/Detection/Networks/UnigramTokenizer.cs makes. `python3 tokens.py FOLDER` checks golden.jsonl."""
import json
import lzma
import os
import re
import sys

SPECIAL = 5      # ids 0 to 4 never match text
UNKNOWN = 3


def open_text(path):
    if os.path.exists(path):
        return open(path, encoding="utf-8", newline="\n")
    return lzma.open(path + ".xz", "rt", encoding="utf-8", newline="\n")


class Tokenizer:
    def __init__(self, folder):
        rows = [line.rstrip("\n").split("\t") for line in open_text(os.path.join(folder, "pieces.tsv"))]
        self.scores = [float(score) for _, score in rows]
        self.index = {piece: i for i, (piece, _) in enumerate(rows) if i >= SPECIAL}
        self.unknown = min(self.scores) - 10
        self.longest = max(map(len, self.index))
        self.norm = {}
        for line in open_text(os.path.join(folder, "normalise.tsv")):
            code, to = line.rstrip("\n").split("\t")
            self.norm[int(code, 16)] = "".join(chr(int(x, 16)) for x in to.split())
        self.words = {}

    def ids(self, text):
        """Piece ids of a text, without begin and end."""
        text = re.sub(" +", " ", text.translate(self.norm)).replace(" ", "\u2581")
        if not text:
            return []
        if text[0] != "\u2581":
            text = "\u2581" + text
        out = []
        for word in text.split("\u2581")[1:]:
            out.extend(self._word("\u2581" + word))
        return out

    def _word(self, word):
        known = self.words.get(word)
        if known is None:
            known = self._viterbi(word)
            if len(self.words) < 2_000_000:
                self.words[word] = known
        return known

    def _viterbi(self, word):
        n = len(word)
        best = [0.0] + [-1e30] * n
        back = [None] * (n + 1)
        for i in range(n):
            for e in range(i + 1, min(n, i + self.longest) + 1):
                k = self.index.get(word[i:e])
                if k is not None and best[i] + self.scores[k] > best[e]:
                    best[e] = best[i] + self.scores[k]
                    back[e] = (i, k)
            if best[i] + self.unknown > best[i + 1]:
                best[i + 1] = best[i] + self.unknown
                back[i + 1] = (i, UNKNOWN)
        ids = []
        e = n
        while e:
            e, k = back[e]
            ids.append(k)
        ids.reverse()
        return [k for j, k in enumerate(ids) if not (k == UNKNOWN and j and ids[j - 1] == UNKNOWN)]


if __name__ == "__main__":
    tokenizer = Tokenizer(sys.argv[1])
    wrong = 0
    for line in open_text(os.path.join(sys.argv[1], "golden.jsonl")):
        row = json.loads(line)
        if tokenizer.ids(row["text"]) != row["ids"]:
            wrong += 1
            print("differs:", row["text"][:60], tokenizer.ids(row["text"])[:12], row["ids"][:12])
    print(wrong, "different")
