"""The mesh in a project and a MESH_HOME with odd names, from make to restore."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.demo.free_ports import free_port_base
from tests.integration.command import processes_of
from tests.integration.mesh import ROOT

CODE = "write a function that returns the sum of squares of even numbers"
ODD_PROJECT = "it's 100% [odd] ;not #a path 日本é & (ü) ~"
ODD_HOME = '~ "it\'s" 100%(here)s ;not #a $HOME `id` back\\slash {a,b} *? [x]: 日本é 😀 =1,2'
PACKAGES = (
    "core",
    "shared",
    "agent_service",
    "llm_service",
    "tool_service",
    "chroma_service",
    "cli",
)
# Neither venv, pip nor setuptools takes these in a project's path.
NOT_FOR_PYTHON = ['a"b', "a$b", "a`b", "a\\b", "a:b", "a{b", "a}b", "a\nb"]


@dataclass(frozen=True)
class Project:
    """A checkout in an odd place, and a MESH_HOME in an odder one."""

    path: Path
    home: Path
    port_base: int

    def run(self, *command: str) -> str:
        """Run a command in the project; it has to succeed. Return its stdout."""
        ran = subprocess.run(
            command,
            cwd=self.path,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert "Traceback" not in ran.stderr
        return ran.stdout

    def mesh(self, *arguments: str) -> str:
        """Run the project's own `mesh`."""
        return self.run(str(self.path / ".venv" / "bin" / "mesh"), *arguments)

    def task(self, *arguments: str) -> dict[str, Any]:
        """Run a command of `mesh` that prints a task."""
        task = json.loads(self.mesh(*arguments, "--json"))
        assert isinstance(task, dict)
        return task

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command."""
        return {
            **os.environ,
            "MESH_HOME": str(self.home),
            "MESH_PORT_BASE": str(self.port_base),
            "MESH_DRAIN_SECONDS": "2",
        }


def test_everything_works_in_odd_places(tmp_path: Path) -> None:
    path = checkout(tmp_path / ODD_PROJECT)
    project = Project(path, tmp_path / ODD_HOME / "home", free_port_base())
    document, archive = tmp_path / "the sea #1.md", tmp_path / "kept ;#%.tar.gz"
    document.write_text("# Sea\n\nThe sea is deep blue.\n", encoding="utf-8")
    try:
        assert str(project.home) in project.run("make", "up")
        runs = processes_of(project.home)
        assert sum(str(path / ".venv/bin/python") in each for each in runs) >= 4
        task = project.task("submit", CODE)
        assert (task["status"], task["approved"]) == ("completed", True)
        project.mesh("docs", "add", str(document))
        written = json.dumps({"path": "note.txt", "content": "kept"})
        project.mesh("tools", "call", "write_file", written)
        project.mesh("backup", str(archive))
        project.run("make", "down")
        assert processes_of(project.home) == []
        assert_all_ended_by_themselves(project.home)
        project.mesh("restore", str(archive))
        project.mesh("up")
        assert project.task("show", task["task_id"]) == task
        assert "deep blue" in project.mesh("docs", "search", "the sea", "--json")
        assert (project.home / "workspace" / "note.txt").read_text(encoding="utf-8") == "kept"
        # Without their supervisor the services are found by their MESH_HOME.
        supervisor = int((project.home / "run" / "supervisord.pid").read_text(encoding="utf-8"))
        os.kill(supervisor, signal.SIGKILL)
    finally:
        project.mesh("down")
    assert processes_of(project.home) == []


@pytest.mark.parametrize("name", NOT_FOR_PYTHON)
def test_a_project_where_pythons_tools_do_not_work_is_refused_in_a_line(
    tmp_path: Path, name: str
) -> None:
    project = tmp_path / name
    project.mkdir()
    for file in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / file, project)
    (project / "proto").mkdir()
    ran = subprocess.run(
        ["make", "setup", f"PYTHON={sys.executable}"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "move the project to a folder" in ran.stdout
    assert not (project / ".venv").exists()


def assert_all_ended_by_themselves(home: Path) -> None:
    """The agent first, the others after it, none of them killed."""
    log = (home / "logs" / "supervisord.log").read_text(encoding="utf-8")
    stopped = [line.split("stopped: ")[1] for line in log.splitlines() if "stopped: " in line]
    assert stopped[0] == "agent (exit status 0)"
    assert sorted(stopped[1:]) == [f"{each} (exit status 0)" for each in ("chroma", "llm", "tool")]


def checkout(project: Path) -> Path:
    """A copy of the project, set up as make does, on the dependencies that are installed here."""
    no_caches = shutil.ignore_patterns("__pycache__")
    for folder in (*PACKAGES, "proto"):
        shutil.copytree(ROOT / folder, project / folder, ignore=no_caches)
    for file in ("Makefile", "README.md", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / file, project)
    (project / ".models").symlink_to(ROOT / ".models")
    python = project / ".venv" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=project, check=True
    )
    inside = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", inside], capture_output=True, text=True, check=True)
    shared_with = Path(packages.stdout.strip()) / "shared_with.pth"
    shared_with.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    install = ["install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "-e", "."]
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, *install], cwd=project, check=True
    )
    (project / ".venv" / "installed").touch()
    (project / "shared" / "pb" / "generated").touch()
    return project
