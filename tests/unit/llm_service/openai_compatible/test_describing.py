"""The model's name and context come from the settings, else from the server."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.errors import StartupError, Unavailable
from llm_service.backends.openai_compatible.check import check
from llm_service.backends.openai_compatible.server import OpenAiServer
from llm_service.config import LlmSettings
from llm_service.prompt import ModelDescription
from shared.settings import load_settings
from tests.unit.llm_service.openai_compatible.fake_server import Reply, error, text_stream
from tests.unit.llm_service.openai_compatible.prompts import answering, prompt, read

KEY = "sk-the-key-that-nobody-sees"


def listing(*names: str, **more: Any) -> Reply:
    """An answer of /v1/models."""
    models = [{"id": name, "object": "model", "owned_by": "me", **more} for name in names]
    return Reply(body={"object": "list", "data": models})


async def described(*replies: Reply, **settings: Any) -> ModelDescription:
    """Describe the model of a server that answers so."""
    async with answering(*replies, **settings) as (_, backend):
        return await backend.describe()


async def test_the_only_model_needs_no_name() -> None:
    async with answering(listing("qwen3-4b"), text_stream("x"), model="") as (fake, backend):
        model = await backend.describe()
        await read(backend, prompt())
    assert fake.asked[0]["path"] == "/v1/models"
    assert fake.asked[1]["model"] == "qwen3-4b"
    assert (model.name, model.context_tokens, model.answer_style) == ("qwen3-4b", 8192, "")


@pytest.mark.parametrize(
    ("told", "setting", "expected"),
    [
        ({"max_model_len": 4096}, 0, 4096),
        ({"context_window": 131_072}, 0, 131_072),
        ({"max_model_len": 4096}, 2048, 2048),
        ({"max_model_len": "many"}, 0, 8192),
    ],
)
async def test_the_context_is_the_settings_else_the_servers(
    told: dict[str, Any], setting: int, expected: int
) -> None:
    model = await described(listing("small", **told), context_tokens=setting)
    assert model.context_tokens == expected


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (listing(), "no model"),
        (listing("a", "b"), "several models: a, b"),
        (Reply(404, ""), "set OPENAI_MODEL"),
    ],
    ids=["none", "several", "no listing"],
)
async def test_without_a_name_the_server_must_have_one_model(reply: Reply, told: str) -> None:
    with pytest.raises(StartupError, match=told):
        await described(reply, model="")


@pytest.mark.parametrize("name", ["", "small"])
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
async def test_a_page_instead_of_models_stops_the_start(name: str, content_type: str) -> None:
    page = Reply(body="<html>", headers={"content-type": content_type})
    with pytest.raises(StartupError, match="is OPENAI_BASE_URL right"):
        await described(page, model=name)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("name", ["", "small"])
async def test_a_refused_key_stops_the_start(status: int, name: str) -> None:
    with pytest.raises(StartupError, match="OPENAI_API_KEY") as caught:
        await described(
            Reply(status, error(f"Incorrect API key provided: {KEY}")),
            model=name,
            api_key=SecretStr(KEY),
        )
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("reply", [Reply(404, ""), Reply(503, "")])
async def test_a_named_model_needs_no_listing(reply: Reply) -> None:
    assert (await described(reply)).name == "small"


async def test_a_server_that_is_away_is_waited_for_only_without_a_name() -> None:
    with pytest.raises(Unavailable):
        await described(Reply(503, ""), model="")


async def test_a_model_that_is_not_listed_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    await described(listing("llama3:latest"), model="llama3")
    assert caplog.messages == []
    await described(listing("other"))
    assert "does not list OPENAI_MODEL=small but other" in caplog.text


async def test_the_key_is_sent_and_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with answering(listing("small"), text_stream("x"), api_key=SecretStr(KEY)) as (
        fake,
        backend,
    ):
        await backend.describe()
        await read(backend, prompt())
    assert {each["authorization"] for each in fake.asked} == {f"Bearer {KEY}"}
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8080", "ftp://host/v1", "http://", "http://me:pw@host/v1"]
)
def test_an_address_that_is_none_stops_the_start(address: str) -> None:
    with pytest.raises(StartupError, match="OPENAI_BASE_URL") as caught:
        OpenAiServer(address)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "clé"])
def test_a_key_that_is_none_stops_the_start_and_is_not_shown(key: str) -> None:
    with pytest.raises(StartupError) as caught:
        OpenAiServer("http://127.0.0.1/v1", api_key=SecretStr(key))
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "key", "expected"),
    [
        ("http://10.0.0.7:8000/v1", KEY, True),
        ("http://10.0.0.7:8000/v1", "", False),
        ("https://api.example.org/v1", KEY, False),
        ("http://127.0.0.1:8080/v1", KEY, False),
    ],
)
def test_a_key_that_crosses_a_network_in_the_clear(address: str, key: str, expected: bool) -> None:
    server = OpenAiServer(address, api_key=SecretStr(key))
    assert server.sends_key_in_the_clear is expected


def test_the_settings_name_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(f"{KEY}\n", encoding="utf-8")
    for name, value in {
        "LLM_BACKEND": "openai",
        "OPENAI_BASE_URL": "http://127.0.0.1:8080/v1",
        "OPENAI_MODEL": "small",
        "OPENAI_API_KEY": "another",
        "OPENAI_API_KEY_FILE": str(key_file),
        "OPENAI_JSON_MODE": "json_object",
        "LLM_CONTEXT": "4096",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(LlmSettings)
    server = settings.openai_server
    assert settings.llm_backend == "openai"
    assert server.api_key.get_secret_value() == KEY
    assert (server.model, server.json_mode, server.context_tokens) == ("small", "json_object", 4096)
    assert KEY not in repr(settings) + repr(server)
    assert "another" not in repr(settings)


def test_an_empty_key_file_variable_names_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY_FILE", "")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = LlmSettings(openai_base_url="http://h/v1")
    assert settings.openai_server.api_key.get_secret_value() == KEY


@pytest.mark.parametrize("content", [None, ""])
def test_a_key_file_that_holds_no_key_stops_the_start(tmp_path: Path, content: str | None) -> None:
    key_file = tmp_path / "key"
    if content is not None:
        key_file.write_text(content, encoding="utf-8")
    settings = LlmSettings(openai_base_url="http://h/v1", openai_api_key_file=key_file)
    with pytest.raises(StartupError, match="OPENAI_API_KEY_FILE"):
        _ = settings.openai_server


@pytest.mark.parametrize(
    ("reply", "model", "outcome", "told"),
    [
        (listing("small"), "", "ok", "small at http"),
        (listing("small"), "small", "ok", "small at http"),
        (listing("small"), "large", "warning", "does not list OPENAI_MODEL=large"),
        (listing("a", "b"), "", "failed", "several models: a, b"),
        (Reply(401, error("no such key")), "small", "failed", "no such key"),
        (Reply(hangs=True), "small", "failed", "said nothing for 0.2 s"),
        (Reply(body="<html>"), "small", "failed", "is OPENAI_BASE_URL right"),
    ],
)
async def test_the_doctor_asks_what_the_start_asks(
    reply: Reply, model: str, outcome: str, told: str
) -> None:
    async with answering(reply, model=model, silence_seconds=0.2) as (_, backend):
        found = await check(backend._server)
    assert found[0] == outcome
    assert told in found[1]
