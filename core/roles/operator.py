"""The operator: chooses a tool and calls it."""

from __future__ import annotations

from typing import Any

from core.calls import call_tool, generate_json
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType, Role
from core.ports import ToolResult
from core.prompts import operator_prompt, tool_call_schema
from core.state import TaskState


async def operate(state: TaskState, hop: Hop) -> HopOutcome:
    """Let the model choose one tool call, make it, and hand the outcome to the responder."""
    tools = await hop.services.tools.list_tools()
    prompt = operator_prompt(state["text"], tools)
    schema = tool_call_schema(tools)
    config = hop.services.config
    chosen = await generate_json(hop, "choose", prompt, schema, config.max_code_tokens)
    if not isinstance(chosen, dict) or "tool" not in chosen:
        result = ToolResult(ok=False, output="no tool call could be made of the request")
        return _outcome("", {}, result)
    name, arguments = str(chosen["tool"]), dict(chosen.get("arguments", {}))
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
        Outgoing(Role.RESPONDER, MessageType.TOOL_RESULT, recorded),
    )
