"""What a folder gives: every document in it, and a word about the rest."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.documents.walking import Findings, find


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text\n", encoding="utf-8")


def taken(found: Findings, root: Path) -> list[str]:
    return sorted(each.path.relative_to(root).as_posix() for each in found.files)


def left_out(found: Findings, root: Path) -> dict[str, str]:
    return {each.path.relative_to(root).as_posix(): each.reason for each in found.left_out}


@pytest.mark.parametrize(
    "name",
    [
        *("README.MD", "NOTES.TXT", "a.Markdown", "b.rst", "C.RST", "page.HTML", "page.htm"),
        *("report.PDF", "letter.DocX", "data.csv", "data.JSON", "main.py", "Main.JAVA", "lib.rs"),
        *("a.tsx", "q.sql", "LICENSE", "README", "Makefile", "a.b.md"),
    ],
)
def test_a_document_is_taken_whatever_its_case(tmp_path: Path, name: str) -> None:
    write(tmp_path, f"sub/{name}")
    assert taken(find([tmp_path]), tmp_path) == [f"sub/{name}"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".git/HEAD.md", "hidden"),
        (".venv/lib/a.md", "hidden"),
        (".notes.md", "hidden"),
        ("node_modules/x/README.md", "made by a program"),
        ("a/__pycache__/x.md", "made by a program"),
        ("build/x.md", "made by a program"),
        ("dist/x.md", "made by a program"),
        ("target/x.md", "made by a program"),
        ("x.egg-info/x.txt", "made by a program"),
        ("photo.jpg", "of a kind that is not known"),
        ("program", "of a kind that is not known"),
    ],
)
def test_what_is_left_out_is_said(tmp_path: Path, name: str, reason: str) -> None:
    write(tmp_path, name, "good.md")
    found = find([tmp_path])
    assert taken(found, tmp_path) == ["good.md"]
    assert [*left_out(found, tmp_path).values()] == [reason]
    assert not found.unreadable


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "CACHEDIR.TAG"])
def test_a_folder_that_a_program_marked_is_left_out(tmp_path: Path, mark: str) -> None:
    write(tmp_path, "my-env/lib/a.md", f"my-env/{mark}", "a.md")
    assert taken(find([tmp_path]), tmp_path) == ["a.md"]


@pytest.mark.parametrize(
    "name", ["x.jpg", ".env", "build/x.md", "node_modules/README.md", "no-end"]
)
def test_what_is_named_is_taken_whatever_it_is(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, ".gitignore")
    (tmp_path / ".gitignore").write_text("*\n")
    [found] = find([tmp_path / name]).files
    assert found.named
    folder = (tmp_path / name).parent
    if folder != tmp_path and name.endswith(".md"):
        assert len(find([folder]).files) == 1


def test_links_are_left_out_and_one_that_is_named_is_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    write(inside, "a.md")
    write(outside, "b.md")
    (inside / "folder").symlink_to(outside)
    (inside / "cycle").symlink_to(inside)
    (inside / "file.md").symlink_to(outside / "b.md")
    (inside / "dangling.md").symlink_to(tmp_path / "nowhere")
    found = find([inside])
    assert taken(found, inside) == ["a.md"]
    assert left_out(found, inside) == dict.fromkeys(
        ("folder", "cycle", "file.md", "dangling.md"), "a link"
    )
    assert len(find([inside / "folder"]).files) == 1
    assert len(find([inside / "file.md"]).files) == 1
    assert find([inside / "dangling.md"]).unreadable


def test_a_file_that_is_found_twice_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md", "docs/b.md")
    (tmp_path / "link").symlink_to(tmp_path / "docs")
    odd = tmp_path / "docs" / ".." / "docs" / "a.md"
    found = find([tmp_path / "docs", tmp_path / "link", odd, tmp_path / "docs" / "a.md"])
    assert len(found.files) == 2
    assert [each.named for each in found.files] == [True, False]


def test_what_is_not_there_and_what_is_no_file_are_said(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    os.mkfifo(tmp_path / "pipe.md")
    found = find([tmp_path, tmp_path / "gone", tmp_path / "pipe.md"])
    assert taken(found, tmp_path) == ["a.md"]
    assert left_out(found, tmp_path) == {"pipe.md": "of a kind that is not known"}
    assert [each.path.name for each in found.unreadable] == ["gone", "pipe.md"]


def test_empty_source_code_is_left_out_and_an_empty_text_is_not(tmp_path: Path) -> None:
    for name in ("__init__.py", "a.md", "b.txt"):
        (tmp_path / name).touch()
    found = find([tmp_path])
    assert taken(found, tmp_path) == ["a.md", "b.txt"]
    assert left_out(found, tmp_path) == {"__init__.py": "empty source code"}


_PATTERN = st.sampled_from(
    [
        *("*.md", "/a.md", "docs/", "docs", "docs/*", "!docs/a.md", "!a.md", "**/sub", "sub/**"),
        *(
            "sub/b.txt",
            "*.txt",
            "!*.txt",
            "/docs/sub/",
            "out/*.md",
            "sub/**",
            "!b.txt",
            "# remark",
            "",
            "[ab].md",
        ),
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
@given(
    root=st.lists(_PATTERN, max_size=4),
    docs=st.lists(_PATTERN, max_size=3),
    start=st.sampled_from(["", "docs", "sub"]),
)
def test_ignored_is_what_git_ignores(
    tmp_path_factory: pytest.TempPathFactory, root: list[str], docs: list[str], start: str
) -> None:
    project = tmp_path_factory.mktemp("project")
    for folder in ("", "docs", "sub", "docs/sub", "sub/out", "docs/sub/docs"):
        write(project, f"{folder}/a.md".lstrip("/"), f"{folder}/b.txt".lstrip("/"))
    (project / ".gitignore").write_text("\n".join(root))
    (project / "docs" / ".gitignore").write_text("\n".join(docs))
    git(project, "init", "-q")
    listed = git(project, "ls-files", "-z", "--others", "--exclude-standard", "--", start or ".")
    expected = {each for each in listed.stdout.split("\0") if each.endswith((".md", ".txt"))}
    found = set(taken(find([project / start]), project))
    if start and git(project, "check-ignore", "-q", start).returncode == 0:
        own = start == "docs" and docs  # what a folder's own file says holds inside it
        assert found or own, "a folder that is named is taken all the same"
    else:
        assert found == expected


def git(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "-C", str(project), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"},
    )
