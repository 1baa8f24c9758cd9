"""Where output goes: results to stdout, everything else to stderr.

All that a person reads goes through `console` and `errors`, all that a program reads through
`print_json` and `print_result_text`: nothing else in the command line writes.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console, ConsoleDimensions, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.status import Status
from rich.table import Table
from rich.text import Text

from cli.visible_text import visible, visible_json
from core.json_text import write_json

# A pipe has no width: what goes into one must not be cut to the 80 columns of a terminal.
_PIPE_WIDTH = 1000
_NARROWEST, _NARROWEST_TABLE = 20, 80

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]

DONE, FAILED, USAGE, NEEDS_INPUT = 0, 1, 2, 3


class SafeConsole(Console):
    """Shows text as what it is: neither the terminal nor rich takes it for commands.

    Markup is off: styles come from `Text`, so brackets in data are brackets. Control characters
    are spelled out in strings before they are laid out, and in all that is rendered once more.
    """

    def __init__(self, **options: Any) -> None:
        """Take the options of rich's console."""
        super().__init__(highlight=False, markup=False, emoji=False, **options)
        # Rich would hold a pipe to COLUMNS, which is the terminal's; `size` asks for it anew.
        self._width = options.get("width")

    @property
    def size(self) -> ConsoleDimensions:
        """The terminal's size; a pipe is as wide as it needs to be."""
        found = super().size
        if self._width is not None:
            return found
        width = max(found.width, _NARROWEST) if self.is_terminal else _PIPE_WIDTH
        return ConsoleDimensions(width, found.height)

    @size.setter
    def size(self, size: tuple[int, int]) -> None:
        self._width, self._height = size

    def render_str(self, text: str, **options: Any) -> Text:
        """Make a string a text, control characters spelled out."""
        return super().render_str(visible(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render anything; only rich's own control codes stay."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))

    def print_table(self, table: Table) -> None:
        """Print a table: fitted to a wide terminal; elsewhere a line a row, as long as it is."""
        if self.is_terminal and self.width >= _NARROWEST_TABLE:
            self.print(table)
            return
        for line in self.render_lines(table, self.options.update(width=_PIPE_WIDTH), pad=False):
            self.print("".join(segment.text for segment in line).rstrip(), soft_wrap=True)

    def status(self, status: RenderableType, **options: Any) -> Status:
        """Show that something is under way, in characters that the terminal has."""
        return super().status(status, **{"spinner": "dots" if _is_utf8(self) else "line"} | options)


console = SafeConsole()
errors = SafeConsole(stderr=True)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object as a line on stdout."""
    text = write_json(value, ensure_ascii=False)
    sys.stdout.write(visible_json(text, ascii_only=not _is_utf8(console)) + "\n")
    sys.stdout.flush()


def print_result_text(text: str, style: str = "") -> None:
    """Print what is a result and nothing else: as it is into a pipe, made safe on a terminal."""
    if console.is_terminal:
        console.print(text, style=style)
        return
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def fail(message: str, status: int = FAILED) -> NoReturn:
    """Say in one line what went wrong, and leave."""
    errors.print(f"mesh: {message}", style="red", soft_wrap=True)
    raise typer.Exit(status)


def _is_utf8(target: Console) -> bool:
    try:
        return codecs.lookup(target.encoding).name == "utf-8"
    except LookupError:
        return False
