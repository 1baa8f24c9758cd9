"""One file is one source, however its path is spelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.documents.naming import identity, named, shown
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a README, and a link to it, in the working folder."""
    (tmp_path / "one" / "docs").mkdir(parents=True)
    (tmp_path / "one" / "README.md").write_text("one\n")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    (tmp_path / "one" / "link.md").symlink_to("README.md")
    monkeypatch.chdir(tmp_path / "one")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path.resolve() / "one"


@pytest.mark.parametrize(
    "spelling",
    [
        *("README.md", "./README.md", "docs/../README.md", "../one/README.md", "link.md"),
        *(
            "../two/README.md",
            "../two/link.md",
            "~/one/README.md",
            "~/two/README.md",
            ".//README.md",
        ),
    ],
)
def test_every_spelling_of_a_path_is_the_same_source(project: Path, spelling: str) -> None:
    source = str(project / "README.md")
    assert identity(Path(spelling)) == source
    assert identity(project.parent / "two" / "README.md") == source
    listed = [pb.Source(source="/elsewhere/README.md", title="elsewhere/README.md")]
    listed.append(pb.Source(source=source, title="one/README.md"))
    assert named(spelling, listed) == listed[1:]


def test_a_name_as_listed_comes_before_a_path_and_a_title_after(project: Path) -> None:
    old = pb.Source(source="README.md", title="README.md")
    new = pb.Source(source=str(project / "README.md"), title="one/README.md")
    assert named("README.md", [old, new]) == [old]
    assert named("README.md", [new]) == [new]
    assert named("one/README.md", [old, new]) == [new]
    assert named("other.md", [old, new]) == []
    twice = pb.Source(source=new.source, collection="two")
    assert named("README.md", [new, twice]) == [new, twice]


def test_a_file_that_is_gone_has_its_name_still(project: Path) -> None:
    assert identity(Path("gone/x.md")) == str(project / "gone" / "x.md")


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("{project}/docs/a.md", "docs/a.md"),
        ("{home}/other/a.md", "~/other/a.md"),
        ("/etc/a.md", "/etc/a.md"),
        ("a.md", "a.md"),
        ("http://host/a.md", "http://host/a.md"),
    ],
)
def test_a_path_is_shown_short_and_means_the_same(project: Path, source: str, short: str) -> None:
    source = source.format(project=project, home=project.parent)
    assert shown(source) == short
    if source.startswith("/"):
        assert identity(Path(short)) == source


def test_capitals_do_not_matter_where_the_file_system_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = Path.samefile

    def blind(path: Path, other: Path) -> bool:
        return str(path).lower() == str(other).lower() or same(path, other)

    monkeypatch.setattr(Path, "samefile", blind)
    assert identity(Path("readme.MD")) == str(project / "README.md")
    assert identity(Path("DOCS/new.md")) == str(project / "docs" / "new.md")
