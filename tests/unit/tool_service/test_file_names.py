"""A name that a person cannot see in a listing as it is meant is refused, by every file tool."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from tool_service.file_names import components
from tool_service.tool import Tool
from tool_service.tools.append_line import append_line
from tool_service.tools.list_files import list_files
from tool_service.tools.read_file import read_file
from tool_service.tools.search_text import search_text
from tool_service.tools.write_file import write_file
from tool_service.workspace import Workspace

REFUSED = {
    "~": "home",
    "~/notes.txt": "home",
    "~ada/notes.txt": "home",
    "docs/~/a.txt": "home",
    "$HOME/notes.txt": "variables",
    "${HOME}/notes.txt": "variables",
    "%USERPROFILE%/notes.txt": "variables",
    "C:/notes.txt": "drives",
    "docs\\notes.txt": "backslash",
    "https://example.org/a.txt": "address",
    "notes.txt ": "space",
    " notes.txt": "space",
    "docs /notes.txt": "space",
    "   ": "space",
    "notes.txt\n": "control",
    "no\ntes.txt": "control",
    "notes\t.txt": "control",
    "notes\0.txt": "control",
    "notes\x1b[2J.txt": "control",
    "notes\x7f": "control",
    "notes\ud800.txt": "control",
    "notes\u00a0.txt": "invisible",
    "notes\u200b.txt": "invisible",
    "notes\u200d.txt": "invisible",
    "\ufeffnotes.txt": "invisible",
    "txt.\u202eseton": "invisible",
    "notes\u2028.txt": "space|invisible",
    "a" * 256: "255",
    "ä" * 128: "255",
    "/".join(["folder"] * 200): "1024",
    "/etc/passwd": "leads out",
    "a/../../b": "leads out",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def _tools(workspace: Workspace) -> list[tuple[Tool, dict[str, str]]]:
    return [
        (append_line(workspace), {"line": "x"}),
        (list_files(workspace), {}),
        (read_file(workspace), {}),
        (search_text(workspace), {"pattern": "x"}),
        (write_file(workspace), {"content": "x"}),
    ]


@pytest.mark.parametrize(("path", "reason"), REFUSED.items())
async def test_every_tool_refuses_it_with_the_reason_and_makes_nothing(
    workspace: Workspace, path: str, reason: str
) -> None:
    for tool, more in _tools(workspace):
        with pytest.raises(InvalidInput, match=reason) as refused:
            await tool.run({"path": path, **more})
        assert "relative to the workspace" in str(refused.value)
        str(refused.value).encode()
    assert list(workspace.root.iterdir()) == []


@pytest.mark.parametrize(
    "path",
    [
        "a b.txt",
        "a/b c/d.txt",
        ".env",
        "...",
        "résumé.pdf",
        "日本語.txt",
        "ملاحظات.txt",
        "می\u200cخواهم.txt",
        "👩\u200d💻.md",
        "a~b",
        "notes.txt~",
        "50%.txt",
        "price$.txt",
        "x" * 255,
        "😀" * 63,
        "a:b.txt",
    ],
)
async def test_what_a_person_reads_as_it_is_meant_is_a_name(
    workspace: Workspace, path: str
) -> None:
    assert (await write_file(workspace).run({"path": path, "content": "one\n"})).ok
    assert (await append_line(workspace).run({"path": path, "line": "two"})).ok
    assert (await read_file(workspace).run({"path": path})).output == "one\ntwo\n"
    *folder, name = path.split("/")
    listed = await list_files(workspace).run({"path": "/".join(folder) or "."})
    assert listed.output == name


@given(st.text(max_size=40))
def test_a_path_is_refused_clearly_or_names_what_it_says(path: str) -> None:
    try:
        names = components(path)
    except InvalidInput as refused:
        str(refused).encode()
        return
    assert all(name == name.strip() and name not in ("~", "..", "") for name in names)
    assert not any(unicodedata.category(each) in ("Cc", "Cs") for each in "".join(names))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_accents_stored_in_another_way_name_the_same_file(
    workspace: Workspace, form: str
) -> None:
    stored, said = "café/résumé.txt", "café/résumé.txt"
    folder, name = unicodedata.normalize(form, stored).split("/")
    (workspace.root / folder).mkdir()
    (workspace.root / folder / name).write_text("old\n", encoding="utf-8")
    for other in ("NFC", "NFD"):
        path = unicodedata.normalize(other, said)
        assert (await read_file(workspace).run({"path": path})).ok
        assert (await write_file(workspace).run({"path": path, "content": "new\n"})).ok
        assert (await append_line(workspace).run({"path": path, "line": "more"})).ok
    assert [each.name for each in workspace.root.iterdir()] == [folder]
    assert [each.name for each in (workspace.root / folder).iterdir()] == [name]
    assert (workspace.root / folder / name).read_text(encoding="utf-8") == "new\nmore\n"


async def test_a_listing_writes_out_what_one_would_not_see(workspace: Workspace) -> None:
    for name in (b"bad\xff.txt", b"two\nlines", b"end ", "\u200bx".encode(), b"plain"):
        Path(os.fsdecode(os.fsencode(workspace.root) + b"/" + name)).write_text("here\n")
    listed = (await list_files(workspace).run({})).output.split("\n")
    assert listed == sorted([r"'bad\udcff.txt'", r"'two\nlines'", "'end '", r"'\u200bx'", "plain"])
    found = (await search_text(workspace).run({"pattern": "here"})).output
    assert len(found.encode().decode().split("\n")) == 5
