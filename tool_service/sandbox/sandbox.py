"""Runs programs in the best sandbox that a canary could not escape from."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import SandboxUnavailable
from tool_service.sandbox.canary import CONTAINED, canary_program
from tool_service.sandbox.levels import Interpreter, Level, command_line, known_levels
from tool_service.sandbox.limits import SandboxLimits
from tool_service.sandbox.output import Output
from tool_service.sandbox.talk import Talk

_CHUNK = 64 * 1024
_MAIN = "main.py"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SandboxRun:
    """How a program ended. ``stopped_because`` is empty unless a limit stopped it."""

    exit_code: int
    stdout: str
    stderr: str
    stopped_because: str = ""


class Sandbox:
    """A place to run Python in; without a level it refuses."""

    def __init__(self, level: Level | None, scratch_root: Path, limits: SandboxLimits) -> None:
        """Run at ``level``, each program in a folder of its own below ``scratch_root``."""
        self.level = level
        self._scratch_root = scratch_root.resolve()
        self.limits = limits
        self._interpreter = Interpreter.current()

    async def run(self, code: str) -> SandboxRun:
        """Run a program to its end. Raises: SandboxUnavailable."""
        async with self._started({_MAIN: code}) as (process, scratch):
            ended = await self._watch(process)
            # Where the scratch folder lies is nobody's business, and differs in every run.
            return replace(ended, stderr=ended.stderr.replace(f"{scratch}/", ""))

    @asynccontextmanager
    async def talk(self, files: Mapping[str, str], max_line: int) -> AsyncIterator[Talk]:
        """Run ``main.py`` of ``files`` and speak with it; it is killed at the end of the block.

        Raises: SandboxUnavailable.
        """
        talking = asyncio.subprocess.PIPE
        async with self._started(files, talking, max_line) as (process, scratch):
            talk = Talk(process, str(scratch), self.limits.output_bytes)
            try:
                yield talk
            finally:
                await talk.stop_reading()

    def stopped_because(self, exit_code: int) -> str:
        """Say which limit an exit status speaks of; empty: none."""
        # bubblewrap tells a signal as a shell does: 128 and its number.
        if exit_code in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
            return f"it used more than {self.limits.cpu_seconds} s of CPU time"
        return ""

    @asynccontextmanager
    async def _started(
        self,
        files: Mapping[str, str],
        stdin: int = asyncio.subprocess.DEVNULL,
        max_line: int = _CHUNK,
    ) -> AsyncIterator[tuple[asyncio.subprocess.Process, Path]]:
        if self.level is None:
            raise SandboxUnavailable(
                "no sandbox works on this machine, so no code is run: install bubblewrap "
                "(package `bubblewrap`) and allow unprivileged user namespaces, or use a Linux "
                "kernel with Landlock (6.2 or later, x86_64 or aarch64)"
            )
        async with self._scratch() as scratch:
            await asyncio.to_thread(_write, scratch, files)
            program = scratch / _MAIN
            process = await asyncio.create_subprocess_exec(
                *command_line(self.level, self._interpreter, scratch, program, self.limits),
                stdin=stdin,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=scratch,
                env={},
                limit=max_line,
                start_new_session=True,
            )
            try:
                yield process, scratch
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                # Reads the rest too: a pipe that nobody empties keeps asyncio from seeing the end.
                await process.communicate()

    async def _watch(self, process: asyncio.subprocess.Process) -> SandboxRun:
        assert process.stdout is not None and process.stderr is not None
        reason = ""
        out, err = Output(self.limits.output_bytes), Output(self.limits.output_bytes)
        try:
            async with asyncio.timeout(self.limits.wall_seconds), asyncio.TaskGroup() as group:
                group.create_task(out.read(process.stdout))
                group.create_task(err.read(process.stderr))
                group.create_task(process.wait())
        except TimeoutError:
            reason = f"it ran for more than {self.limits.wall_seconds:g} s; raise TOOL_RUN_SECONDS"
        exit_code = -signal.SIGKILL if process.returncode is None else process.returncode
        if spent := self.stopped_because(exit_code):
            reason = f"{spent}; raise TOOL_RUN_CPU_SECONDS"
        return SandboxRun(exit_code, out.text, err.text, reason)

    @asynccontextmanager
    async def _scratch(self) -> AsyncIterator[Path]:
        made = await asyncio.to_thread(tempfile.mkdtemp, dir=self._scratch_root)
        try:
            yield Path(made)
        finally:
            await asyncio.to_thread(shutil.rmtree, made, ignore_errors=True)


async def open_sandbox(scratch_root: Path, limits: SandboxLimits) -> Sandbox:
    """Return a sandbox at the best level that holds; without one it refuses every program."""
    await asyncio.to_thread(_prepare, scratch_root)
    for level in known_levels():
        candidate = Sandbox(level, scratch_root, limits)
        if await _holds(candidate, scratch_root):
            _log.info("programs run in a sandbox of level %s", level.value)
            return candidate
    _log.warning("no sandbox works on this machine: no code is run")
    return Sandbox(None, scratch_root, limits)


def _write(scratch: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # surrogatepass: what cannot be encoded is the program's own error, not ours.
        path.write_bytes(text.encode(errors="surrogatepass"))


def _prepare(scratch_root: Path) -> None:
    """Make the folder anew: what a crash left in it is of no use."""
    shutil.rmtree(scratch_root, ignore_errors=True)
    scratch_root.mkdir(parents=True, mode=0o700)


async def _holds(sandbox: Sandbox, scratch_root: Path) -> bool:
    secret = scratch_root / "secret"
    await asyncio.to_thread(secret.write_text, "secret", encoding="utf-8")
    try:
        run = await sandbox.run(canary_program(secret.resolve()))
    except OSError as error:
        _log.warning("a sandbox of level %s does not start: %s", sandbox.level, error)
        return False
    finally:
        await asyncio.to_thread(secret.unlink)
    held = run.exit_code == 0 and run.stdout.strip() == CONTAINED
    if not held:
        said = (run.stdout + run.stderr).strip()
        _log.warning("a sandbox of level %s does not hold: %s", sandbox.level, said[-500:])
    return held
