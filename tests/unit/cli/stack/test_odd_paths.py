"""Supervisor's own parser reads every path as it is."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from supervisor.options import ServerOptions

from cli.stack.configuration import render, variables
from cli.stack.paths import SERVICES, StackPaths
from cli.stack.stack import Stack
from core.errors import StartupError
from shared.settings import CommonSettings, load_settings
from tests.odd_names import ODD_NAMES

NAMES = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/"), min_size=1, max_size=40
).filter(lambda name: name not in (".", ".."))


def parsed(paths: StackPaths, executable: str) -> ServerOptions:
    """What supervisord makes of the configuration."""
    paths.make()
    paths.configuration.write_text(render(10), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", executable)
        for name, value in variables(paths).items():
            patch.setenv(name, value)
        options = ServerOptions()
        options.realize(["-c", str(paths.configuration)])
    return options


def check(paths: StackPaths, executable: str) -> None:
    options = parsed(paths, executable)
    assert options.logfile == str(paths.logs / "supervisord.log")
    assert options.pidfile == str(paths.run / "supervisord.pid")
    assert options.childlogdir == str(paths.logs)
    assert [each["file"] for each in options.server_configs] == [str(paths.socket)]
    programs = {
        each.name: each for group in options.process_group_configs for each in group.process_configs
    }
    assert sorted(programs) == sorted(SERVICES)
    for name, program in programs.items():
        assert shlex.split(program.command) == [executable, "-m", f"{name}_service"]
        assert program.stdout_logfile == str(paths.log(name))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_path_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    check(StackPaths(tmp_path / name / "home"), str(tmp_path / name / "bin" / "python"))
    check(StackPaths(tmp_path / "home" / name), "/usr/bin/python")


@given(NAMES, NAMES)
def test_so_is_any(home: str, project: str) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        check(StackPaths(folder / home), str(folder / project / ".venv/bin/python"))
    finally:
        shutil.rmtree(folder)


def test_the_agent_stops_first_and_the_others_at_once(tmp_path: Path) -> None:
    groups = parsed(StackPaths(tmp_path / "home"), sys.executable).process_group_configs
    stopped = [sorted(each.name for each in group.process_configs) for group in reversed(groups)]
    assert stopped == [["agent"], ["chroma", "llm", "tool"]]


@pytest.mark.parametrize("letter", ["a", "é", "日", "😀"])
@pytest.mark.parametrize("length", [*range(60, 110, 7), 200])
def test_a_socket_fits_whatever_the_path_weighs(
    monkeypatch: pytest.MonkeyPatch, letter: str, length: int
) -> None:
    home = Path("/") / (letter * length)
    socket = StackPaths(home).socket
    monkeypatch.setenv("TMPDIR", "/" + "t" * 100)
    # Supervisor binds it with a point and its process id behind, and 107 bytes are all there is.
    assert len(os.fsencode(socket)) + len(".4194304") <= 107
    assert StackPaths(home).socket == socket
    assert StackPaths(home / "x").socket != socket


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "\ta", "a\x1b[31mb", "a\x7f", "a\udcff"])
def test_a_path_that_cannot_be_written_down_is_refused_in_a_line(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("MESH_HOME", f"/tmp/{name}")
    with pytest.raises(StartupError, match=r"^MESH_HOME=.*name another folder$") as refused:
        load_settings(CommonSettings)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("home", ["/proc/home", "/dev/null", "/dev/null/home"])
async def test_a_folder_that_cannot_be_made_is_said_in_a_line(home: str) -> None:
    stack = Stack(CommonSettings(mesh_home=Path(home)))
    with pytest.raises(StartupError, match=f"^{home}.* cannot be made .*: set MESH_HOME"):
        await stack.up(1, lambda _: None)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_other_paths_are_not(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("MESH_HOME", f"/tmp/{name}")
    assert load_settings(CommonSettings).mesh_home == Path(f"/tmp/{name}")
