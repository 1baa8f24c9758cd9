"""The operator: chooses a tool and calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from core.calls import call_tool, fit_prompt, generate_json
from core.copying.candidates import Call, shown, understand
from core.decisions import decided
from core.fitting import Part
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType, Role
from core.ports import GenerationSettings, ToolDescription, ToolResult
from core.prompts import operator_prompt, tool_line
from core.state import TaskState
from core.tool_call_shape import tool_call_schema

Choice = tuple[str, dict[str, Any]]

_NO_CALL = "the model made no tool call that fits the request"
_SHOWN_WORDS = 6


async def operate(state: TaskState, hop: Hop) -> HopOutcome:
    """Let the model choose one tool call, make it, and hand the outcome to the responder."""
    tools = await hop.services.tools.list_tools()
    extractive = (await hop.services.model.describe()).extractive
    choose = _choose_copied if extractive else _choose
    # A model may well choose otherwise the second time, when the call may have been made already.
    chosen = await decided(hop, "call", lambda: choose(state["text"], tools, hop))
    if isinstance(chosen, str):
        return _outcome("", {}, ToolResult(ok=False, output=chosen))
    name, arguments = chosen
    result = await call_tool(hop, "call", name, arguments)
    return _outcome(name, arguments, result)


async def _choose(text: str, tools: Sequence[ToolDescription], hop: Hop) -> Choice | str:
    """Return the call that the model wrote, or why there is none."""
    chosen = await _generate(text, tools, tool_call_schema(tools), hop)
    if not isinstance(chosen, dict) or "tool" not in chosen:
        return _NO_CALL
    return str(chosen["tool"]), dict(chosen.get("arguments", {}))


async def _choose_copied(text: str, tools: Sequence[ToolDescription], hop: Hop) -> Choice | str:
    """Let a model that misspells what it copies choose among calls made of the request."""
    # On a thread: the first look at the names of time zones reads files.
    understood = await asyncio.to_thread(understand, text, tools)
    if not understood.calls:
        return _declined(understood.left_over)
    schema = {"enum": [shown(call) for call in understood.calls]}
    chosen = await _generate(text, tools, schema, hop)
    return next((_choice(call) for call in understood.calls if shown(call) == chosen), _NO_CALL)


def _declined(left_over: Sequence[str]) -> str:
    """Say why nothing is done. Half of what was asked is something else than what was asked."""
    if not left_over:
        return _NO_CALL
    words = ", ".join(f"“{word}”" for word in left_over[:_SHOWN_WORDS])
    more = " and more" if len(left_over) > _SHOWN_WORDS else ""
    return (
        f"of the request, {words}{more} was not understood, and only a whole request is acted "
        "upon; say it in other words, one thing at a time"
    )


async def _generate(
    text: str, tools: Sequence[ToolDescription], schema: dict[str, Any], hop: Hop
) -> Any:
    settings = GenerationSettings(max_tokens=hop.services.config.max_code_tokens)
    parts = [Part("tool", tool_line(tool)) for tool in tools]
    fitted, settings = await fit_prompt(
        hop, lambda lines: operator_prompt(text, lines), parts, settings
    )
    return await generate_json(hop, "choose", fitted.messages, schema, settings)


def _choice(call: Call) -> Choice:
    return call.tool, dict(call.arguments)


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
