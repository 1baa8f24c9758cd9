"""`mesh` in the hands of a shell: redirections, and what the environment says of the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.command import new_command_line
from tests.integration.mesh import ROOT


@pytest.mark.parametrize(
    ("redirection", "status", "said"),
    [
        (">&-", 1, "mesh: the output cannot be written: Bad file descriptor"),
        (">/dev/full", 1, "mesh: the output cannot be written: No space left on device"),
        ("--json >/dev/full", 1, "mesh: the output cannot be written: No space left on device"),
        ("--help >&-", 1, "mesh: the output cannot be written: Bad file descriptor"),
        ("--help >/dev/full", 1, "mesh: the output cannot be written: No space left on device"),
        ("| true; exit ${PIPESTATUS[0]}", 141, ""),
        (">&- 2>&-", 1, ""),
        ("<&- >&- 2>/dev/full", 1, ""),
        ("2>&- >/dev/null", 0, ""),
        ("--odd >&-", 2, "mesh: No such option: --odd: `mesh models list --help` says how"),
    ],
)
def test_a_shell_can_redirect_as_it_likes(
    tmp_path: Path, redirection: str, status: int, said: str
) -> None:
    environment = {**os.environ, "MESH_HOME": str(tmp_path), "PYTHONUNBUFFERED": ""}
    # The sleep lets the reader leave first.
    script = f"{sys.executable} -c 'import time, cli.main as m; time.sleep(.1); m.main()'"
    done = subprocess.run(
        ["bash", "-c", f"{script} models list {redirection}"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == status
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == bool(said)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "LANG": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"TERM": "dumb", "NO_COLOR": "1"},
        {"COLUMNS": "1"},
        {"COLUMNS": "0", "LINES": "0"},
        {"COLUMNS": "x"},
        {"FORCE_COLOR": "1", "COLUMNS": "7"},
    ],
)
@pytest.mark.parametrize("command", [["submit", "--help"], ["docs", "add", "é…→"]])
def test_no_environment_of_a_terminal_makes_a_traceback(
    tmp_path: Path, environment: dict[str, str], command: list[str]
) -> None:
    ran = new_command_line(tmp_path)(*command, **environment)
    assert ran.status in (0, 1, 2)
    assert ran.out or ran.err
