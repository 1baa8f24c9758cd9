"""The operator: chooses a tool and calls it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.calls import call_tool, generate_json
from core.grounding import is_all_used, is_copied
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType, Role
from core.ports import GenerationSettings, ToolDescription, ToolResult
from core.prompts import operator_prompt, tool_call_schema
from core.state import TaskState

Choice = tuple[str, dict[str, Any]]

_MAX_CHOICES = 4
_OTHER_CHOICE_TEMPERATURE = 0.7


async def operate(state: TaskState, hop: Hop) -> HopOutcome:
    """Let the model choose one tool call, make it, and hand the outcome to the responder."""
    tools = await hop.services.tools.list_tools()
    chosen = await _choose(state["text"], tools, hop)
    if chosen is None:
        result = ToolResult(ok=False, output="the model made no tool call that fits the request")
        return _outcome("", {}, result)
    name, arguments = chosen
    result = await call_tool(hop, "call", name, arguments)
    return _outcome(name, arguments, result)


async def _choose(text: str, tools: Sequence[ToolDescription], hop: Hop) -> Choice | None:
    """Return the model's choice; a model that only quotes must copy what it passes on."""
    prompt = operator_prompt(text, tools)
    schema = tool_call_schema(tools)
    idempotent = {tool.name: tool.idempotent for tool in tools}
    extractive = (await hop.services.model.describe()).extractive
    for attempt in range(_MAX_CHOICES if extractive else 1):
        settings = GenerationSettings(
            max_tokens=hop.services.config.max_code_tokens,
            temperature=_OTHER_CHOICE_TEMPERATURE if attempt else 0.0,
            seed=attempt,
        )
        chosen = await generate_json(hop, f"choose-{attempt}", prompt, schema, settings)
        if not isinstance(chosen, dict) or "tool" not in chosen:
            continue
        name, arguments = str(chosen["tool"]), dict(chosen.get("arguments", {}))
        if not extractive or _fits(text, arguments, idempotent[name]):
            return name, arguments
    return None


def _fits(text: str, arguments: dict[str, Any], idempotent: bool) -> bool:
    """Say whether a call passes on what was asked: nothing else, and all of it if it writes."""
    values = arguments.values()
    return is_copied(values, text) and (idempotent or is_all_used(values, text))


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
