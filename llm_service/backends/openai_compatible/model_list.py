"""What the server tells of its models."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import openai
from openai import AsyncOpenAI

from core.errors import MeshError, PermissionDenied, StartupError, Unavailable
from llm_service.backends.openai_compatible.errors import mesh_error
from llm_service.backends.openai_compatible.server import OpenAiServer
from llm_service.prompt import ModelDescription

_DEFAULT_CONTEXT = 8192
_MAX_NAMES = 10
# vLLM, Groq; OpenAI, Ollama and llama-server do not tell.
_CONTEXT_NAMES = ("max_model_len", "context_window")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """A model, whether the server lists it, and what it tells of it."""

    name: str
    listed: bool
    told: dict[str, Any]


async def describe_model(client: AsyncOpenAI, server: OpenAiServer) -> ModelDescription:
    """Return what is known of the model that the settings name, or of the server's only one.

    A server that cannot be asked is no obstacle when the settings name the model: calls fail as
    Unavailable until it is there. Raises: StartupError (the key is refused; no model is named and
    there is not exactly one), Unavailable (no model is named and the server cannot be asked).
    """
    if server.sends_key_in_the_clear:
        _log.warning("%s gets the API key without encryption", server.base_url)
    try:
        models = await read_models(client, server)
    except MeshError as error:
        if not server.model or isinstance(error, StartupError):
            raise
        _log.warning("the models are not known: %s", error)
        models = []
    model = choose(models, server)
    if models and not model.listed:
        ids = _ids(models)
        _log.warning("%s does not list OPENAI_MODEL=%s but %s", server.base_url, model.name, ids)
    return ModelDescription(
        name=model.name,
        context_tokens=server.context_tokens or _context(model.told),
        answer_style="",
        sha256="",
        size_bytes=0,
        threads=0,
        parameters=0,
    )


async def read_models(client: AsyncOpenAI, server: OpenAiServer) -> list[dict[str, Any]]:
    """Return the server's models, as it tells of them.

    Raises: StartupError (the key is refused, what comes back is no list of models, or nothing
    says which model is meant), else what the server's error stands for, such as Unavailable.
    """
    try:
        return await _list(client, server)
    except openai.OpenAIError as error:
        raise _refusal(error, server) from error


def choose(models: list[dict[str, Any]], server: OpenAiServer) -> ChosenModel:
    """Return the model that the settings name, else the only one.

    Raises: StartupError (no model is named and there is not exactly one).
    """
    name = server.model or _only(models, server)
    found = next((each for each in models if each["id"] in (name, f"{name}:latest")), None)
    return ChosenModel(name, found is not None, found or {})


async def _list(client: AsyncOpenAI, server: OpenAiServer) -> list[dict[str, Any]]:
    """Read the raw answer: the client stumbles over a page of HTML.

    Raises: StartupError (what comes back is no list of models).
    """
    raw = await client.models.with_raw_response.list()
    try:
        listed = raw.http_response.json()["data"] or []
        return [each for each in listed if isinstance(each["id"], str)]
    except (ValueError, TypeError, LookupError) as error:
        raise StartupError(
            f"{server.base_url}/models has no list of models: is OPENAI_BASE_URL right?"
        ) from error


def _refusal(error: openai.OpenAIError, server: OpenAiServer) -> MeshError:
    refused = mesh_error(error, server)
    if isinstance(refused, PermissionDenied):
        return StartupError(str(refused))
    if isinstance(refused, Unavailable) or refused.retryable or server.model:
        return refused
    return StartupError(f"{refused}; set OPENAI_MODEL, or another OPENAI_BASE_URL")


def _only(models: list[dict[str, Any]], server: OpenAiServer) -> str:
    if len(models) == 1:
        return str(models[0]["id"])
    raise StartupError(
        f"OPENAI_MODEL is not set and {server.base_url} has "
        + (f"several models: {_ids(models)}" if models else "no model")
    )


def _ids(models: list[dict[str, Any]]) -> str:
    names = ", ".join(each["id"] for each in models[:_MAX_NAMES])
    return names if len(models) <= _MAX_NAMES else f"{names} and {len(models) - _MAX_NAMES} more"


def _context(model: dict[str, Any]) -> int:
    for name in _CONTEXT_NAMES:
        value = model.get(name)
        if isinstance(value, int) and value > 0:
            return value
    return _DEFAULT_CONTEXT
