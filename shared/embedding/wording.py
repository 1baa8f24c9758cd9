"""The wording of an utterance as numbers: hashed words, pairs of words and pieces of words.

An embedding keeps the topic and loses the form ("run the tests", "write the tests"); the words
themselves tell the form, and pieces of them survive a typo.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

BUCKETS = 4096
_PIECE = 4
# Wording against embedding, chosen by cross-validation on train.jsonl alone.
_WEIGHT = 1.5
_FILE = re.compile(
    r"[\w./-]*\w\.(?:txt|md|csv|json|ya?ml|toml|ini|log|pdf|docx|html|css|py|js|c|go)\b(?!\()"
)
_TOKEN = re.compile(r"<file>|[a-z_']+|\d+|[^\w\s]")


def wording_of(text: str) -> NDArray[np.float32]:
    """Return a vector of length 1.5 (0 for a text without words) and shape (4096,)."""
    counts = np.zeros(BUCKETS, dtype=np.float32)
    for feature in _features(text):
        counts[zlib.crc32(feature.encode()) % BUCKETS] += 1
    length = float(np.linalg.norm(counts)) or 1.0
    return counts * np.float32(_WEIGHT / length)


def _features(text: str) -> set[str]:
    words = [
        "0" if word.isdigit() else word
        for word in _TOKEN.findall(_FILE.sub(" <file> ", text.lower()))
    ]
    marked = ["^", *words, "$"]
    pairs = {f"{first} {second}" for first, second in pairwise(marked)}
    opening = "first " + " ".join(marked[:3])
    return {*words, *pairs, opening, *(piece for word in words for piece in _pieces(word))}


def _pieces(word: str) -> Iterator[str]:
    edged = f"<{word}>"
    for start in range(len(edged) - _PIECE + 1):
        yield f"piece {edged[start : start + _PIECE]}"
