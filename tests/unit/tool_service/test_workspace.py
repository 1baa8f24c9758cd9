"""Nothing outside the workspace is seen or touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.errors import InvalidInput
from tool_service.tool import Effect
from tool_service.tools.append_line import append_line
from tool_service.tools.list_files import list_files
from tool_service.tools.read_file import read_file
from tool_service.tools.search_text import search_text
from tool_service.tools.write_file import write_file
from tool_service.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return Workspace(tmp_path / "workspace")


@pytest.mark.parametrize("path", ["../secret.txt", "a/../../secret.txt", "/etc/passwd", "a\0b"])
async def test_a_path_that_leads_out_is_an_error(workspace: Workspace, path: str) -> None:
    for tool in (read_file(workspace), list_files(workspace)):
        with pytest.raises(InvalidInput):
            await tool.run({"path": path})
    with pytest.raises(InvalidInput):
        await write_file(workspace).run({"path": path, "content": "x"})
    with pytest.raises(InvalidInput):
        await append_line(workspace).run({"path": path, "line": "x"})
    assert (workspace.root.parent / "secret.txt").read_text(encoding="utf-8") == "secret"


async def test_a_link_out_is_an_error_for_files_and_for_folders(workspace: Workspace) -> None:
    (workspace.root / "file").symlink_to(workspace.root.parent / "secret.txt")
    (workspace.root / "folder").symlink_to(workspace.root.parent)
    for path in ("file", "folder/secret.txt"):
        with pytest.raises(InvalidInput, match="link"):
            await read_file(workspace).run({"path": path})
        with pytest.raises(InvalidInput, match="link"):
            await append_line(workspace).run({"path": path, "line": "x"})
    with pytest.raises(InvalidInput, match="link"):
        await list_files(workspace).run({"path": "folder"})
    with pytest.raises(InvalidInput, match="link"):
        await write_file(workspace).run({"path": "folder/secret.txt", "content": "x"})
    await write_file(workspace).run({"path": "file", "content": "mine"})
    assert (workspace.root.parent / "secret.txt").read_text(encoding="utf-8") == "secret"
    assert not (await search_text(workspace).run({"pattern": "secret"})).data["matches"]


async def test_write_read_list_search(workspace: Workspace) -> None:
    await write_file(workspace).run({"path": "notes/a.txt", "content": "one\nTwo äöü\n"})
    await append_line(workspace).run({"path": "notes/a.txt", "line": "three"})
    read = await read_file(workspace).run({"path": "notes/a.txt"})
    assert read.output == "one\nTwo äöü\nthree\n"
    assert (await list_files(workspace).run({})).output == "notes/"
    assert (await list_files(workspace).run({"path": "notes"})).output == "a.txt"
    found = await search_text(workspace).run({"pattern": "two"})
    assert found.output == "notes/a.txt:2: Two äöü"
    in_file = await search_text(workspace).run({"pattern": "two", "path": "notes/a.txt"})
    assert in_file.output == found.output
    nowhere = await search_text(workspace).run({"pattern": "two", "path": "notes/a.txt/b"})
    assert not nowhere.ok
    assert list(workspace.root.rglob(".*")) == []


async def test_what_is_no_text_file_is_a_failed_result(workspace: Workspace) -> None:
    (workspace.root / "binary").write_bytes(b"\xff\xfe\x00")
    os.mkfifo(workspace.root / "pipe")
    for path in ("missing", "binary", "pipe", "."):
        if path == ".":
            with pytest.raises(InvalidInput):
                await read_file(workspace).run({"path": path})
            continue
        result = await read_file(workspace).run({"path": path})
        assert not result.ok
        assert path in result.output


async def test_a_cut_effect_is_told_by_comparing_with_what_was_there(workspace: Workspace) -> None:
    arguments = {"path": "a.txt", "content": "new"}
    check = write_file(workspace).check
    assert check is not None
    before = await check.look(arguments)
    assert await check.judge(arguments, before) is Effect.NOT_DONE
    await write_file(workspace).run(arguments)
    assert await check.judge(arguments, before) is Effect.DONE
    await write_file(workspace).run({"path": "a.txt", "content": "somebody else's"})
    assert await check.judge(arguments, before) is Effect.UNKNOWN


async def test_a_cut_line_is_told_by_the_end_of_the_file(workspace: Workspace) -> None:
    tool = append_line(workspace)
    arguments = {"path": "a.txt", "line": "one"}
    await tool.run({"path": "a.txt", "line": "zero"})
    assert tool.check is not None
    before = await tool.check.look(arguments)
    assert await tool.check.judge(arguments, before) is Effect.NOT_DONE
    await tool.run(arguments)
    assert await tool.check.judge(arguments, before) is Effect.DONE
    await tool.run({"path": "a.txt", "line": "two"})
    assert await tool.check.judge(arguments, before) is Effect.UNKNOWN
