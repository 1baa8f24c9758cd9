"""Where output goes: results to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from core.json_text import write_json

# A pipe has no width: what goes into one must not be cut to the 80 columns of a terminal.
_PIPE_WIDTH = 1000
console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
errors = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]

DONE, FAILED, USAGE, NEEDS_INPUT = 0, 1, 2, 3


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object as a line on stdout."""
    sys.stdout.write(write_json(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def fail(message: str, status: int = FAILED) -> NoReturn:
    """Say in one line what went wrong, and leave."""
    errors.print(f"mesh: {message}", style="red", markup=False, soft_wrap=True)
    raise typer.Exit(status)
