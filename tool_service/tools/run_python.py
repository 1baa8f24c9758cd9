"""run_python: a Python program in the sandbox."""

from __future__ import annotations

from core.ports import ToolResult
from tool_service.sandbox.sandbox import Sandbox, SandboxRun
from tool_service.tool import Arguments, Tool, parameters

_MAX_CODE = 64 * 1024
_SHOWN_ERROR = 4000


def run_python(sandbox: Sandbox) -> Tool:
    """Return the tool. It leaves nothing behind, so that it may run again after a crash."""

    async def run(arguments: Arguments) -> ToolResult:
        ended = await sandbox.run(str(arguments["code"]))
        return ToolResult(
            ok=ended.exit_code == 0 and not ended.stopped_because,
            output=_text(ended),
            data={
                "exit_code": ended.exit_code,
                "stdout": ended.stdout,
                "stderr": ended.stderr,
                "stopped_because": ended.stopped_because,
            },
        )

    return Tool(
        name="run_python",
        description=(
            "Runs a Python program, which sees no file of the workspace and has no network, and "
            "returns what it prints."
        ),
        parameters_schema=parameters(
            {"code": {"type": "string", "minLength": 1, "maxLength": _MAX_CODE}}
        ),
        run=run,
        idempotent=True,
    )


def _text(run: SandboxRun) -> str:
    parts = [run.stdout.rstrip()]
    if run.exit_code != 0:
        parts.append(run.stderr.rstrip()[-_SHOWN_ERROR:])
    if run.stopped_because:
        parts.append(f"[stopped: {run.stopped_because}]")
    elif run.exit_code != 0:
        parts.append(f"[exit status {run.exit_code}]")
    return "\n".join(part for part in parts if part)
