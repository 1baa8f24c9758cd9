"""What a review believes: no code talks its way to an approval, and right code is not turned away.

Where the machine has no sandbox, the refusal is what is tested.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from core.checking import check_arguments, read_receipt
from core.code_text import error_line
from core.errors import SandboxUnavailable
from core.ports import ToolResult
from tests.unit.tool_service.checking.codes import ATTACKS, CHECKS, SOUND
from tool_service.sandbox.levels import known_levels
from tool_service.sandbox.limits import SandboxLimits
from tool_service.sandbox.sandbox import Sandbox, open_sandbox
from tool_service.tools.check_python import check_python

LIMITS = SandboxLimits(wall_seconds=6, cpu_seconds=2)
PATIENT = SandboxLimits(wall_seconds=60, cpu_seconds=2)
"""Time enough for two seconds of CPU on a busy machine."""
LEVELS = known_levels() or [None]


async def check(
    tmp_path: Path, code: str, checks: list[str], limits: SandboxLimits = LIMITS
) -> ToolResult | None:
    """Check code; None, after a check of the refusal, where there is no sandbox."""
    sandbox = await open_sandbox(tmp_path / "scratch", limits)
    arguments = check_arguments(code, checks)
    if sandbox.level is None:
        with pytest.raises(SandboxUnavailable, match="bubblewrap"):
            await check_python(sandbox).run(arguments)
        return None
    result = await check_python(sandbox).run(arguments)
    assert list((tmp_path / "scratch").iterdir()) == []
    return result


def passed(result: ToolResult) -> list[bool]:
    """Return the verdicts."""
    return [each["passed"] for each in result.data["verdicts"]]


@pytest.mark.parametrize("name", ATTACKS)
async def test_wrong_code_is_not_approved(tmp_path: Path, name: str) -> None:
    result = await check(tmp_path, ATTACKS[name], CHECKS)
    if result is not None:
        assert not result.ok
        assert not read_receipt(result, CHECKS).passed
        assert [each["check"] for each in result.data["verdicts"]] == CHECKS
        assert not all(passed(result))
        assert all(each["passed"] or each["reason"] for each in result.data["verdicts"])
        assert result.output.strip()


@pytest.mark.parametrize("name", SOUND)
async def test_right_code_is_approved(tmp_path: Path, name: str) -> None:
    result = await check(tmp_path, SOUND[name], CHECKS)
    if result is not None:
        assert (passed(result), result.ok) == ([True, True], True), result.output
        assert read_receipt(result, CHECKS).passed


@pytest.mark.parametrize("level", LEVELS)
async def test_every_level_of_sandbox_judges(tmp_path: Path, level: object) -> None:
    if level is None:
        await check(tmp_path, "", CHECKS)
        return
    (tmp_path / "scratch").mkdir()
    tool = check_python(Sandbox(level, tmp_path / "scratch", LIMITS))  # type: ignore[arg-type]
    for name, right in (("float", True), ("always equal", False), ("looks for the checks", False)):
        code = SOUND[name] if right else ATTACKS[name]
        assert (await tool.run(check_arguments(code, CHECKS))).ok is right, name


@pytest.mark.parametrize(
    ("code", "last"),
    [
        ("def add(a, b): return 3", f"AssertionError: {CHECKS[1]}"),
        ("def add(a, b): return 3 // (2 - a)", "ZeroDivisionError: integer division or modulo"),
        ("def add(a, b): return a + b + c", "NameError: name 'c' is not defined"),
        ("def add(a): return a", "TypeError: add() takes 1 positional argument but 2 were given"),
        ("x = input()\ndef add(a, b): ...", "EOFError: EOF when reading a line"),
        ("import sys\nx = sys.argv[1]\ndef add(a, b): ...", "IndexError: list index out of range"),
        ("import nowhere\ndef add(a, b): ...", "ModuleNotFoundError: No module named 'nowhere'"),
        ("def add(a, b): pass", "AssertionError: assert add(1, 2) == 3"),
        ("import sys\ndef add(a, b): sys.exit('no')", "SystemExit: no"),
        ("import os\ndef add(a, b): os._exit(7)", "RuntimeError: its process ended before it"),
        ("def add(a, b):\n    while True: pass", "RuntimeError: it used more than 2 s of CPU time"),
        (
            "import time\ndef add(a, b): time.sleep(60)",
            "RuntimeError: it ran for more than 6 s before it answered: assert add(1, 2) == 3",
        ),
        ("while True: pass\ndef add(a, b): ...", "RuntimeError: it used more than 2 s of CPU time"),
    ],
)
async def test_a_failure_is_named_in_the_line_that_a_model_repairs_by(
    tmp_path: Path, code: str, last: str
) -> None:
    noise = "print('ValueError: this is only said')\n"
    limits = LIMITS if "ran for" in last else PATIENT
    result = await check(tmp_path, noise + code, CHECKS, limits)
    if result is not None:
        assert not result.ok
        assert error_line(result.output).startswith(last), result.output
        assert "this is only said" in result.output or not result.data["loaded"]


async def test_every_check_gets_a_verdict_of_its_own(tmp_path: Path) -> None:
    code = (
        "import os\ndef f(x):\n    if x == 2: os._exit(0)\n    if x == 3: return 1 // 0\n"
        "    if x == 4:\n        while True: pass\n    return x"
    )
    checks = [f"assert f({n}) == {n}" for n in range(1, 6)] + ["assert f(7) == 8"]
    result = await check(tmp_path, code, checks, PATIENT)
    if result is not None:
        assert passed(result) == [True, False, False, False, True, False]
        reasons = [each["reason"] for each in result.data["verdicts"]]
        said = ["", "exit status 0", "ZeroDivisionError", "CPU time", "", "it gave 7, not 8"]
        assert all(part in reason for part, reason in zip(said, reasons, strict=True)), reasons


async def test_state_lives_from_one_check_to_the_next(tmp_path: Path) -> None:
    code = "last = 0\ndef following():\n    global last\n    last += 1\n    return last"
    result = await check(tmp_path, code, [f"assert following() == {n}" for n in (1, 2, 3)])
    assert result is None or result.ok


async def test_checks_that_do_not_end_get_a_verdict_too(tmp_path: Path) -> None:
    checks = ["assert f() == 1", "assert all(True for _ in iter(int, 1)) == f()", "assert f() == 1"]
    result = await check(tmp_path, "def f(): return 1", checks)
    if result is not None:
        assert passed(result) == [True, False, False]
        assert "nothing came back" in result.data["verdicts"][2]["reason"]


async def test_without_checks_it_is_said_whether_the_code_loads(tmp_path: Path) -> None:
    for code, loads in (("x = 1", True), ("x = 1 / 0", False), ("exit()", False)):
        result = await check(tmp_path, code, [])
        if result is not None:
            assert (result.ok, result.data["loaded"], result.data["verdicts"]) == (loads, loads, [])


async def test_what_the_code_prints_is_shown_and_cut(tmp_path: Path) -> None:
    code = "print('hello')\nimport os\nos.write(1, b'x' * 300_000)\ndef f(): return 1"
    result = await check(tmp_path, code, ["assert f() == 1"])
    if result is not None:
        assert result.ok
        assert "hello" in result.output
        assert len(result.output) < 2000
        assert "bytes of output are left out here" in result.data["printed"]
