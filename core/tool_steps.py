"""The steps of a task that works with tools: what was called, and what may be called next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from core.json_text import write_json
from core.ports.skills import NoCall, ToolAnswer, ToolCall, ToolStep
from core.ports.toolbox import ToolDescription, ToolResult
from core.state import CallRecord, TaskState

MOST_REPEATS = 2
"""Calls that were made before and are asked for again; then the model must answer."""

_MOST_SHOWN = 4_000
_SHORT = 100
_REPEATED = "repeated"


def calls_so_far(state: TaskState) -> list[CallRecord]:
    """Return the calls of the task, the last one at the end."""
    last = state.get("tool_result")
    return [*state.get("earlier_calls", []), last] if last and last["tool"] else []


def may_call(state: TaskState, most: int) -> bool:
    """Say whether another call may be made: ``most`` in all, and no model that turns in circles."""
    calls = calls_so_far(state)
    return len(calls) < most and sum(map(_was_repeated, calls)) < MOST_REPEATS


def repeated(
    state: TaskState, call: ToolCall, tools: Sequence[ToolDescription]
) -> ToolResult | None:
    """Return the outcome of the same call made before, where another one would bring nothing else.

    That is a call that failed, or one that changes nothing, as long as no other changed anything
    since. None: it is to be made.
    """
    harmless = {tool.name for tool in tools if tool.idempotent}
    for earlier in reversed(calls_so_far(state)):
        if (earlier["tool"], earlier["arguments"]) == (call.tool, call.arguments):
            if earlier["ok"] and call.tool not in harmless:
                return None
            return ToolResult(earlier["ok"], earlier["output"], {_REPEATED: True})
        if earlier["ok"] and earlier["tool"] not in harmless:
            return None
    return None


def changes_so_far(calls: Sequence[CallRecord], tools: Sequence[ToolDescription]) -> list[str]:
    """Return the calls that may have changed something, as a person reads them, in short."""
    harmless = {tool.name for tool in tools if tool.idempotent}
    return [_in_short(call) for call in calls if call["ok"] and call["tool"] not in harmless]


def record_of(call: ToolCall, result: ToolResult) -> CallRecord:
    """Return a call with its outcome as the state keeps it."""
    return CallRecord(
        tool=call.tool,
        arguments=call.arguments,
        ok=result.ok,
        output=result.output,
        data=dict(result.data),
        thought=call.thought,
    )


def outcome_text(record: CallRecord) -> str:
    """Return what a model, or a person, is shown of the outcome of a call: all but its middle."""
    output = str(record["output"]).rstrip()
    if len(output) > _MOST_SHOWN:
        half = _MOST_SHOWN // 2
        left_out = f"\n[{len(output) - 2 * half} characters are left out here]\n"
        output = output[:half] + left_out + output[-half:]
    said = output or "(empty)"
    if _was_repeated(record):
        return f"The same call was made before and brought:\n{said}"
    return said if record["ok"] else f"failed: {said}"


def call_text(record: CallRecord) -> str:
    """Return a call as a person reads it."""
    return f"{record['tool']}({write_json(record['arguments'], ensure_ascii=False)})"


def step_json(step: ToolStep) -> Any:
    """Return a step as the decision of a hop."""
    if isinstance(step, ToolCall):
        return [step.tool, step.arguments, step.thought, step.last]
    return step.reason if isinstance(step, NoCall) else asdict(step)


def step_of_json(decided: Any) -> ToolStep:
    """Read what `step_json` wrote.

    Earlier versions of the agent wrote no more of a call than tool and arguments, and it was the
    only one.
    """
    if isinstance(decided, str):
        return NoCall(decided)
    if isinstance(decided, Mapping):
        return ToolAnswer(str(decided["text"]))
    tool, arguments, *more = decided
    thought, last = more or ("", True)
    return ToolCall(tool, dict(arguments), thought, last)


def _in_short(record: CallRecord) -> str:
    """Return a call with its first argument, which names what it is about."""
    first = next(iter(record["arguments"].values()), "")
    return f"{record['tool']}({str(first)[:_SHORT]})"


def _was_repeated(record: CallRecord) -> bool:
    return bool(record["data"].get(_REPEATED))
