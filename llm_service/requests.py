"""From the proto's requests to values, checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from core.errors import InvalidInput
from core.json_text import read_json
from llm_service.json_schema import MAX_DEPTH, read_schema
from llm_service.prompt import OfferedTool, Prompt, PromptMessage, WrittenCall
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb
from shared.validation import require_enum, require_range, require_text

_ROLES: dict[int, Literal["system", "user", "assistant", "tool"]] = {
    pb.CHAT_ROLE_SYSTEM: "system",
    pb.CHAT_ROLE_USER: "user",
    pb.CHAT_ROLE_ASSISTANT: "assistant",
    pb.CHAT_ROLE_TOOL: "tool",
}
_CHOICES: dict[int, Literal["auto", "none", "required"]] = {
    pb.TOOL_CHOICE_UNSPECIFIED: "auto",
    pb.TOOL_CHOICE_AUTO: "auto",
    pb.TOOL_CHOICE_NONE: "none",
    pb.TOOL_CHOICE_REQUIRED: "required",
}
_MAX_TOOLS = 64
_TOOL_NAME = re.compile(r"[\w-]{1,64}", re.ASCII)
_NO_ARGUMENTS = '{"type": "object", "properties": {}, "additionalProperties": false}'
_DEFAULT_MAX_TOKENS = 512
_MAX_TOKENS = 8192
_MAX_MESSAGES = 256
_MAX_COUNTED = 64
_MAX_CONTENT_BYTES = 1024 * 1024
_MAX_STOPS = 8
_MAX_TEXTS = 256
_MAX_REWORDED_BYTES = 64 * 1024
_DEFAULT_REWORDINGS = 5
_MAX_REWORDINGS = 16


def read_prompt(request: pb.GenerateRequest) -> Prompt:
    """Return what is to be generated. Raises: InvalidInput."""
    require_text(request.call_id, "call_id", max_bytes=128)
    messages = _messages(request.messages, "messages")
    require_range(request.temperature, "temperature", 0, 2)
    require_range(request.max_tokens, "max_tokens", 0, _MAX_TOKENS)
    if len(request.stop) > _MAX_STOPS or not all(request.stop):
        raise InvalidInput(f"stop holds an empty text or more than {_MAX_STOPS}", "stop")
    if request.grammar and request.json_schema:
        raise InvalidInput("grammar and json_schema exclude each other", "grammar")
    tools = _tools(request.tools)
    if tools and (request.grammar or request.json_schema):
        raise InvalidInput("tools exclude json_schema and grammar", "tools")
    require_enum(request.tool_choice, "tool_choice", _CHOICES)
    if request.tool_choice == pb.TOOL_CHOICE_REQUIRED and not tools:
        raise InvalidInput("tool_choice wants a call, and there are no tools: offer one", "tools")
    return Prompt(
        messages=messages,
        json_schema=request.json_schema,
        max_tokens=request.max_tokens or _DEFAULT_MAX_TOKENS,
        temperature=request.temperature,
        seed=request.seed,
        stop=tuple(request.stop),
        grammar=request.grammar,
        tools=tools,
        tool_choice=_CHOICES[request.tool_choice],
    )


def read_counted(request: pb.CountTokensRequest) -> list[tuple[PromptMessage, ...]]:
    """Return the prompts whose tokens are to be counted. Raises: InvalidInput."""
    require_range(len(request.prompts), "prompts", 1, _MAX_COUNTED)
    return [
        _messages(each.messages, f"prompts[{index}].messages")
        for index, each in enumerate(request.prompts)
    ]


def read_reword(request: pb.RewordRequest) -> tuple[str, int]:
    """Return the text to reword, and how many rewordings at most. Raises: InvalidInput."""
    require_text(request.text, "text", max_bytes=_MAX_REWORDED_BYTES)
    limit = request.limit or _DEFAULT_REWORDINGS
    require_range(limit, "limit", 1, _MAX_REWORDINGS)
    return request.text, limit


def read_texts(request: pb.EmbedRequest) -> list[str]:
    """Return the texts to embed. Raises: InvalidInput."""
    require_range(len(request.texts), "texts", 1, _MAX_TEXTS)
    return [require_text(text, f"texts[{index}]") for index, text in enumerate(request.texts)]


def _messages(messages: Sequence[pb.ChatMessage], field: str) -> tuple[PromptMessage, ...]:
    if not messages:
        raise InvalidInput(f"{field} is empty", field)
    require_range(len(messages), field, 1, _MAX_MESSAGES)
    return tuple(_message(each, f"{field}[{index}]") for index, each in enumerate(messages))


def _tools(tools: Sequence[pb.OfferedTool]) -> tuple[OfferedTool, ...]:
    require_range(len(tools), "tools", 0, _MAX_TOOLS)
    names = [each.name for each in tools]
    for index, name in enumerate(names):
        if not _TOOL_NAME.fullmatch(name) or name in names[:index]:
            raise InvalidInput(
                f"tools[{index}].name is {name[:80]!r}: it must be 1 to 64 letters, digits, - and "
                "_, and another one than those before",
                f"tools[{index}].name",
            )
    return tuple(_tool(each, f"tools[{index}]") for index, each in enumerate(tools))


def _tool(tool: pb.OfferedTool, field: str) -> OfferedTool:
    schema = tool.parameters_schema or _NO_ARGUMENTS
    try:
        wanted = read_schema(schema)
    except InvalidInput as error:
        place = f"{field}.parameters_schema"
        raise InvalidInput(f"{place}: {error}", place) from error
    if wanted.get("type", "object") != "object":
        raise InvalidInput(
            f"{field}.parameters_schema is of the type {wanted['type']!r}: arguments are an object",
            f"{field}.parameters_schema",
        )
    return OfferedTool(tool.name, tool.description, schema)


def _calls(message: pb.ChatMessage, field: str) -> tuple[WrittenCall, ...]:
    if message.tool_calls and message.role != pb.CHAT_ROLE_ASSISTANT:
        place = f"{field}.tool_calls"
        raise InvalidInput(f"{place}: only an assistant calls tools", place)
    if message.tool_call_id and message.role != pb.CHAT_ROLE_TOOL:
        place = f"{field}.tool_call_id"
        raise InvalidInput(f"{place}: only a tool's message has one", place)
    for index, call in enumerate(message.tool_calls):
        place = f"{field}.tool_calls[{index}].arguments"
        try:
            arguments = read_json(call.arguments, MAX_DEPTH, any_text=True)
        except ValueError as error:
            raise InvalidInput(f"{place} is no JSON: {error}", place) from error
        if not isinstance(arguments, dict):
            raise InvalidInput(f"{place} is no JSON object", place)
    return tuple(WrittenCall(each.id, each.name, each.arguments) for each in message.tool_calls)


def _message(message: pb.ChatMessage, field: str) -> PromptMessage:
    require_enum(message.role, f"{field}.role", _ROLES)
    size = len(message.content.encode())
    if size > _MAX_CONTENT_BYTES:
        raise InvalidInput(
            f"{field}.content is {size} bytes long; at most {_MAX_CONTENT_BYTES} are allowed: "
            "shorten it",
            f"{field}.content",
        )
    return PromptMessage(
        _ROLES[message.role], message.content, _calls(message, field), message.tool_call_id
    )
