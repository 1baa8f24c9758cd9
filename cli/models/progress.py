"""Shows a pull to a person."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from cli.models.catalogue import CatalogueEntry
from cli.output import errors


class PullProgress:
    """A bar on stderr, and a line when the transfer breaks off."""

    def __init__(self, entry: CatalogueEntry) -> None:
        """Show the pull of ``entry``."""
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=errors,
        )
        self._bar = self._progress.add_task(entry.name, total=entry.size_bytes)
        self._started = False

    def __enter__(self) -> Self:
        """Draw the bar."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bar as it is."""
        self._progress.stop()

    def received(self, size: int) -> None:
        """Move the bar; what an earlier pull received does not count for the speed."""
        if not self._started:
            self._started = True
            self._progress.reset(self._bar, completed=size)
            return
        self._progress.update(self._bar, completed=size)

    def waiting(self, why: str, seconds: float) -> None:
        """Say that the transfer broke off."""
        self._progress.console.print(
            f"the transfer broke off ({why}); it goes on in {seconds:g} s",
            soft_wrap=True,
        )

    def checking(self) -> None:
        """Say that the hash is computed."""
        self._progress.update(self._bar, description="checking the hash")
