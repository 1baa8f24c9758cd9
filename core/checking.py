"""Checks of code by the tool service; the verdict rests on its receipt, check by check."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.calls import call_tool
from core.hops import Hop
from core.ports import ToolResult

CHECK_TOOL = "check_python"


@dataclass(frozen=True, slots=True)
class Checked:
    """How a check of code ended; ``output`` says why, and what the code printed.

    ``passed`` is True only if the receipt says that the code loads and, for every assertion by its
    own text, that it holds. Without assertions it says no more than that the code loads.
    """

    passed: bool
    output: str


async def check_code(hop: Hop, position: str, code: str, assertions: Sequence[str]) -> Checked:
    """Hold code against assertions; ``position`` names the call within the hop."""
    arguments = check_arguments(code, assertions)
    result = await call_tool(hop, position, CHECK_TOOL, arguments)
    return read_receipt(result, arguments["checks"])


def check_arguments(code: str, assertions: Sequence[str]) -> dict[str, Any]:
    """Return what the tool is called with. Each of ``assertions`` is one assert statement."""
    return {"code": code, "checks": [_without_message(line) for line in assertions]}


def read_receipt(result: ToolResult, checks: Sequence[str]) -> Checked:
    """Return the verdict; what the receipt does not say has not passed."""
    verdicts = result.data.get("verdicts")
    if not isinstance(verdicts, list):
        return Checked(False, result.output or "the checks gave no receipt")
    whole = len(verdicts) == len(checks) and all(map(_says, checks, verdicts))
    passed = result.ok and result.data.get("loaded") is True
    if passed and not whole:
        return Checked(False, f"the receipt is not whole: {verdicts!r:.500}\n{result.output}")
    return Checked(passed, result.output)


def _says(check: str, verdict: Any) -> bool:
    """Say whether a verdict is that ``check`` has passed."""
    if not isinstance(verdict, Mapping):
        return False
    return verdict.get("check") == check and verdict.get("passed") is True


def _without_message(assertion: str) -> str:
    statement = ast.parse(assertion).body[0]
    assert isinstance(statement, ast.Assert)
    return ast.unparse(ast.Assert(test=statement.test))
