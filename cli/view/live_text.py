"""What is being generated, at the end of a terminal, while it is."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.live import Live
from rich.text import Text

from cli.output import console
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_MOST_LINES = 12


class LiveText:
    """The last lines of the newest text for a person; several drafts at once are shown in turns."""

    def __init__(self, *, enabled: bool) -> None:
        """Show text where ``enabled``; elsewhere nothing."""
        self.enabled = enabled
        self._texts: dict[str, str] = {}
        self._live = Live(console=console, transient=True, refresh_per_second=8, auto_refresh=True)

    def __enter__(self) -> Self:
        """Begin with nothing to show."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the text away."""
        self.clear()

    def show(self, piece: pb.GeneratedText) -> None:
        """Add a piece, and show the text that it belongs to."""
        if not self.enabled or piece.structured:
            return
        text = self._texts.get(piece.call_id, "")[: piece.from_character] + piece.text
        self._texts[piece.call_id] = text
        if not self._live.is_started:
            self._live.start()
        self._live.update(_last_lines(text, console.width))

    def clear(self) -> None:
        """Take the text away: it has become a result, or was for nothing."""
        self._texts.clear()
        self._live.stop()


def _last_lines(text: str, width: int) -> Text:
    """Return the end of a text as it stands on a terminal, a bar before each line."""
    room = max(1, width - 4)
    rows = [
        line[at : at + room]
        for line in text.expandtabs(4).split("\n")
        for at in range(0, max(1, len(line)), room)
    ]
    return Text("\n".join(f"  | {row}" for row in rows[-_MOST_LINES:]), style="dim", no_wrap=True)
