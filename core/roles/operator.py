"""The operator: chooses a tool and calls it."""

from __future__ import annotations

from typing import Any

from core.calls import call_tool
from core.decisions import decided
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType
from core.ports import ToolResult
from core.roles.spec import TEXT, Need, RoleSpec, record
from core.state import TaskState


async def operate(state: TaskState, hop: Hop) -> HopOutcome:
    """Let the model choose one tool call, make it, and hand the outcome to the responder."""
    tools = await hop.services.tools.list_tools()
    # A model may well choose otherwise the second time, when the call may have been made already.
    chosen = await decided(hop, "call", lambda: hop.skill.choose_call(state, tools, hop))
    if isinstance(chosen, str):
        return _outcome("", {}, ToolResult(ok=False, output=chosen))
    name, arguments = chosen
    result = await call_tool(hop, "call", name, arguments)
    return _outcome(name, arguments, result)


def _outcome(name: str, arguments: dict[str, Any], result: ToolResult) -> HopOutcome:
    recorded = {
        "tool": name,
        "arguments": arguments,
        "ok": result.ok,
        "output": result.output,
        "data": dict(result.data),
    }
    return HopOutcome(
        TaskState(tool_result=recorded),
        Outgoing(MessageType.TOOL_RESULT, recorded),
    )


_SEEN = ("tool", "arguments", "ok", "output")

OPERATOR = RoleSpec(
    name="operator",
    act=operate,
    needs={"llm": Need(("generate",)), "tool": Need(any_tool=True)},
    skilled=True,
    channels={
        "tool_result": record(
            tool=TEXT,
            arguments={"type": "object"},
            ok={"type": "boolean"},
            output=TEXT,
            data={"type": "object"},
        )
    },
    seen=lambda values: {name: values["tool_result"][name] for name in _SEEN},
)
