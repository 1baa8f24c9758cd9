"""Every function that is written down in ``families``, one TOML file a family."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from llm_service.functions.function import Function

_FAMILIES = Path(__file__).parent / "families"


def load_families(folder: Path = _FAMILIES) -> tuple[Function, ...]:
    """Return the functions of every family in ``folder``, the families by name."""
    return tuple(
        function for path in sorted(folder.glob("*.toml")) for function in _functions(path)
    )


def _functions(path: Path) -> Iterator[Function]:
    for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
        yield Function(
            name,
            table["code"].strip("\n"),
            tuple(table["does"]),
            tuple(table["inputs"]),
            tuple(table.get("constants", ())),
            tuple(table["wordings"]),
        )


FUNCTIONS = load_families()
