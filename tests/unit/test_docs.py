"""Documents that can fail: what there is is in them, and what they name is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from agent_service.config import AgentSettings
from agent_service.storage.records import EventType
from chroma_service.config import ChromaSettings
from cli.main import app
from core.workflows import BUILT_IN
from llm_service.config import LlmSettings
from tool_service.config import ToolSettings

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in DOCS}
REFERENCE, GLOSSARY = TEXTS["reference.md"], TEXTS["glossary.md"]
PROTOS = sorted((ROOT / "proto").rglob("*.proto"))
DECLARED = re.compile(
    r"^\s*(?:rpc|message|enum|service|(?:repeated |optional )?[\w.<>, ]+ \w+ = \d+)\b"
)
SETTINGS = (AgentSettings, LlmSettings, ToolSettings, ChromaSettings)


def commands(command: Any, words: tuple[str, ...] = ("mesh",)) -> Iterator[str]:
    """Yield the commands below ``command``, each with all its words."""
    below = getattr(command, "commands", {})
    if not below:
        yield " ".join(words)
    for name, each in below.items():
        yield from commands(each, (*words, name))


def missing(wanted: set[str], text: str = REFERENCE) -> set[str]:
    """Return what does not stand in ``text`` as code."""
    return {each for each in wanted if f"`{each}`" not in text}


def test_every_command_is_documented() -> None:
    found = set(commands(typer.main.get_command(app)))
    assert "mesh docs add" in found
    assert not missing(found)


def test_every_make_target_is_documented() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert "test" in targets
    assert not missing({f"make {target}" for target in targets})


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_setting_is_documented(settings: type[AgentSettings]) -> None:
    assert not missing({name.upper() for name in settings.model_fields})


@pytest.mark.parametrize("proto", PROTOS, ids=lambda path: path.stem)
def test_every_rpc_is_documented(proto: Path) -> None:
    text = proto.read_text(encoding="utf-8")
    package = re.findall(r"^package (.+);", text, re.MULTILINE)
    services = re.findall(r"^service (\w+)", text, re.MULTILINE)
    assert services
    assert not missing({f"{package[0]}.{service}" for service in services})
    assert not missing(set(re.findall(r"^\s*rpc (\w+)", text, re.MULTILINE)))


def test_every_type_of_event_is_documented() -> None:
    assert not missing({str(each) for each in EventType}, TEXTS["workflows.md"])


def test_every_role_is_in_the_glossary() -> None:
    assert not {role.name for role in BUILT_IN.roles if role.name not in GLOSSARY}


# The glossary says which words are not used, and for what; of them these name nothing else.
_NOT_USED = {"job", "jobs", "step", "steps", "turn", "turns", "thread", "chunk", "snippet"}


@pytest.mark.parametrize("proto", PROTOS, ids=lambda path: path.stem)
def test_protos_use_the_words_of_the_glossary(proto: Path) -> None:
    text = re.sub(r"//.*", "", proto.read_text(encoding="utf-8"))
    names = set(re.findall(r"\b(?:message|enum|rpc|service|oneof) (\w+)", text))
    names |= set(re.findall(r"\b(\w+) = \d+", text))
    assert not {name for name in names if _NOT_USED & set(words_of(name))}


def test_spans_use_the_words_of_the_glossary() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for room in ("core", "shared", "agent_service")
        for path in (ROOT / room).rglob("*.py")
    )
    names = set(re.findall(r"\bspan\(\s*\"(agent\.[a-z_.]+)\"", code))
    assert {"agent.task", "agent.tool_call", "agent.checkpoint.save"} <= names
    for name in names:
        subject = name.removeprefix("agent.").split(".")[0].split("_")[-1]
        assert re.search(rf"\b{subject[:6]}", GLOSSARY), f"{name}: the glossary has no {subject}"
        assert not _NOT_USED & set(words_of(name))


def words_of(name: str) -> list[str]:
    """Return the words of a name in any of the usual forms, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


@pytest.mark.parametrize("proto", PROTOS, ids=lambda path: path.stem)
def test_every_message_field_and_rpc_of_a_proto_has_a_comment(proto: Path) -> None:
    lines = proto.read_text(encoding="utf-8").splitlines()
    declared = re.compile(
        r"^\s*(?:rpc|message|enum|service|(?:repeated |optional )?[\w.<>, ]+ \w+ = \d+)\b"
    )
    bare = [
        line.strip()
        for above, line in zip(["", *lines], lines, strict=False)
        if declared.match(line)
        and not re.match(r"^\s*(syntax|option|reserved)", line)
        and not above.strip().startswith("//")
        and "//" not in line
    ]
    assert not bare


NAMED_FILE = re.compile(
    r"(?<![\w/.-])((?:core|shared|agent_service|llm_service|tool_service|chroma_service|cli|tests"
    r"|benchmarks|deploy|docs|proto)/[\w./-]*\w)"
)


def named_files(text: str) -> set[str]:
    """Return the files and folders of the project that a text names."""
    return {name for name in NAMED_FILE.findall(text) if "*" not in name}


def sources() -> list[Path]:
    """Return every hand-written file whose comments may name files; tests make up names."""
    kinds = ("*.py", "*.sql", "*.proto", "*.md")
    left_out = ("tests", "build")
    rooms = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] not in "._"]
    rooms = [path for path in rooms if path.name not in left_out]
    found = (path for room in rooms for kind in kinds for path in room.rglob(kind))
    made = ROOT / "shared" / "pb"
    return [path for path in found if made not in path.parents] + [ROOT / "README.md"]


def test_every_file_that_is_named_is_there() -> None:
    gone = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources()
        for name in named_files(path.read_text(encoding="utf-8"))
        if not exists(name)
    }
    assert not gone


def exists(name: str) -> bool:
    """Say whether a name stands for a file, a folder or a module of the project."""
    made = ("shared/pb",)  # by `make proto`
    return name.startswith(made) or any(
        (ROOT / f"{name}{ending}").exists() for ending in ("", ".py", ".md")
    )


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if not (path.parent / link).exists()]
