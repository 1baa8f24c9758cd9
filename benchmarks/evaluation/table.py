"""Prints what was compared."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from benchmarks.evaluation.attempt import Attempt, Comparison, Pair


def print_comparison(found: Comparison, model: str) -> None:
    """Print a table with a column for the model alone and one for the mesh."""
    asked = len(found.pairs)
    table = Table(found.suite, "MODEL ALONE", "MESH")
    table.title = f"{model}, {asked} problems"
    alone, mesh = found.right(_alone), found.right(_mesh)
    table.add_row("right", _share(alone, asked), _share(mesh, asked))
    right, approved = found.approved_right
    table.add_row("approved", "", _share(approved, asked))
    table.add_row("approved and right", "", _share(right, approved) if approved else "none")
    table.add_row("seconds, mean", f"{found.seconds(_alone):.1f}", f"{found.seconds(_mesh):.1f}")
    table.add_row("tokens, mean", f"{found.tokens(_alone):.0f}", f"{found.tokens(_mesh):.0f}")
    table.add_row("times the seconds where alone is right", "1.00", f"{found.time_ratio:.2f}")
    Console().print(table)


def print_summary(suite: str, model: str, rows: Mapping[str, str]) -> None:
    """Print what a suite brought that the model alone cannot try."""
    table = Table(suite, "MESH", title=model)
    for name, value in rows.items():
        table.add_row(name, value)
    Console().print(table)


def _alone(pair: Pair) -> Attempt:
    return pair.alone


def _mesh(pair: Pair) -> Attempt:
    return pair.mesh


def _share(count: int, of: int) -> str:
    return f"{count} of {of} ({100 * count / of:.1f} %)"
