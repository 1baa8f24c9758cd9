"""A line that is added is a line of its own, and a check after a crash knows whether it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from tool_service.registry import ToolRegistry
from tool_service.tool import Effect, EffectCheck, Tool
from tool_service.tools.append_line import append_line
from tool_service.workspace import Workspace

PATH = "list.txt"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def _check(tool: Tool) -> EffectCheck:
    assert tool.check is not None
    return tool.check


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b"butter\n"),
        (b"", b"butter\n"),
        (b"eggs", b"eggs\nbutter\n"),
        (b"eggs\n", b"eggs\nbutter\n"),
        (b"eggs\n\n", b"eggs\n\nbutter\n"),
        (b"milk\neggs", b"milk\neggs\nbutter\n"),
        (b"milk\r\neggs\r\n", b"milk\r\neggs\r\nbutter\r\n"),
        (b"milk\r\neggs", b"milk\r\neggs\r\nbutter\r\n"),
        (b"milk\r\neggs\n", b"milk\r\neggs\nbutter\n"),
        (b"\n", b"\nbutter\n"),
        (b"\r\n", b"\r\nbutter\r\n"),
        (b"\xef\xbb\xbf", b"\xef\xbb\xbfbutter\n"),
        (b"\xef\xbb\xbfeggs", b"\xef\xbb\xbfeggs\nbutter\n"),
        (b"x" * 200_000, b"x" * 200_000 + b"\nbutter\n"),
        ("Käse".encode(), "Käse\nbutter\n".encode()),
    ],
)
async def test_it_stands_on_a_line_of_its_own(
    workspace: Workspace, before: bytes | None, after: bytes
) -> None:
    if before is not None:
        (workspace.root / PATH).write_bytes(before)
    result = await append_line(workspace).run({"path": PATH, "line": "butter"})
    assert result.ok
    assert (workspace.root / PATH).read_bytes() == after


_LINES = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=20)
_CONTENTS = st.lists(st.tuples(_LINES, st.sampled_from(["\n", "\r\n", ""])), max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(written=_CONTENTS, line=_LINES, others=_LINES)
async def test_whatever_was_there_the_check_tells_whether_the_line_was_added(
    workspace: Workspace, written: list[tuple[str, str]], line: str, others: str
) -> None:
    content = "".join(text + end for text, end in written).encode()
    file = workspace.root / PATH
    file.write_bytes(content)
    tool, arguments = append_line(workspace), {"path": PATH, "line": line}
    before = await _check(tool).look(arguments)
    assert await _check(tool).judge(arguments, before) is Effect.NOT_DONE
    await tool.run(arguments)
    assert await _check(tool).judge(arguments, before) is Effect.DONE
    added = file.read_bytes().removeprefix(content)
    assert added.strip(b"\r\n") == line.encode().strip(b"\r\n")
    assert file.read_bytes().startswith(content)
    assert file.read_bytes().decode().split("\n")[-2].removesuffix("\r") == line
    await tool.run({"path": PATH, "line": others})
    assert await _check(tool).judge(arguments, before) is Effect.UNKNOWN
    for cut in range(1, len(added)):
        file.write_bytes(content + added[:cut])
        assert await _check(tool).judge(arguments, before) is Effect.UNKNOWN


async def test_a_file_longer_than_any_tool_reads_is_judged_by_its_end(
    workspace: Workspace,
) -> None:
    file = workspace.root / PATH
    with file.open("wb") as opened:
        opened.truncate(17 * 1024 * 1024)
    tool, arguments = append_line(workspace), {"path": PATH, "line": "end"}
    before = await _check(tool).look(arguments)
    await tool.run(arguments)
    assert await _check(tool).judge(arguments, before) is Effect.DONE


@pytest.mark.parametrize("line", ["a\n", "a\r\n", "\n", "a\nb", "a\r", "\r"])
def test_two_lines_are_no_line(workspace: Workspace, line: str) -> None:
    registry = ToolRegistry([append_line(workspace)])
    with pytest.raises(InvalidInput, match=r"arguments\.line"):
        registry.check("append_line", {"path": PATH, "line": line})
    registry.check("append_line", {"path": PATH, "line": "a b"})


async def test_what_is_no_file_gets_no_line(workspace: Workspace) -> None:
    os.mkfifo(workspace.root / "pipe")
    (workspace.root / "folder").mkdir()
    for path in ("pipe", "folder"):
        assert not (await append_line(workspace).run({"path": path, "line": "x"})).ok
