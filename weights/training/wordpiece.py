"""WordPiece for English captions: a vocabulary by byte-pair merges (Sennrich et al. 2016), and BERT's greedy
longest-match tokenizer over it (Devlin et al. 2018). Deterministic: ties go to the alphabetically first pair.

Captions are ASCII; what the engine's text cleaning does to other text does not arise here.
"""
import json
import re
import string
from collections import Counter, defaultdict
from pathlib import Path

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORD = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")  # BERT's split at blanks and punctuation, for lower-case ASCII


def words_of(caption: str) -> list[str]:
    return WORD.findall(caption.lower())


def learn_vocabulary(captions: list[str], extra_words: list[str], size: int) -> list[str]:
    """At most `size` tokens: the special ones, all ASCII characters, then merges by their count in the words."""
    counts = Counter(word for caption in captions for word in words_of(caption))
    counts.update(word for word in extra_words for word in words_of(word))
    letters = string.ascii_lowercase + string.digits
    vocabulary = SPECIAL + list(string.punctuation) + list(letters) + [f"##{c}" for c in letters]
    known = set(vocabulary)

    pieces = {w: [w[0], *(f"##{c}" for c in w[1:])] for w in sorted(counts) if w.isalnum()}
    pairs: Counter = Counter()
    where = defaultdict(set)
    for word, parts in pieces.items():
        for pair in zip(parts, parts[1:]):
            pairs[pair] += counts[word]
            where[pair].add(word)
    while len(vocabulary) < size and pairs:
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        if pairs[best] < 2:
            break
        merged = best[0] + best[1][2:]
        if merged not in known:
            vocabulary.append(merged)
            known.add(merged)
        for word in sorted(where[best]):
            parts = pieces[word]
            for pair in zip(parts, parts[1:]):
                pairs[pair] -= counts[word]
            pieces[word] = parts = merge(parts, best, merged)
            for pair in zip(parts, parts[1:]):
                pairs[pair] += counts[word]
                where[pair].add(word)
        del pairs[best]
        pairs = +pairs
    return vocabulary


def merge(parts: list[str], pair: tuple[str, str], merged: str) -> list[str]:
    result: list[str] = []
    i = 0
    while i < len(parts):
        if tuple(parts[i : i + 2]) == pair:
            result.append(merged)
            i += 2
        else:
            result.append(parts[i])
            i += 1
    return result


class WordPiece:
    def __init__(self, vocabulary: list[str], context_length: int = 64) -> None:
        self.vocabulary = vocabulary
        self.context_length = context_length
        self.ids = {token: i for i, token in enumerate(vocabulary)}
        self.cache: dict[str, list[int]] = {}

    @classmethod
    def load(cls, path: Path, context_length: int = 64) -> "WordPiece":
        return cls(path.read_text().splitlines(), context_length)

    def word(self, word: str) -> list[int]:
        if word not in self.cache:
            self.cache[word] = self.split(word)
        return self.cache[word]

    def split(self, word: str) -> list[int]:
        ids, start = [], 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                if (piece := prefix + word[start:end]) in self.ids:
                    break
            else:
                return [self.ids["[UNK]"]]
            ids.append(self.ids[piece])
            start = end
        return ids

    def encode(self, caption: str) -> list[int]:
        pieces = [i for word in words_of(caption) for i in self.word(word)]
        return [self.ids["[CLS]"], *pieces[: self.context_length - 2], self.ids["[SEP]"]]


def tokenizer_files(vocabulary: list[str]) -> dict[str, str]:
    """The four files of a Hugging Face BERT tokenizer."""
    ids = {token: i for i, token in enumerate(vocabulary)}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    names = {f"{token[1:-1].lower()}_token": token for token in SPECIAL}
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": ids[token], "content": token, **flags} for token in SPECIAL],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "BertProcessing",
            "sep": ["[SEP]", ids["[SEP]"]],
            "cls": ["[CLS]", ids["[CLS]"]],
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": ids,
        },
    }
    config = {"do_lower_case": True, "tokenizer_class": "BertTokenizer", **names}
    return {
        "tokenizer.json": json.dumps(tokenizer),
        "tokenizer_config.json": json.dumps(config, indent=2) + "\n",
        "vocab.txt": "".join(f"{token}\n" for token in vocabulary),
        "special_tokens_map.json": json.dumps(names, indent=2) + "\n",
    }
