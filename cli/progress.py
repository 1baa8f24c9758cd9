"""The frame of progress bars: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn

from cli.output import errors

_LINE_SECONDS = 10.0


class ProgressBars:
    """Bars on stderr that are there for as long as the block runs."""

    def __init__(self, *columns: ProgressColumn) -> None:
        """Show ``columns`` after the description and the bar of each task."""
        self.bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            *columns,
            console=errors,
            transient=True,
            disable=not errors.is_terminal,
            # What is printed meanwhile goes above the bars; into a pipe it goes as ever.
            redirect_stdout=sys.stdout.isatty(),
        )
        self._said_at = time.monotonic()

    def __enter__(self) -> Self:
        """Start to draw."""
        self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bars away."""
        self.bars.stop()

    def say(self, line: str) -> None:
        """Print a line, above the bars where there are any."""
        errors.print(line, markup=False, soft_wrap=True)

    def say_now_and_then(self, line: str) -> None:
        """Print a line where no bars are drawn, every ten seconds at most."""
        if not errors.is_terminal and time.monotonic() - self._said_at >= _LINE_SECONDS:
            self._said_at = time.monotonic()
            self.say(line)
