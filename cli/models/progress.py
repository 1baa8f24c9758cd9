"""Shows a pull to a person."""

from __future__ import annotations

from rich.progress import DownloadColumn, TimeRemainingColumn, TransferSpeedColumn

from cli.models.catalogue import CatalogueEntry
from cli.progress import ProgressBars


class PullProgress(ProgressBars):
    """How much of a model is here, and a line for what happens to its transfer."""

    def __init__(self, entry: CatalogueEntry) -> None:
        """Show the pull of ``entry``."""
        super().__init__(DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._entry = entry
        self._bar = self.bars.add_task(entry.name, total=entry.size_bytes)
        self._started = False

    def received(self, size: int) -> None:
        """Move the bar; what an earlier pull received does not count for the speed."""
        if not self._started:
            self._started = True
            self.bars.reset(self._bar, completed=size)
            return
        self.bars.update(self._bar, completed=size)
        whole = self._entry.size_bytes
        self.say_now_and_then(f"{self._entry.name}: {size / 1e6:,.0f} of {whole / 1e6:,.0f} MB")

    def waiting(self, why: str, seconds: float) -> None:
        """Say that the transfer broke off."""
        self.say(f"the transfer broke off ({why}); it goes on in {seconds:g} s")

    def turning_to_packages(self, why: str) -> None:
        """Say that the hub does not have it."""
        self.say(f"{why}: {self._entry.name} comes from the package index instead")

    def checking(self) -> None:
        """Say that the hash is computed."""
        self.bars.update(self._bar, description="checking the hash")
