"""`mesh docs` on folders as people have them, against a knowledge service of its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.clients import KnowledgeClient
from tests.documents import docx, paragraph, pdf
from tests.integration.mesh import Mesh

BAD = {
    "empty.md": (b"", "is empty"),
    "blank.TXT": (b" \n\t\n", "is empty"),
    "mark.md": (b"\xef\xbb\xbf\n", "is empty"),
    "latin.md": ("Größe".encode("latin-1"), "UTF-8"),
    "binary.csv": (b"MZ\0\0\1", "NUL"),
    "broken.pdf": (b"%PDF-1.7\n", "cannot be read"),
    "broken.docx": (b"PK\3\4", "cannot be read"),
    "huge.log": (b"x" * (8 * 1024 * 1024 + 1), "bytes"),
}
GOOD = {
    "README.MD": b"# Sea\n\nThe sea is deep.\n",
    "NOTES.TXT": b"\xef\xbb\xbfThe harbour opens at nine.\n",
    "sub/page.html": b"<h1>Sky</h1><p>The sky is wide.</p>",
    "sub/report.pdf": pdf("The report is due in March."),
    "sub/letter.docx": docx(paragraph("The letter went to Oslo.")),
    "sub/data.csv": b"town,people\nOslo,700000\n",
    "sub/main.py": b"def area(width, height):\n    return width * height\n",
    "wide.rst": "Über uns\n========\n\nViel.\n".encode("utf-16"),
}


@dataclass
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON objects on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class DocsCommand:
    """Runs `mesh docs` in a folder."""

    mesh: Mesh
    folder: Path

    def __call__(self, *arguments: str, at: str = ".") -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", "docs", *arguments],
            cwd=self.folder / at,
            env=self.mesh.environment,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert "Traceback" not in done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
async def docs(module_mesh: Mesh, tmp_path: Path) -> DocsCommand:
    """The command, with nothing ingested."""
    if not module_mesh.started:
        await module_mesh.start("chroma")
    async with module_mesh.channel("chroma") as channel:
        client = KnowledgeClient(channel)
        for each in await client.list_sources():
            await client.delete_source(each.source, each.collection)
    return DocsCommand(module_mesh, tmp_path)


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_a_folder_is_ingested_past_what_cannot_be_read(docs: DocsCommand) -> None:
    write(docs.folder, {**{name: content for name, (content, _) in BAD.items()}, **GOOD})
    write(docs.folder, {".git/HEAD.md": b"no", "node_modules/x.md": b"no", "photo.png": b"no"})
    (docs.folder / "link.md").symlink_to("README.MD")
    ran = docs("add", ".")
    assert ran.status == 1
    for name, (_, reason) in BAD.items():
        [line] = [each for each in ran.err.splitlines() if each.startswith(f"  {name}: ")]
        assert reason in line
    assert "left out: 1 a link, 1 hidden, 1 made by a program, 1 of a kind" in ran.err
    assert {line.split(":")[0] for line in ran.out.splitlines()} == {
        f"ingested {name}" for name in GOOD
    }
    again = docs("add", ".", "--json")
    assert again.status == 1
    by_status = {
        status: sorted(each["path"] for each in again.lines if each["status"] == status)
        for status in ("unchanged", "skipped", "left_out", "ingested", "replaced")
    }
    assert by_status["unchanged"] == sorted(GOOD)
    assert by_status["skipped"] == sorted(BAD)
    assert len(by_status["left_out"]) == 4
    assert not by_status["ingested"] + by_status["replaced"]
    found = docs("search", "when is the report due", "--limit", "1", "--json").lines[0]
    assert (found["title"], found["text"].split("\n")[0]) == ("report.pdf", "# Page 1")


@pytest.mark.parametrize("name", BAD)
def test_one_that_is_named_and_cannot_be_read_is_said(docs: DocsCommand, name: str) -> None:
    content, reason = BAD[name]
    write(docs.folder, {name: content})
    ran = docs("add", name)
    assert (ran.status, ran.out) == (1, "")
    [line] = ran.err.splitlines()
    assert line.startswith(f"skipped {name}: ")
    assert reason in line


def test_a_folder_where_all_can_be_read_ends_well(docs: DocsCommand) -> None:
    write(docs.folder, GOOD)
    assert docs("add", ".").status == 0


def test_one_file_is_one_source_and_two_projects_have_two(docs: DocsCommand) -> None:
    write(docs.folder, {"one/README.md": b"the sea\n", "two/README.md": b"the sky\n"})
    (docs.folder / "link").symlink_to("one")
    for spelling in ("README.md", "./README.md", "../one/README.md", "../link/README.md"):
        assert docs("add", spelling, at="one").status == 0
    assert docs("add", "README.md", at="two").status == 0
    listed = docs("list", "--json").lines
    assert [each["source"] for each in listed] == [
        str(docs.folder.resolve() / name / "README.md") for name in ("one", "two")
    ]
    assert [each["title"] for each in listed] == ["one/README.md", "two/README.md"]
    assert "one/README.md" in docs("list").out
    assert docs("remove", "../link/README.md", at="two").status == 0
    assert [each["title"] for each in docs("list", "--json").lines] == ["README.md"]


def test_a_project_has_a_collection_where_asked(docs: DocsCommand) -> None:
    write(docs.folder, {"a.md": b"the sea\n", "b.md": b"the sky\n"})
    assert docs("add", "a.md", "--collection", "sea").status == 0
    assert docs("add", "b.md").status == 0
    assert [each["title"] for each in docs("search", "the", "--json").lines] == ["b.md"]
    assert [each["title"] for each in docs("search", "the", "-c", "sea", "--json").lines] == [
        "a.md"
    ]
    assert "COLLECTION" in docs("list").out
    assert docs("add", "a.md").status == 0
    assert docs("remove", "a.md").status == 2
    assert docs("remove", "a.md", "-c", "sea").status == 0
    assert docs("remove", "a.md").status == 0
    refused = docs("add", "a.md", "--collection", "no/name")
    assert (refused.status, refused.out) == (2, "")


async def test_what_was_kept_by_its_path_as_typed_is_kept_once(docs: DocsCommand) -> None:
    write(docs.folder, {"docs/a.md": b"the sea\n", "docs/b.md": b"the sky\n"})
    await docs.mesh.ingest("docs/a.md", "the sea\n")
    await docs.mesh.ingest("docs/b.md", "another project's\n")
    ran = docs("add", "docs")
    assert ran.status == 0
    assert "in place of 'docs/a.md'" in ran.out
    assert "'docs/b.md' is another source" in ran.out
    sources = [each["source"] for each in docs("list", "--json").lines]
    folder = docs.folder.resolve() / "docs"
    assert sources == [str(folder / "a.md"), str(folder / "b.md"), "docs/b.md"]


async def test_an_ingestion_outlives_a_killed_service(fresh_mesh: Mesh, tmp_path: Path) -> None:
    lines = "\n\n".join(f"# Number {number}\n\nIt is {number}." for number in range(200))
    write(tmp_path, {"numbers.md": lines.encode()})
    await fresh_mesh.start("chroma", failpoints={"chroma": "chroma.add_passages.after_commit:kill"})
    docs = DocsCommand(fresh_mesh, tmp_path)
    adding = asyncio.create_task(asyncio.to_thread(docs, "add", "numbers.md", "--json"))
    await fresh_mesh.exited("chroma")
    await fresh_mesh.start("chroma")
    ran = await adding
    assert ran.status == 0, ran.err
    [added] = ran.lines
    assert (added["status"], added["passages"]) == ("ingested", 200)
    found = await asyncio.to_thread(docs, "search", "It is 177.", "--limit", "50", "--json")
    texts = [each["text"] for each in found.lines]
    assert len(texts) == len(set(texts)) == 50
    assert "# Number 177\n\nIt is 177." in texts


def test_a_name_that_is_no_utf8_is_skipped(docs: DocsCommand) -> None:
    (docs.folder / os.fsdecode(b"caf\xe9.md")).write_bytes(b"the sea\n")
    write(docs.folder, {"good.md": b"the sky\n"})
    ran = docs("add", ".", "--json")
    assert ran.status == 1
    assert sorted(each["status"] for each in ran.lines) == ["ingested", "skipped"]
