"""Shows how far `mesh docs add` is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from cli.output import errors
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb

_LINE_SECONDS = 10.0


class AddProgress:
    """Counts files, and the passages of those that are in work, on stderr."""

    def __init__(self, files: int) -> None:
        """Show the ingestion of so many ``files``."""
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=errors,
            transient=True,
            disable=not errors.is_terminal,
            # What is printed meanwhile goes above the bars; into a pipe it goes as ever.
            redirect_stdout=sys.stdout.isatty(),
        )
        self._files = self._bars.add_task("files", total=files)
        self._bar_of: dict[str, TaskID] = {}
        self._said_at = time.monotonic()

    def __enter__(self) -> Self:
        """Start to draw."""
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bars away."""
        self._bars.stop()

    def step(self, name: str, step: pb.IngestProgress) -> None:
        """Take in how far a file is."""
        if errors.is_terminal:
            if name not in self._bar_of:
                self._bar_of[name] = self._bars.add_task(name, total=None)
            total = step.total_passages or None
            self._bars.update(self._bar_of[name], completed=step.passages, total=total)
        elif step.total_passages and time.monotonic() - self._said_at >= _LINE_SECONDS:
            self._said_at = time.monotonic()
            line = f"{name}: {step.passages} of {step.total_passages} passages"
            errors.print(line, markup=False, soft_wrap=True)

    def done(self, name: str) -> None:
        """Count a file."""
        if name in self._bar_of:
            self._bars.remove_task(self._bar_of.pop(name))
        self._bars.advance(self._files)
