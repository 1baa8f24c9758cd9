"""Tool calls with any model and any backend: tools and results in words, calls as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.json_text import read_json, write_json
from llm_service.json_schema import MAX_DEPTH
from llm_service.prompt import OfferedTool, Prompt, PromptMessage, WrittenCall
from llm_service.tool_calling.schemas import as_json, calls_schema

_RULES = """You can call these tools:
%s

To call tools, answer with one JSON object and nothing else, a call for each thing to be done:
{"tool_calls": [{"name": "...", "arguments": {...}}, ...]}
You are told the results then. Where no tool is of use, answer in words."""


def plain_prompt(prompt: Prompt) -> Prompt:
    """Return a prompt for text that tells of the tools in words."""
    if prompt.tools and prompt.tool_choice != "none":
        told = _with_rules(_as_calls(prompt.messages), _RULES % as_json(prompt.tools))
    else:
        told = _as_knowledge(prompt.messages)
    return replace(prompt, messages=told, tools=())


def held_to_calls(asked: Prompt, tools: Sequence[OfferedTool]) -> Prompt:
    """Return a plain prompt that calls alone can answer. Raises: InvalidInput (a tool's schema)."""
    return replace(asked, json_schema=write_json(calls_schema(tools)), stop=())


def read_calls(text: str) -> list[tuple[str, Any]]:
    """Return the calls (name, arguments) in an answer that was held to them."""
    calls = read_json(text, MAX_DEPTH, any_text=True)["tool_calls"]
    return [(each["name"], each["arguments"]) for each in calls]


def made_before(messages: Sequence[PromptMessage]) -> list[tuple[str, Any]]:
    """Return the calls (name, arguments) that were made since a person spoke last."""
    last = max((at for at, each in enumerate(messages) if each.role == "user"), default=-1)
    return [(call.name, call.values) for each in messages[last + 1 :] for call in each.tool_calls]


def _as_calls(messages: Sequence[PromptMessage]) -> tuple[PromptMessage, ...]:
    """Return messages of which calls are JSON, and results what a person says."""
    names = _names(messages)
    return tuple(
        PromptMessage("user", _result(each, names))
        if each.role == "tool"
        else PromptMessage("assistant", _as_text(each.tool_calls))
        if each.tool_calls
        else each
        for each in messages
    )


def _as_knowledge(messages: Sequence[PromptMessage]) -> tuple[PromptMessage, ...]:
    """Return messages of which calls are left out, and results stand with what was asked.

    A small model that sees a call of its own writes it again, whatever it is told.
    """
    names, told = _names(messages), list[PromptMessage]()
    for each in messages:
        if each.role == "tool":
            asked = told.pop() if told and told[-1].role == "user" else PromptMessage("user", "")
            content = f"{asked.content}\n\n{_result(each, names)}".strip()
            told.append(PromptMessage("user", content))
        elif each.content or not each.tool_calls:
            told.append(PromptMessage(each.role, each.content))
    return tuple(told)


def _names(messages: Sequence[PromptMessage]) -> dict[str, str]:
    return {call.call_id: call.name for each in messages for call in each.tool_calls}


def _result(message: PromptMessage, names: dict[str, str]) -> str:
    return f"Result of {names.get(message.tool_call_id, 'the tool')}:\n{message.content}"


def _as_text(calls: Sequence[WrittenCall]) -> str:
    written = [{"name": each.name, "arguments": each.values} for each in calls]
    return write_json({"tool_calls": written}, ensure_ascii=False)


def _with_rules(messages: tuple[PromptMessage, ...], rules: str) -> tuple[PromptMessage, ...]:
    if messages[0].role == "system":
        first = PromptMessage("system", f"{messages[0].content}\n\n{rules}")
        return (first, *messages[1:])
    return (PromptMessage("system", rules), *messages)
