"""What the server or the way to it says went wrong, as errors of the mesh."""

from __future__ import annotations

import openai

from core.errors import (
    InvalidInput,
    LimitExceeded,
    MeshError,
    NotFound,
    PermissionDenied,
    PromptTooLong,
    QuotaExhausted,
    Unavailable,
)
from llm_service.backends.openai_compatible.retry_after import retry_after_seconds
from llm_service.backends.openai_compatible.server import OpenAiServer

_MAX_MESSAGE = 400
# The servers agree on no code: OpenAI, Groq and llama-cpp-python send the first, llama-server the
# second, vLLM and llama.cpp's older servers only a sentence.
_CONTEXT_CODES = ("context_length_exceeded", "exceed_context_size_error")
_CONTEXT_WORDS = ("context length", "context size", "context window", "reduce the length")
_QUOTA_CODES = ("insufficient_quota", "billing_hard_limit_reached")
_SCHEMA_WORDS = (
    "response_format",
    "json_schema",
    "schema",
    "grammar",
    "json_validate_failed",
    "tool_choice",
    "tools",
)
_FIELDS = ("messages", "max_tokens", "temperature", "seed", "stop")
_PASSING_STATUSES = (408, 409, 425)


def mesh_error(error: openai.OpenAIError, server: OpenAiServer) -> MeshError:
    """Return the error of the mesh for one of the client's."""
    host = server.base_url
    if isinstance(error, openai.APITimeoutError):
        return Unavailable(f"{host} said nothing for {server.silence_seconds:g} s")
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__ or error
        why = str(cause) or type(cause).__name__
        return Unavailable(_clean(f"the connection to {host} failed: {why}", server))
    if not isinstance(error, openai.APIError):
        return Unavailable(_clean(f"{host}: {error}", server))
    status = _status(error)
    said = _clean(f"{host} answered {status or 'an error'}: {_message(error)}", server)
    return _by_content(error, status, said, server) or _by_status(error, status, said)


def _by_content(
    error: openai.APIError, status: int, said: str, server: OpenAiServer
) -> MeshError | None:
    """What the words say: servers send 400 and 500 for the same mistakes."""
    words = f"{error.code} {error.type} {_message(error)}".lower()
    too_long = f"{said} (shorten it, or let the server take more and set LLM_CONTEXT to that)"
    if any(code in words for code in _CONTEXT_CODES):
        return PromptTooLong(too_long)
    # At 5xx the sentence alone may speak of a cache that others fill, which passes.
    if status < 500 and any(sentence in words for sentence in _CONTEXT_WORDS):
        return PromptTooLong(too_long)
    if any(code in words for code in _QUOTA_CODES):
        return QuotaExhausted(f"{said} (raise the quota, or set another OPENAI_BASE_URL or key)")
    if "response_format" in words and server.json_mode == "json_schema":
        return InvalidInput(
            f"{said} (OPENAI_JSON_MODE=json_object or =tool may help)", "json_schema"
        )
    return None


def _by_status(error: openai.APIError, status: int, said: str) -> MeshError:
    if status in (401, 403):
        return PermissionDenied(f"{said} (the key is OPENAI_API_KEY_FILE's or OPENAI_API_KEY's)")
    if status == 402:
        return QuotaExhausted(f"{said} (raise the quota, or set another OPENAI_BASE_URL or key)")
    if status == 404:
        return NotFound(f"{said} (set by OPENAI_MODEL and OPENAI_BASE_URL)")
    if status == 413:
        return PromptTooLong(f"{said} (shorten it, or let the server take longer requests)")
    if status == 429:
        limited = LimitExceeded(f"{said} (ask again later, or lower LLM_SLOTS)")
        limited.retry_after_seconds = _retry_after(error)
        return limited
    if 400 <= status < 500 and status not in _PASSING_STATUSES:
        return InvalidInput(said, _field(error))
    unavailable = Unavailable(said)
    unavailable.retry_after_seconds = _retry_after(error)
    return unavailable


def _status(error: openai.APIError) -> int:
    """The HTTP status; of an error within a stream, the one that it names; 0 when it names none."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code
    return int(error.code) if error.code and error.code.isdecimal() else 0


def _field(error: openai.APIError) -> str:
    """The field of a GenerateRequest that the server complains of, empty when it names none."""
    named = (error.param or "").split(".")[0]
    if named in _FIELDS:
        return named
    words = f"{named} {error.code} {_message(error)}".lower()
    if any(word in words for word in _SCHEMA_WORDS):
        return "json_schema"
    return next((field for field in _FIELDS if f"{field} " in words or f"'{field}'" in words), "")


def _message(error: openai.APIError) -> str:
    body = error.body
    if isinstance(body, dict):
        # FastAPI's servers say "detail".
        return str(body.get("message") or body.get("detail") or body)
    return str(body or error.message)


def _retry_after(error: openai.APIError) -> float | None:
    if isinstance(error, openai.APIStatusError):
        return retry_after_seconds(error.response.headers)
    return None


def _clean(message: str, server: OpenAiServer) -> str:
    """One line of bounded length, without the key: servers repeat the key that they refuse."""
    key = server.api_key.get_secret_value()
    if key:
        message = message.replace(key, "***")
    line = " ".join(message.split())
    return line if len(line) <= _MAX_MESSAGE else f"{line[:_MAX_MESSAGE]}…"
