"""Text that is being generated, as a terminal shows it."""

from __future__ import annotations

import io

import pytest

from cli.output import SafeConsole
from cli.view import live_text
from cli.view.live_text import LiveText
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> SafeConsole:
    console = SafeConsole(file=io.StringIO(), force_terminal=True, width=40, height=30)
    monkeypatch.setattr(live_text, "console", console)
    return console


def piece(text: str, at: int = 0, call: str = "a", *, structured: bool = False) -> pb.GeneratedText:
    return pb.GeneratedText(call_id=call, from_character=at, text=text, structured=structured)


def shown(console: SafeConsole) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_last_lines_are_shown_and_taken_away(terminal: SafeConsole) -> None:
    with LiveText(enabled=True) as live:
        text = "\n".join(f"line {number}" for number in range(30))
        live.show(piece(text))
        live.show(piece(" and more", len(text)))
    assert "| line 18" in shown(terminal)
    assert "line 17" not in shown(terminal)
    assert shown(terminal).endswith("\x1b[1A\x1b[2K")


def test_a_piece_goes_where_it_says(terminal: SafeConsole) -> None:
    with LiveText(enabled=True) as live:
        live.show(piece("Hello"))
        live.show(piece("p!", 3))
        assert str(_lines(live)) == "  | Help!"
        live.show(piece("\x1b[31mred", call="b"))
        assert str(_lines(live)) == "  | \x1b[31mred"
    assert "\x1b[31mred" not in shown(terminal)


@pytest.mark.parametrize("enabled", [True, False])
def test_json_and_what_nobody_wants_is_not_shown(terminal: SafeConsole, enabled: bool) -> None:
    with LiveText(enabled=enabled) as live:
        live.show(piece('{"a"', structured=enabled))
    assert shown(terminal) == ""


def _lines(live: LiveText) -> object:
    return live._live.get_renderable()
