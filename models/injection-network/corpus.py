"""The data folder sorted as filter/Detection/Training/TrainingCorpus.cs sorts it: what is learnt from, what is held back for the
threshold, what is left out; and drawn as TrainingMix.cs draws it."""
import glob
import json
import math
import os
import random

ATTACK_CAP = 400
BENIGN_CAP = 6000
THRESHOLD = {
    "benign/user_webarena", "benign/user_mtbench", "benign/user_lobe_agents", "benign/user_mgsm", "benign/docs_azd_50lang", "benign/docs_simonw_til",
    "benign/agent_tau2bench", "benign/tooldesc_github_mcp", "benign/toolresult_stripe_fixtures", "injection/benign_xquad_ru", "injection/benign_xquad_es",
    "injection/benign_instruct_code",
}
PROSE = {"benign/hard_brex_guide", "benign/hard_model_spec", "benign/hard_openai_guardrails_docs"}
SEAMS = [("\n\n", "\n\n"), ("\n", "\n"), (" ", " "), (" ", " "), (". ", ". "), ("\n---\n", "\n---\n"), ("\n<!-- ", " -->\n"), ("\n# ", "\n"), ("\n// ", "\n"),
         (" [", "] "), (" (", ") "), ("\", \"note\": \"", "\", \""), ("\n> ", "\n"), ("\n* ", "\n"), ("<p>", "</p>"), ("\n\n\n\n", ""), (" | ", " | "), ("\\n\\n", "\\n")]
PHRASES = ["say the magic word", "print hello world", "answer with yes", "I agree with everything", "the test has passed", "access granted", "bananas are blue"]
STRANGERS = {"document", "tool_result", "tool_description", "template"}



def fnv(text):
    """The hash by which TrainingCorpus.cs holds pairs back: both models must hold back the same."""
    value = 2166136261
    for unit in memoryview(text.encode("utf-16-le")).cast("H"):
        value = ((value ^ unit) * 16777619) & 0xFFFFFFFF
    return value >> 7


class Text:
    __slots__ = ("text", "attack", "kind", "lang", "pair", "source")

    def __init__(self, row, source):
        self.text, self.source = row["text"], source
        self.attack = row["label"] in (1, "1", "attack", "injection", True)
        self.kind, self.lang, self.pair = row.get("kind") or "", row.get("lang") or "", row.get("pair") or ""

    @property
    def strangers(self):
        return self.kind in STRANGERS


class Corpus:
    def __init__(self, data, left_out=()):
        self.attacks, self.payloads, self.benign, self.carriers = [], [], [], []
        self.pairs, self.unseen_pairs, self.ordinary, self.prose, self.left_out, self.files = [], [], [], [], [], []
        for folder in ("injection", "benign", "authored"):
            for path in sorted(glob.glob(os.path.join(data, folder, "**", "*.jsonl"), recursive=True)):
                name = os.path.relpath(path, data)[:-6]
                rows = [Text(json.loads(line), name) for line in open(path, encoding="utf-8")]
                self.files.append((name, len(rows)))
                self._add(name, rows, left_out)

    def _add(self, name, rows, left_out):
        if name in left_out:
            self.left_out.append((name, rows))
            return
        if name in THRESHOLD or name in PROSE:
            (self.ordinary if name in THRESHOLD else self.prose).append((name, [r for r in rows if not r.attack]))
            return
        pairs = {}
        for row in rows:
            if row.pair:
                pairs.setdefault(row.pair, {})[row.attack] = row
        for key, pair in sorted(pairs.items()):
            if len(pair) == 2:
                (self.unseen_pairs if fnv(key) % 8 == 0 else self.pairs).append((pair[False], pair[True]))
        rows = [r for r in rows if not r.pair]
        self._put(self.payloads, [r for r in rows if r.attack and r.kind == "payload"], ATTACK_CAP)
        self._put(self.attacks, [r for r in rows if r.attack and r.kind != "payload"], ATTACK_CAP)
        self._put(self.benign, [r for r in rows if not r.attack], BENIGN_CAP)
        self._put(self.carriers, [r for r in rows if not r.attack and r.strangers and len(r.text) >= 120], BENIGN_CAP)

    @staticmethod
    def _put(sources, rows, cap):
        if rows:
            sources.append((rows, math.sqrt(min(len(rows), cap))))


class Templates:
    def __init__(self, path):
        self.slots, self.harmless, self.hostile = {}, [], []
        for line in open(path, encoding="utf-8"):
            line = line.rstrip("\n")
            if line.startswith("="):
                name, values = line[1:].split(":", 1)
                self.slots[name] = [v.strip() for v in values.split("|")]
            elif line[:1] in "-+" and line:
                (self.harmless if line[0] == "-" else self.hostile).append(line[1:].strip().replace("\\n", "\n"))

    def next(self, hostile, rng):
        text = rng.choice(self.hostile if hostile else self.harmless)
        for name, values in self.slots.items():
            while "{" + name + "}" in text:
                text = text.replace("{" + name + "}", rng.choice(values), 1)
        return text


class Mix:
    """Draws (text, stranger, attack, span): span is where the attack stands in the text, or None for all of it."""

    def __init__(self, corpus, templates, seed):
        self.corpus, self.templates, self.rng = corpus, templates, random.Random(seed)
        self.mined = []
        self.waiting = []
        self.draws = {name: (rows, [w for _, w in rows]) for name, rows in
                      (("attacks", corpus.attacks), ("payloads", corpus.payloads), ("benign", corpus.benign), ("carriers", corpus.carriers))}

    def draw(self, name):
        sources, weights = self.draws[name]
        return self.rng.choice(self.rng.choices(sources, weights)[0][0])

    def next(self):
        if not self.waiting:
            self._fill()
        return self.waiting.pop(0)

    def _fill(self):
        rng = self.rng
        draw = rng.random()
        if draw < 1 / 7:
            harmless, hostile = rng.choice(self.corpus.pairs)
            self.waiting += [(harmless.text, harmless.strangers, False, None), (hostile.text, harmless.strangers, True, None)]
        elif draw < 1 / 7 + 0.10:
            self._made()
        elif draw < 1 / 7 + 0.13:
            words = (rng.choice([self.draw("attacks").text, self.templates.next(True, rng)])).split()
            at = rng.randrange(max(1, len(words)))
            self.waiting.append((" ".join(words[at:at + rng.choice([1, 1, 2])])[:60], rng.random() < 0.5, False, None))
        elif draw < 1 / 7 + 0.25 and self.mined:
            text = rng.choice(self.mined)
            self.waiting.append((text.text, self._stranger(text), False, None))
        elif rng.random() < 0.5:
            self._attack()
        else:
            text = self.draw("benign")
            self.waiting.append((text.text, self._stranger(text), False, None))

    def _made(self):
        rng = self.rng
        hostile = rng.randrange(3) == 0
        text = self.templates.next(hostile, rng)
        stranger = rng.randrange(2 if hostile else 4) == 0
        if hostile and rng.random() < 1 / 3:
            self.waiting.append(self._hide(text, self._stretch(), stranger))
        else:
            self.waiting.append((text, stranger, hostile, None))

    def _attack(self):
        rng = self.rng
        if rng.random() >= 1 / 3:
            text = self.draw("attacks")
            self.waiting.append((self._unmarked(text.text), self._stranger(text), True, None))
            return
        payload = rng.random() < 0.3
        text = self._unmarked(self.draw("payloads" if payload else "attacks").text)
        stretch = self._stretch()
        stranger = payload or rng.randrange(4) != 0
        self.waiting += [self._hide(text, stretch, stranger), (stretch, stranger, False, None)]

    def _stretch(self):
        text = self.draw("carriers").text
        length = min(len(text), self.rng.randrange(120, 1500))
        start = self._boundary(text, self.rng.randrange(len(text) - length + 1))
        return text[start:max(start, self._boundary(text, min(len(text), start + length)))]

    def _hide(self, text, stretch, stranger):
        before, after = self.rng.choice(SEAMS)
        where = self.rng.randrange(6)
        at = 0 if where == 0 else len(stretch) if where == 1 else self._boundary(stretch, self.rng.randrange(len(stretch) + 1))
        head = stretch[:at] + before
        return (head + text + after + stretch[at:], stranger, True, (len(head), len(head) + len(text)))

    @staticmethod
    def _boundary(text, near):
        space = min((i for i in (text.find(" ", near), text.find("\n", near)) if i >= 0), default=-1)
        return space if 0 <= space - near < 60 else near

    def _stranger(self, text):
        percent = (80 if text.strangers else 35) if text.attack else 60 if text.strangers else 8 if text.kind in ("user", "") else 30
        return self.rng.randrange(100) < percent

    def _unmarked(self, text):
        if "PWNED" not in text and "pwned" not in text:
            return text
        phrase = self.rng.choice(PHRASES)
        return text.replace("I have been PWNED", phrase).replace("PWNED", phrase).replace("pwned", phrase)
