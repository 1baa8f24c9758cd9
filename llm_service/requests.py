"""From the proto's requests to values, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from core.errors import InvalidInput
from llm_service.prompt import Prompt, PromptMessage
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb
from shared.validation import require_enum, require_range, require_text

_ROLES: dict[int, Literal["system", "user", "assistant"]] = {
    pb.CHAT_ROLE_SYSTEM: "system",
    pb.CHAT_ROLE_USER: "user",
    pb.CHAT_ROLE_ASSISTANT: "assistant",
}
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
    return Prompt(
        messages=messages,
        json_schema=request.json_schema,
        max_tokens=request.max_tokens or _DEFAULT_MAX_TOKENS,
        temperature=request.temperature,
        seed=request.seed,
        stop=tuple(request.stop),
        grammar=request.grammar,
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


def _message(message: pb.ChatMessage, field: str) -> PromptMessage:
    require_enum(message.role, f"{field}.role", _ROLES)
    size = len(message.content.encode())
    if size > _MAX_CONTENT_BYTES:
        raise InvalidInput(
            f"{field}.content is {size} bytes long; at most {_MAX_CONTENT_BYTES} are allowed: "
            "shorten it",
            f"{field}.content",
        )
    return PromptMessage(_ROLES[message.role], message.content)
