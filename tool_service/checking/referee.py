"""Lets a judge ask checked code, each in a sandbox of its own, and keeps the time.

The judge has the checks and writes the receipt; the code has a pipe with questions and answers,
and nothing else that leads to the judge.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tool_service.checking.subject import LOADED, MAX_ANSWER
from tool_service.sandbox.sandbox import Sandbox
from tool_service.sandbox.talk import Talk

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_MODULES = (
    "__init__.py",
    "assertion_form.py",
    "judge.py",
    "plain_values.py",
    "subject.py",
    "things.py",
)
_MAIN = """\
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
from tool_service.checking.{module} import main
main({argument})
"""
_NO_VERDICT = "nothing came back about this check"
# Time for the judge to say what it makes of code that has none left.
_GRACE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something failed: ``how`` is differs, raised or gone; empty when it did not."""

    how: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge said of one check."""

    check: str
    passed: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class Examination:
    """What came out: whether the code loads, a verdict for every check, and what it printed."""

    loaded: bool
    reason: Reason
    verdicts: tuple[Verdict, ...]
    printed: str = ""

    @property
    def passed(self) -> bool:
        """Whether the code loads and every check has passed."""
        return self.loaded and all(verdict.passed for verdict in self.verdicts)


async def examine(sandbox: Sandbox, code: str, checks: Sequence[str]) -> Examination:
    """Check code. Raises: SandboxUnavailable."""
    seconds = sandbox.limits.wall_seconds
    ends_at = asyncio.get_running_loop().time() + seconds
    judge_files = await asyncio.to_thread(_files, "judge", "")
    subject_files = await asyncio.to_thread(_files, "subject", "Path(__file__).parent")
    subject_files["solution.py"] = code
    async with AsyncExitStack() as stack:
        subject = _Subject(sandbox, subject_files, ends_at, stack)
        judge = await stack.enter_async_context(sandbox.talk(judge_files, 2 * MAX_ANSWER))
        await judge.send(json.dumps({"code": code, "checks": list(checks)}).encode() + b"\n")
        await subject.start()
        receipt = _Receipt(checks)
        try:
            async with asyncio.timeout_at(ends_at + _GRACE_SECONDS):
                await _listen(judge, subject, receipt)
        except TimeoutError:
            receipt.missing = f"{_NO_VERDICT} within {seconds:g} s"
        if judge.printed:
            _log.warning("the judge of a check failed: %s", judge.printed[-500:])
        return replace(receipt.examination, printed=subject.printed)


async def _listen(judge: Talk, subject: _Subject, receipt: _Receipt) -> None:
    while line := await judge.receive():
        said = json.loads(line)
        if "ask" in said:
            loading = said["ask"] == "load"
            await judge.send(subject.first if loading else await subject.answer(said["ask"]))
        elif "begin" in said:
            await subject.renew()
        elif "done" in said:
            return
        else:
            receipt.take(said)


class _Receipt:
    """What the judge has said so far."""

    def __init__(self, checks: Sequence[str]) -> None:
        self._checks = checks
        self._verdicts: dict[int, Verdict] = {}
        self._loaded, self._reason = False, Reason("gone", _NO_VERDICT)
        self.missing = _NO_VERDICT

    def take(self, said: dict[str, Any]) -> None:
        """Keep a line of it."""
        reason = Reason(**said["reason"])
        if "loaded" in said:
            self._loaded, self._reason = said["loaded"] is True, reason
        else:
            number = said["verdict"]
            passed = said["passed"] is True
            self._verdicts[number] = Verdict(self._checks[number], passed, reason)

    @property
    def examination(self) -> Examination:
        """All of it; a check that nothing was said of has not passed."""
        verdicts = tuple(
            self._verdicts.get(number, Verdict(check, False, Reason("gone", self.missing)))
            for number, check in enumerate(self._checks)
        )
        return Examination(self._loaded, self._reason, verdicts)


class _Subject:
    """The checked code: started again for the next check when one has ended it."""

    def __init__(
        self, sandbox: Sandbox, files: dict[str, str], ends_at: float, stack: AsyncExitStack
    ) -> None:
        self._sandbox, self._files, self._ends_at, self._stack = sandbox, files, ends_at, stack
        self._talks: list[Talk] = []
        self._gone = b""
        # What it said when it was loaded, or why it said nothing.
        self.first = b""

    async def start(self) -> None:
        """Start it and wait until it is loaded."""
        talking = self._sandbox.talk(self._files, MAX_ANSWER + 1)
        self._talks.append(await self._stack.enter_async_context(talking))
        self.first = await self._receive("while it was loaded")
        if self.first != LOADED:
            self._gone = self.first

    async def renew(self) -> None:
        """Start it again if a check has ended it; code that does not load is not tried again."""
        if self._gone and self.first == LOADED and not self._late:
            self._gone = b""
            await self.start()

    async def answer(self, question: Any) -> bytes:
        """Return its answer, or why there is none, as a line."""
        if self._gone:
            return self._gone
        if self._late:
            return _gone_line("not asked: no time was left")
        try:
            async with asyncio.timeout_at(self._ends_at):
                await self._talks[-1].send(json.dumps(question).encode() + b"\n")
        except TimeoutError:
            self._gone = self._too_late("when it was asked")
            return self._gone
        return await self._receive("before it answered")

    @property
    def printed(self) -> str:
        """What it printed, over all its starts."""
        return "".join([talk.printed for talk in self._talks])

    @property
    def _late(self) -> bool:
        return asyncio.get_running_loop().time() >= self._ends_at

    async def _receive(self, when: str) -> bytes:
        talk = self._talks[-1]
        try:
            async with asyncio.timeout_at(self._ends_at):
                line = await talk.receive()
                if line:
                    return line
                status = await talk.end()
        except TimeoutError:
            self._gone = self._too_late(when)
            return self._gone
        limit = self._sandbox.stopped_because(status)
        self._gone = _gone_line(limit or f"its process ended {when} (exit status {status})")
        return self._gone

    def _too_late(self, when: str) -> bytes:
        return _gone_line(f"it ran for more than {self._sandbox.limits.wall_seconds:g} s {when}")


def _gone_line(reason: str) -> bytes:
    return json.dumps({"gone": reason}).encode() + b"\n"


def _files(module: str, argument: str) -> dict[str, str]:
    """Return what a program in the sandbox needs: this package, and a file that starts it."""
    files = {
        f"tool_service/checking/{name}": (_HERE / name).read_text(encoding="utf-8")
        for name in _MODULES
    }
    files["tool_service/__init__.py"] = ""
    files["main.py"] = _MAIN.format(module=module, argument=argument)
    return files
