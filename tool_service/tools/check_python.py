"""check_python: Python code, loaded as a module and held against assertions that it cannot see."""

from __future__ import annotations

from core.ports import ToolResult
from tool_service.checking.referee import Examination, Reason, Verdict, examine
from tool_service.sandbox.sandbox import Sandbox
from tool_service.tool import Arguments, Tool, parameters

_MAX_CODE = 64 * 1024
_MAX_CHECK = 8 * 1024
_MAX_CHECKS = 100
_SHOWN_PRINTED = 1000
# The last line of a failure names it as Python does: it is what a model learns to repair by.
_LAST_LINES = {"differs": "AssertionError: {check}", "gone": "RuntimeError: {text}: {check}"}


def check_python(sandbox: Sandbox) -> Tool:
    """Return the tool. It leaves nothing behind, so that it may run again after a crash."""

    async def run(arguments: Arguments) -> ToolResult:
        checks = [str(check) for check in arguments["checks"]]
        found = await examine(sandbox, str(arguments["code"]), checks)
        return ToolResult(
            ok=found.passed,
            output=_clean(_text(found)),
            data={
                "loaded": found.loaded,
                "verdicts": [
                    {"check": each.check, "passed": each.passed, "reason": _clean(each.reason.text)}
                    for each in found.verdicts
                ],
                "printed": _clean(found.printed),
            },
        )

    return Tool(
        name="check_python",
        description="Loads Python code as a module and says which assertions hold for it.",
        parameters_schema=parameters(
            {
                "code": {"type": "string", "minLength": 1, "maxLength": _MAX_CODE},
                "checks": {
                    "type": "array",
                    "items": {"type": "string", "minLength": 1, "maxLength": _MAX_CHECK},
                    "maxItems": _MAX_CHECKS,
                },
            }
        ),
        run=run,
        idempotent=True,
        offered=False,
    )


def _text(found: Examination) -> str:
    """Return the report, the first failure last."""
    parts = [_line(verdict) for verdict in found.verdicts]
    if found.printed.strip():
        parts.insert(0, f"[it printed]\n{_cut(found.printed.strip())}\n[end of what it printed]")
    failed = next((verdict for verdict in found.verdicts if not verdict.passed), None)
    if not found.loaded:
        parts.append(f"the code does not load\n{_failure(found.reason, 'import solution')}")
    elif failed is not None:
        parts.append(_failure(failed.reason, failed.check))
    return "\n".join(parts)


def _line(verdict: Verdict) -> str:
    if verdict.passed:
        return f"passed: {verdict.check}"
    lines = verdict.reason.text.strip().splitlines() or ["it does not hold"]
    return f"failed: {verdict.check}: {lines[-1]}"


def _failure(reason: Reason, check: str) -> str:
    return _LAST_LINES.get(reason.how, "{text}").format(check=check, text=reason.text.strip())


def _cut(text: str) -> str:
    if len(text) <= _SHOWN_PRINTED:
        return text
    left_out = len(text) - _SHOWN_PRINTED
    return f"{text[:_SHOWN_PRINTED]}\n[{left_out} more characters are left out here]"


def _clean(text: str) -> str:
    """Leave out halves of surrogate pairs, which no message can carry."""
    return text.encode(errors="replace").decode()
