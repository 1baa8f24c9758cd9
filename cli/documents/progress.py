"""Shows how far `mesh docs add` is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from rich.progress import MofNCompleteColumn, TaskID, TimeElapsedColumn

from cli.output import errors
from cli.progress import ProgressBars
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb


class AddProgress(ProgressBars):
    """Counts files, and the passages of those that are in work, on stderr."""

    def __init__(self, files: int) -> None:
        """Show the ingestion of so many ``files``."""
        super().__init__(MofNCompleteColumn(), TimeElapsedColumn())
        self._files = self.bars.add_task("files", total=files)
        self._bar_of: dict[str, TaskID] = {}

    def step(self, name: str, step: pb.IngestProgress) -> None:
        """Take in how far a file is."""
        if errors.is_terminal:
            if name not in self._bar_of:
                self._bar_of[name] = self.bars.add_task(name, total=None)
            total = step.total_passages or None
            self.bars.update(self._bar_of[name], completed=step.passages, total=total)
        elif step.total_passages:
            line = f"{name}: {step.passages} of {step.total_passages} passages"
            self.say_now_and_then(line)

    def done(self, name: str) -> None:
        """Count a file."""
        if name in self._bar_of:
            self.bars.remove_task(self._bar_of.pop(name))
        self.bars.advance(self._files)
