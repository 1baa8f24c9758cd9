"""The labelled utterances in the repository."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody said, and the workflow that it should take."""

    text: str
    label: str


def load_utterances(name: str) -> list[Utterance]:
    """Return the utterances of ``train`` or ``evaluation``."""
    lines = (_DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Utterance(row["text"], row["label"]) for row in rows]
