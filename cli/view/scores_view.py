"""The scores of the routes, best first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.text import Text

_BAR_CELLS = 40


def score_lines(scores: Mapping[str, float], closed: Mapping[str, str]) -> Iterator[Text]:
    """Yield a line a route: its name, its probability as a bar, and why it is closed if it is."""
    for name, score in _best_first(scores):
        line = Text(f"  {name:8} {'█' * round(_BAR_CELLS * score)} {score:.3f}")
        if name in closed:
            line.append(f"  closed: {closed[name]}", style="yellow")
        yield line


def scores_sentence(scores: Mapping[str, float]) -> str:
    """Return the scores as one line: ``code 0.91, tool 0.05, ...``."""
    return ", ".join(f"{name} {score:.2f}" for name, score in _best_first(scores))


def _best_first(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda each: (-each[1], each[0]))
