"""What the sandbox lets through. Where the machine has none, the refusal is what is tested."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import SandboxUnavailable
from tool_service.sandbox.levels import Level, known_levels
from tool_service.sandbox.limits import SandboxLimits
from tool_service.sandbox.output import Output
from tool_service.sandbox.sandbox import Sandbox, SandboxRun, open_sandbox

LEVELS: list[Level | None] = [*known_levels()] or [None]
LIMITS = SandboxLimits(wall_seconds=3, cpu_seconds=1, memory_bytes=256 * 1024**2)


async def run(tmp_path: Path, code: str, limits: SandboxLimits = LIMITS) -> SandboxRun | None:
    """Run a program; None, after a check of the refusal, where there is no sandbox."""
    sandbox = await open_sandbox(tmp_path / "scratch", limits)
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
    ("code", "reason", "wall_seconds"),
    [
        # Time enough for a second of CPU on a busy machine.
        ("while True: pass", "of CPU time", 30),
        ("import time; time.sleep(60)", "ran for", 3),
        (
            "import sys; sys.stdout.close(); sys.stderr.close(); import time; time.sleep(60)",
            "ran for",
            3,
        ),
        ("while True: print('x' * 10000)", "of CPU time", 30),
    ],
)
async def test_a_program_that_does_not_end_is_stopped(
    tmp_path: Path, code: str, reason: str, wall_seconds: float
) -> None:
    result = await run(tmp_path, code, replace(LIMITS, wall_seconds=wall_seconds))
    assert result is None or reason in result.stopped_because
    assert os.getpid()


@pytest.mark.parametrize(
    ("code", "status", "stream"),
    [
        ("print('x' * 150_000)", 0, "stdout"),
        ("for n in range(100_000): print(n)", 0, "stdout"),
        ("import sys; sys.stderr.write('é' * 200_000)", 0, "stderr"),
        ("import os; os.write(1, b'y' * 1_000_000); raise SystemExit(3)", 3, "stdout"),
        ("import sys; print('z' * 10**6, file=sys.stderr); 1 / 0", 1, "stderr"),
        ("print('x' * 3_000_000, flush=True); print('x' * 20_000_000); exit = 1 / 0", 1, "stdout"),
    ],
)
async def test_output_past_the_limit_is_cut_and_the_program_goes_on(
    tmp_path: Path, code: str, status: int, stream: str
) -> None:
    result = await run(tmp_path, f"{code}\nprint('the end')\n")
    if result is not None:
        assert (result.exit_code, result.stopped_because) == (status, "")
        text = result.stdout if stream == "stdout" else result.stderr
        assert len(text.encode()) < LIMITS.output_bytes + 100
        note = re.search(r"\[(\d+) of (\d+) bytes of output are left out here\]", text)
        assert note is not None
        assert int(note[2]) - int(note[1]) == LIMITS.output_bytes
        assert result.stdout.endswith("the end\n") is (status == 0)
        assert ("ZeroDivisionError" in result.stderr) is (status == 1)


@pytest.mark.parametrize("size", [0, 1, 749, 750, 751, 999, 1000, 1001, 1250, 5000])
@pytest.mark.parametrize("step", [1, 7, 4096])
async def test_the_beginning_and_the_end_of_output_are_kept(size: int, step: int) -> None:
    written = bytes(65 + number % 26 for number in range(size))
    stream = asyncio.StreamReader()
    for start in range(0, size, step):
        stream.feed_data(written[start : start + step])
    stream.feed_eof()
    output = Output(1000)
    await output.read(stream)
    assert output.left_out == max(0, size - 1000)
    if size <= 1000:
        assert output.text == written.decode()
    else:
        assert output.text.startswith(written[:750].decode())
        assert output.text.endswith(written[-250:].decode())


_KEPT = {
    "a segment": "libc.shmget({key}, 4096, 0o1666)",
    "a private segment": "libc.shmget(0, 1 << 20, 0o1600)",
    "a large segment": "libc.shmget({key}, 1 << 24, 0o3666)",
    "a set of semaphores": "libc.semget({key}, 3, 0o1666)",
    "a message queue": "libc.msgget({key}, 0o1666)",
    "a POSIX queue": "libc.mq_open(b'/mesh{key}', 0o102, 0o600, None)",
    "a POSIX segment": "libc.shm_open(b'/mesh{key}', 0o102, 0o600)",
    "a POSIX semaphore": "0 if libc.sem_open(b'/mesh{key}', 0o100, 0o600, 1) else -1",
    "a segment by number": "libc.syscall({shmget}, {key}, 4096, 0o1666)",
    "shared memory of Python": (
        "__import__('multiprocessing.shared_memory').shared_memory.SharedMemory("
        "'mesh{key}', True, 4096).size"
    ),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", _KEPT)
async def test_nothing_that_the_kernel_keeps_outlives_the_sandbox(
    tmp_path: Path, name: str, level: Level | None
) -> None:
    key = 1 + secrets.randbelow(1 << 30)
    number = 29 if platform.machine() == "x86_64" else 194
    call = _KEPT[name].format(key=key, shmget=number)
    code = f"import ctypes\nlibc = ctypes.CDLL(None)\nprint('gave', {call})"
    before = _kept_by_the_kernel()
    (tmp_path / "scratch").mkdir()
    sandbox = Sandbox(level, tmp_path / "scratch", LIMITS)
    if level is None:
        with pytest.raises(SandboxUnavailable):
            await sandbox.run(code)
        return
    result = await sandbox.run(code)
    sign = "shm key 0 " if "private" in name else str(key)
    mine = [each for each in _kept_by_the_kernel() - before if sign in each]
    assert mine == []
    # What the kernel keeps by key or number is refused; names may live in a /dev of the sandbox.
    if "POSIX s" not in name and "Python" not in name:
        assert "gave -1" in result.stdout


def _kept_by_the_kernel() -> set[str]:
    """Return what lives on outside processes: segments, semaphores, queues, by key or name."""
    kept = {f"/dev/shm {path.name}" for path in Path("/dev/shm").glob("*")}
    for kind in ("shm", "sem", "msg"):
        for line in Path(f"/proc/sysvipc/{kind}").read_text(encoding="ascii").splitlines()[1:]:
            kept.add(f"{kind} key {line.split()[0]} id {line.split()[1]}")
    return kept


@pytest.mark.parametrize("level", known_levels())
async def test_every_level_that_the_machine_offers_holds(tmp_path: Path, level: object) -> None:
    sandbox = await open_sandbox(tmp_path / "scratch", LIMITS)
    assert sandbox.level is not None
    other = Sandbox(level, tmp_path / "scratch", LIMITS)  # type: ignore[arg-type]
    result = await other.run("import socket; socket.socket()")
    assert result.exit_code != 0
