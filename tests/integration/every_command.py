"""A way to call every command of `mesh`, on a stack that holds hostile tasks and documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer.main

from cli.main import app
from tests.integration.command import CommandLine

ESCAPES = (
    "\x1b]0;owned\x07 \x1b[31mred\x1b[0m \x1bc \x9b2J \x85 \x9d8;;x\x9c back\x08\x08 \x07 \x7f "
    "over\rwritten \u202egnp.exe\u202c \u2066x\u2069"
)
MARKUP = "[red]markup[/] [link=http://localhost]click[/link] [/] :bomb: [bold"
HOSTILE = f"{ESCAPES} {MARKUP}"


def leaf_commands() -> list[str]:
    """Return the names of all commands, such as ``docs add``."""
    return list(_leaves(typer.main.get_command(app)))


def _leaves(command: Any, *words: str) -> Iterator[str]:
    for name, each in getattr(command, "commands", {}).items():
        if hasattr(each, "commands"):
            yield from _leaves(each, *words, name)
        else:
            yield " ".join((*words, name))


@dataclass
class Invocations:
    """Arguments for every command; ``task`` is hostile, ``forked`` went on from ``coded``."""

    folder: Path
    document: Path
    task: str
    coded: str
    forked: str

    @classmethod
    def prepare(cls, mesh: CommandLine, folder: Path) -> Invocations:
        """Give a running stack what the commands are to show."""
        document = folder / f"{HOSTILE.replace('/', '|')[:120]}.md"
        document.write_text(f"# Ports {HOSTILE}\n\nThe agent listens on {HOSTILE} port 7400.\n")
        (mesh.home / "workspace" / "hostile.txt").write_text(HOSTILE)
        assert mesh("docs", "add", str(document)).status == 0
        coded = mesh("submit", "write a function that adds two numbers", "--json").json
        fork = ("fork", coded["task_id"], "--at", "2", "--follow", "--json")
        edits = ("--set", f"code={json.dumps(HOSTILE)}", "--set", f"text={json.dumps(HOSTILE)}")
        return cls(
            folder,
            document,
            mesh("submit", HOSTILE, "--workflow", "direct", "--json").json["task_id"],
            coded["task_id"],
            mesh(*fork, *edits).json["task_id"],
        )

    def of(self, command: str) -> list[str]:
        """Return the whole arguments of a command."""
        return [*command.split(), *self._arguments()[command]]

    def _arguments(self) -> dict[str, list[str]]:
        file = '{"path": "hostile.txt"}'
        return {
            "up": [],
            "down": [],
            "status": [],
            "top": ["--once"],
            "submit": ["which port does the agent listen on?"],
            "tasks": ["--limit", "1000"],
            "show": [self.task],
            "events": [self.forked],
            "cancel": [self.task],
            "respond": [self.task, "--happened", "--note", HOSTILE],
            "retry": [self.task],
            "history": [self.forked, "3"],
            "diff": [self.coded, "start", "3", "--to-task", self.forked],
            "fork": [self.coded, "--at", "2", "--set", f"code={HOSTILE}"],
            "route": [HOSTILE],
            "backup": [str(self.folder / "backup.tar.gz"), "--force"],
            "restore": [str(self.folder / "backup.tar.gz")],
            "prune": ["--older-than", "900d"],
            "doctor": [],
            "docs add": [str(self.document)],
            "docs list": [],
            "docs remove": [HOSTILE],
            "docs search": ["port"],
            "tools list": [],
            "tools call": ["read_file", file],
            "models list": [],
            "models pull": [HOSTILE],
            "models use": ["bundled"],
            "models remove": [HOSTILE],
        }
