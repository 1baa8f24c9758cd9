"""Retrieved passages as parts of a prompt."""

from __future__ import annotations

from collections.abc import Sequence

from core.fitting import Part
from core.state import PassageRecord


def passage_parts(passages: Sequence[PassageRecord]) -> list[Part]:
    """Return the passages as parts, the nearest first."""
    return [Part("passage", passage["text"]) for passage in passages]


def shown_passages(passages: Sequence[PassageRecord], texts: Sequence[str]) -> list[PassageRecord]:
    """Return the first passages with the texts that are shown of them, and the lines of these."""
    return [_with_text(passage, text) for passage, text in zip(passages, texts, strict=False)]


def _with_text(passage: PassageRecord, text: str) -> PassageRecord:
    if text == passage["text"]:
        return passage
    last = passage["start_line"] + text.count("\n")
    return PassageRecord({**passage, "end_line": min(last, passage["end_line"]), "text": text})
