"""A model server on this machine is asked directly, one elsewhere by the proxy that is set."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from core.errors import StartupError
from llm_service.backends.openai_compatible.check import check
from llm_service.backends.openai_compatible.client import open_client
from llm_service.backends.openai_compatible.server import OpenAiServer
from tests.recording_proxy import HTTP_VARIABLES, recording_proxy
from tests.unit.llm_service.openai_compatible.fake_server import Reply, text_stream
from tests.unit.llm_service.openai_compatible.prompts import answering, prompt, read

VARIABLES = [*HTTP_VARIABLES, *(each.upper() for each in HTTP_VARIABLES)]
BY_PROXY = [
    (scheme, variable)
    for scheme in ("http", "https")
    for variable in VARIABLES
    if variable.lower() in ("all_proxy", f"{scheme}_proxy")
]
LINES = {
    "http": "GET http://model.example/v1/models HTTP/1.1",
    "https": "CONNECT model.example:443 HTTP/1.1",
}
MODELS = Reply(body={"object": "list", "data": [{"id": "qwen3-4b", "object": "model"}]})
NO_HTTP_PROXIES = [
    "socks5://127.0.0.1:9",
    "socks4://127.0.0.1:9",
    "ftp://127.0.0.1:9",
    "http://127.0.0.1:no",
]


@pytest.mark.parametrize("variable", VARIABLES)
async def test_this_machine_is_asked_directly(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with recording_proxy() as proxy:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        async with answering(MODELS, text_stream("x"), model="") as (fake, backend):
            await backend.describe()
            await read(backend, prompt())
        assert [each["path"] for each in fake.asked] == ["/v1/models", "/v1/chat/completions"]
        assert proxy.seen == []


@pytest.mark.parametrize(("scheme", "variable"), BY_PROXY)
async def test_another_machine_is_asked_by_the_proxy(
    monkeypatch: pytest.MonkeyPatch, scheme: str, variable: str
) -> None:
    with recording_proxy() as proxy:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        outcome, _ = await check(OpenAiServer(f"{scheme}://model.example/v1", silence_seconds=5))
        assert outcome == "failed"
        assert proxy.seen == [LINES[scheme]]


@pytest.mark.parametrize("proxy", NO_HTTP_PROXIES)
async def test_a_proxy_that_is_not_known_is_said_and_hinders_nothing_here(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(StartupError, match="name an http proxy, or set no_proxy") as refused:
        open_client(OpenAiServer("http://model.example/v1"))
    assert "\n" not in str(refused.value)
    async with answering(text_stream("x")) as (_, backend):
        await read(backend, prompt())


@pytest.mark.parametrize("host", ["127.0.0.1:1", "127.1.2.3", "localhost", "[::1]:1", "0.0.0.0"])
def test_a_key_is_safe_on_this_machine(host: str) -> None:
    key = SecretStr("sk-1")
    assert not OpenAiServer(f"http://{host}/v1", api_key=key).sends_key_in_the_clear
    assert OpenAiServer("http://model.example/v1", api_key=key).sends_key_in_the_clear
