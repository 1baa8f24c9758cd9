"""Requests for list pipelines as people wrote them, with what they ask for."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from llm_service.functions.pipelines import Combination

_TABLE = Path(__file__).parent / "pipeline_wordings.tsv"


@dataclass(frozen=True, slots=True)
class PipelineWording:
    """A request, its constants still ``{n}`` and ``{m}``, and the combination that it means."""

    combination: Combination
    text: str


def load_pipeline_wordings(path: Path = _TABLE) -> tuple[PipelineWording, ...]:
    """Return the table: filter, map, aggregate and text, parted by tabs."""
    return tuple(_rows(path))


def _rows(path: Path) -> Iterator[PipelineWording]:
    with path.open(encoding="utf-8", newline="") as file:
        for kept, mapped, aggregate, text in csv.reader(
            file, delimiter="\t", quoting=csv.QUOTE_NONE
        ):
            yield PipelineWording(Combination(kept, mapped, aggregate), text)
