"""Requests that no function here answers: they teach what is not known."""

from __future__ import annotations

from pathlib import Path

_TEXTS = Path(__file__).parent / "unknown_requests.txt"


def load_unknown_requests() -> tuple[str, ...]:
    """Return the requests as people wrote them."""
    return tuple(line for line in _TEXTS.read_text(encoding="utf-8").splitlines() if line)
