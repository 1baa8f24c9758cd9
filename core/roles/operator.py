"""The operator: works with tools, one call a hop, until it knows what to tell the person."""

from __future__ import annotations

from collections import Counter
from typing import Any

from core.calls import call_tool
from core.decisions import decided
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType
from core.ports import NoCall, ToolAnswer, ToolCall, ToolDescription, ToolResult
from core.roles.spec import TEXT, JsonSchema, Need, RoleSpec
from core.state import TaskState
from core.tool_steps import (
    call_text,
    calls_so_far,
    changes_so_far,
    may_call,
    outcome_text,
    record_of,
    repeated,
    step_json,
    step_of_json,
)


async def operate(state: TaskState, hop: Hop) -> HopOutcome:
    """Let the model choose a step: make the call, or hand what it says to the responder."""
    tools = await hop.services.tools.list_tools()
    most = hop.services.config.max_tool_calls
    free = may_call(state, most)

    async def choose() -> Any:
        return step_json(await hop.skill.next_step(state, tools, hop, may_call=free))

    # A model may well choose otherwise the second time, when the call may have been made already.
    step = step_of_json(await decided(hop, "call", choose))
    if isinstance(step, ToolCall):
        return await _call(state, step, tools, hop)
    if isinstance(step, ToolAnswer):
        return _answer(_in_the_light_of(state, step.text, tools, most))
    return _stop(state, step)


async def _call(
    state: TaskState, step: ToolCall, tools: list[ToolDescription], hop: Hop
) -> HopOutcome:
    result = repeated(state, step, tools)
    if result is None:
        result = await call_tool(hop, "call", step.tool, step.arguments)
    made = record_of(step, result)
    update = TaskState(
        tool_result=made,
        earlier_calls=calls_so_far(state),
        calls_more=not step.last,
        tool_answer="",  # a fork may have one, and go on
    )
    return HopOutcome(update, Outgoing(MessageType.TOOL_RESULT, made))


def _answer(text: str) -> HopOutcome:
    update = TaskState(calls_more=False, tool_answer=text)
    return HopOutcome(update, Outgoing(MessageType.TOOL_RESULT, _told(text)))


def _stop(state: TaskState, step: NoCall) -> HopOutcome:
    """End the work where the model knows no further."""
    calls = calls_so_far(state)
    if calls:
        last = f"{call_text(calls[-1])}: {outcome_text(calls[-1])}"
        return _answer(f"Not finished: {step.reason}. The last of {len(calls)} calls was {last}")
    nothing = record_of(ToolCall("", {}), ToolResult(ok=False, output=step.reason))
    update = TaskState(tool_result=nothing, calls_more=False)
    return HopOutcome(update, Outgoing(MessageType.TOOL_RESULT, nothing))


def _in_the_light_of(state: TaskState, answer: str, tools: list[ToolDescription], most: int) -> str:
    """Return an answer with what the person must know of the calls, as far as it rests on little.

    Of an answer that was cut off from further calls the facts come first: small models then tell
    what they meant to do as done.
    """
    calls = calls_so_far(state)
    if calls and not any(call["ok"] for call in calls):
        last = f"{call_text(calls[-1])} {outcome_text(calls[-1])}"
        return f"{answer}\n\n(No tool call succeeded. The last one: {last})"
    if may_call(state, most):
        return answer
    counted = Counter(changes_so_far(calls, tools))
    changes = [each if n == 1 else f"{each} {n} times" for each, n in counted.items()]
    return (
        f"Stopped after {len(calls)} tool calls. Changed: {', '.join(changes) or 'nothing'}.\n"
        f"The model's last word: {answer}"
    )


def _told(answer: str) -> dict[str, Any]:
    return {"ok": True, "answer": answer}


def _seen(values: Any) -> dict[str, Any]:
    """Show the call of the hop, or what it said instead of one."""
    if values.get("tool_answer"):
        return _told(values["tool_answer"])
    made = values["tool_result"]
    return {name: made[name] for name in _SEEN if name in made}


_SEEN = ("tool", "arguments", "ok", "output", "thought")
_CALL: JsonSchema = {
    "type": "object",
    "properties": {
        "tool": TEXT,
        "arguments": {"type": "object"},
        "ok": {"type": "boolean"},
        "output": TEXT,
        "data": {"type": "object"},
        "thought": TEXT,
    },
    "required": ["tool", "arguments", "ok", "output", "data"],
    "additionalProperties": False,
}

OPERATOR = RoleSpec(
    name="operator",
    act=operate,
    needs={"llm": Need(("generate",)), "tool": Need(any_tool=True)},
    skilled=True,
    channels={
        "tool_result": _CALL,
        "earlier_calls": {"type": "array", "items": _CALL},
        "calls_more": {"type": "boolean"},
        "tool_answer": TEXT,
    },
    seen=_seen,
)
