"""What the sandbox lets through. Where the machine has none, the refusal is what is tested."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.errors import SandboxUnavailable
from tool_service.sandbox.levels import known_levels
from tool_service.sandbox.limits import SandboxLimits
from tool_service.sandbox.sandbox import Sandbox, SandboxRun, open_sandbox

LIMITS = SandboxLimits(wall_seconds=3, cpu_seconds=1, memory_bytes=256 * 1024**2)


async def run(tmp_path: Path, code: str) -> SandboxRun | None:
    """Run a program; None, after a check of the refusal, where there is no sandbox."""
    sandbox = await open_sandbox(tmp_path / "scratch", LIMITS)
    if sandbox.level is not None:
        result = await sandbox.run(code)
        assert list((tmp_path / "scratch").iterdir()) == []
        return result
    with pytest.raises(SandboxUnavailable, match="bubblewrap"):
        await sandbox.run(code)
    return None


async def test_a_program_runs(tmp_path: Path) -> None:
    code = "import statistics, sys; print(statistics.mean([1, 2, 3])); print('x', file=sys.stderr)"
    result = await run(tmp_path, code)
    assert result is None or (result.exit_code, result.stdout, result.stderr) == (0, "2\n", "x\n")


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.socket()",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
        "open('/etc/passwd').read()",
        "open({outside!r}).read()",
        "open({outside!r}, 'w')",
        "import os; os.chmod({outside!r}, 0o777)",
        "import os; os.utime({outside!r})",
        "import os; os.symlink({outside!r}, 'link'); open('link').read()",
        "import os; os.fork()",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.kill(os.getppid(), 9)",
        "import os; os.kill(1, 0)",
        "import ctypes; raise OSError(ctypes.CDLL(None).mount(b'none', b'/', b'tmpfs', 0, 0))",
        "import os; os.setpriority(os.PRIO_PROCESS, 0, 5)",
        "x = 'a' * 10**9",
        "open('big', 'wb').write(b'x' * 10**8)",
        "import resource as r; r.setrlimit(r.RLIMIT_AS, (2**40, 2**40))",
    ],
)
async def test_a_program_cannot_get_out_or_take_more(tmp_path: Path, code: str) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret", encoding="utf-8")
    before = outside.stat()
    result = await run(tmp_path, code.format(outside=str(outside)))
    if result is not None:
        assert result.exit_code != 0
        assert "secret" not in result.stdout
    after = outside.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert outside.read_text(encoding="utf-8") == "secret"


async def test_a_traceback_does_not_say_where_the_scratch_folder_lies(tmp_path: Path) -> None:
    result = await run(tmp_path, "assert 1 == 2")
    assert result is None or 'File "main.py", line 1' in result.stderr


async def test_nothing_of_the_environment_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESH_SECRET", "hidden")
    result = await run(tmp_path, "import os; print(os.environ, open('/proc/self/environ').read())")
    assert result is None or "hidden" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("while True: pass", "CPU"),
        ("import time; time.sleep(60)", "ran for"),
        ("import sys; sys.stdout.close(); sys.stderr.close(); import time; time.sleep(60)", "ran"),
        ("while True: print('x' * 10000)", "wrote more"),
    ],
)
async def test_a_program_that_does_not_end_is_stopped(
    tmp_path: Path, code: str, reason: str
) -> None:
    started = time.monotonic()
    result = await run(tmp_path, code)
    assert result is None or reason in result.stopped_because
    assert time.monotonic() - started < 20
    assert os.getpid()


@pytest.mark.parametrize("level", known_levels())
async def test_every_level_that_the_machine_offers_holds(tmp_path: Path, level: object) -> None:
    sandbox = await open_sandbox(tmp_path / "scratch", LIMITS)
    assert sandbox.level is not None
    other = Sandbox(level, tmp_path / "scratch", LIMITS)  # type: ignore[arg-type]
    result = await other.run("import socket; socket.socket()")
    assert result.exit_code != 0
