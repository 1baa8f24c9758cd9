"""Each way in which a server refuses, as the error that the mesh knows."""

from __future__ import annotations

import asyncio
import socket
from email.utils import formatdate
from time import time

import pytest
from pydantic import SecretStr

from core.errors import (
    InvalidInput,
    LimitExceeded,
    MeshError,
    NotFound,
    PermissionDenied,
    QuotaExhausted,
    Unavailable,
)
from tests.unit.llm_service.openai_compatible.fake_server import Reply, error, piece
from tests.unit.llm_service.openai_compatible.prompts import answering, backend_of, prompt, read

KEY = "sk-the-key-that-nobody-sees"


async def refusal(*replies: Reply, schema: str = "") -> MeshError:
    """Return the error that a generation fails with."""
    async with answering(*replies, api_key=SecretStr(KEY)) as (fake, backend):
        with pytest.raises(MeshError) as caught:
            await read(backend, prompt(json_schema=schema))
        assert len(fake.asked) == 1, "the callers repeat, not the client"
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(401, error(f"Incorrect API key provided: {KEY}.")), PermissionDenied),
        (Reply(401, {"detail": "Invalid API key"}), PermissionDenied),
        (Reply(403, error("no access")), PermissionDenied),
        (Reply(402, error("no credit")), QuotaExhausted),
        (Reply(429, error("pay first", code="insufficient_quota")), QuotaExhausted),
        (Reply(404, error("model 'small' not found, try pulling it first")), NotFound),
        (Reply(404, "404 page not found"), NotFound),
        (Reply(429, error("slow down")), LimitExceeded),
        (Reply(500, error("it broke")), Unavailable),
        (Reply(502, "<html>Bad Gateway</html>"), Unavailable),
        (Reply(503, error("Loading model", code=503, type="unavailable_error")), Unavailable),
        (Reply(408, ""), Unavailable),
        (Reply(events=[error("Context size has been exceeded.", code=500)]), Unavailable),
        (Reply(events=[error("the engine died", code=500)]), Unavailable),
        (Reply(events=[piece("a"), error("out of memory", type="server_error")]), Unavailable),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Reply) else value.__name__,
)
async def test_a_status_becomes_an_error_of_the_mesh(
    reply: Reply, expected: type[MeshError]
) -> None:
    assert type(await refusal(reply)) is expected


OVERFLOWS = {
    "openai": Reply(
        400,
        error(
            "This model's maximum context length is 8192 tokens.",
            param="messages",
            code="context_length_exceeded",
            type="invalid_request_error",
        ),
    ),
    "llama-server": Reply(
        400,
        error(
            "the request exceeds the available context size. try increasing it",
            code=400,
            type="exceed_context_size_error",
            n_prompt_tokens=14429,
            n_ctx=8192,
        ),
    ),
    "llama-server of 2025": Reply(
        500,
        error("the request exceeds the available context size", type="exceed_context_size_error"),
    ),
    "vllm": Reply(
        400,
        {
            "object": "error",
            "message": "This model's maximum context length is 2048 tokens. However, you "
            "requested 11352 tokens (11320 in the messages, 32 in the completion).",
            "type": "BadRequestError",
            "param": None,
            "code": 400,
        },
    ),
    "groq": Reply(400, error("Please reduce the length of the messages or completion.")),
    "groq, over the limit of a minute": Reply(
        413, error("Request too large for model", type="tokens", code="rate_limit_exceeded")
    ),
    "in the stream": Reply(events=[error("exceeds the available context size", code=400)]),
}


@pytest.mark.parametrize("reply", OVERFLOWS.values(), ids=OVERFLOWS)
async def test_a_prompt_over_the_context_is_bad_input(reply: Reply) -> None:
    got = await refusal(reply)
    assert isinstance(got, InvalidInput)
    assert got.field == "messages"


@pytest.mark.parametrize(
    ("reply", "field"),
    [
        (Reply(400, error("Too many stop texts", param="stop")), "stop"),
        (Reply(400, error("'max_tokens' must be at most 4096")), "max_tokens"),
        (Reply(422, error("temperature must be at most 1", param="temperature")), "temperature"),
        (Reply(400, error("this cannot be")), ""),
    ],
)
async def test_a_refused_value_names_its_field(reply: Reply, field: str) -> None:
    got = await refusal(reply)
    assert isinstance(got, InvalidInput)
    assert got.field == field


async def test_a_refused_schema_names_the_keyword_and_the_way_out() -> None:
    said = "Invalid schema for response_format 'output': 'minLength' is not permitted."
    got = await refusal(Reply(400, error(said, param="response_format")), schema='{"minLength": 1}')
    assert isinstance(got, InvalidInput)
    assert got.field == "json_schema"
    assert "minLength" in str(got)
    assert "OPENAI_JSON_MODE=json_object" in str(got)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
async def test_the_servers_retry_after_is_kept(
    headers: dict[str, str], seconds: float | None
) -> None:
    for status in (429, 503):
        got = await refusal(Reply(status, error("wait"), headers))
        assert got.retry_after_seconds == seconds


async def test_a_retry_after_may_be_a_date() -> None:
    headers = {"retry-after": formatdate(time() + 30, usegmt=True)}
    got = await refusal(Reply(429, error("wait"), headers))
    assert got.retry_after_seconds == pytest.approx(30, abs=3)


async def test_a_long_message_becomes_one_short_line() -> None:
    got = await refusal(Reply(500, error("word\n" * 10_000)))
    assert len(str(got)) < 500
    assert "\n" not in str(got)


async def test_nobody_there_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with backend_of(f"http://127.0.0.1:{port}/v1") as backend:
            with pytest.raises(Unavailable, match="the connection to"):
                await read(backend, prompt())


@pytest.mark.parametrize(
    "reply",
    [Reply(hangs=True), Reply(events=[piece("a"), piece("b")], pause=30)],
    ids=["from the start", "in the middle"],
)
async def test_a_silent_server_is_unavailable(reply: Reply) -> None:
    async with answering(reply, silence_seconds=0.3) as (_, backend), asyncio.timeout(30):
        with pytest.raises(Unavailable, match=r"said nothing for 0\.3 s"):
            await read(backend, prompt())
