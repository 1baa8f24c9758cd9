"""Text comes as it is made; who stops listening stops the server."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import InvalidInput, Unavailable
from llm_service.prompt import Finished
from tests.unit.llm_service.openai_compatible.fake_server import (
    Reply,
    error,
    piece,
    text_stream,
)
from tests.unit.llm_service.openai_compatible.prompts import answering, prompt, read


async def test_the_text_and_the_counts_are_the_servers() -> None:
    async with answering(text_stream("Hel", "lo", pause=0.02)) as (_, backend):
        text, end = await read(backend, prompt())
    assert text == "Hello"
    assert (end.finish_reason, end.prompt_tokens, end.completion_tokens) == ("stop", 7, 2)
    assert end.time_to_first_token > 0
    assert end.tokens_per_second > 0


async def test_the_request_carries_all_that_the_prompt_asks() -> None:
    async with answering(text_stream("x")) as (fake, backend):
        await read(backend, prompt(stop=("END", "\n\n"), temperature=0.5))
    asked = fake.asked[0]
    assert asked["path"] == "/v1/chat/completions"
    assert asked["model"] == "small"
    assert [each["role"] for each in asked["messages"]] == ["system", "user"]
    assert (asked["max_tokens"], asked["temperature"], asked["seed"]) == (16, 0.5, 3)
    assert asked["stop"] == ["END", "\n\n"]
    assert asked["stream"] is True
    assert asked["stream_options"] == {"include_usage": True}
    assert "response_format" not in asked


async def test_each_piece_is_there_before_the_next_is_made() -> None:
    async with answering(text_stream("one", "two", pause=60)) as (_, backend), asyncio.timeout(30):
        stream = backend.stream(prompt())
        assert await anext(stream) == "one"
        await stream.aclose()


async def test_a_cut_answer_says_so() -> None:
    async with answering(text_stream("Hel", finish_reason="length")) as (_, backend):
        _, end = await read(backend, prompt())
    assert end.finish_reason == "length"


async def test_a_server_without_usage_has_its_pieces_counted() -> None:
    events = [piece("a"), piece("b"), piece("c"), piece(None, "stop"), "[DONE]"]
    async with answering(Reply(events=events)) as (_, backend):
        _, end = await read(backend, prompt())
    assert (end.prompt_tokens, end.completion_tokens) == (0, 3)


async def test_odd_chunks_do_no_harm() -> None:
    odd = [{"id": "1"}, {"choices": None}, {"choices": [{"index": 0}]}, piece(None), {"usage": {}}]
    events = [
        *odd,
        piece("a"),
        piece("", "stop"),
        {"choices": [], "usage": {"total_tokens": None}},
        "[DONE]",
    ]
    async with answering(Reply(events=events)) as (_, backend):
        text, _ = await read(backend, prompt())
    assert text == "a"


async def test_closing_the_stream_closes_the_connection() -> None:
    async with answering(text_stream(*["word "] * 500, pause=0.02)) as (fake, backend):
        stream = backend.stream(prompt())
        assert await anext(stream) == "word "
        await stream.aclose()
        await asyncio.wait_for(fake.left.wait(), 15)


async def test_cancelling_the_reader_closes_the_connection() -> None:
    async with answering(text_stream(*["word "] * 500, pause=0.5)) as (fake, backend):
        reader = asyncio.create_task(read(backend, prompt()))
        while not fake.asked:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        await asyncio.wait_for(fake.left.wait(), 15)


async def test_cancelling_while_the_server_reads_the_prompt_closes_the_connection() -> None:
    async with answering(Reply(hangs=True)) as (fake, backend):
        reader = asyncio.create_task(read(backend, prompt()))
        while not fake.asked:
            await asyncio.sleep(0.01)
        reader.cancel()
        await asyncio.wait_for(fake.left.wait(), 15)


async def test_as_many_generations_as_there_are_slots_run_at_once() -> None:
    async with answering(text_stream("a", "b", pause=0.5), slots=10) as (fake, backend):
        answers = await asyncio.gather(*(read(backend, prompt()) for _ in range(20)))
    assert [text for text, _ in answers] == ["ab"] * 20
    assert fake.most_at_once == 10


async def test_nothing_stays_open_whoever_leaves_and_whenever() -> None:
    async with answering(text_stream(*["word "] * 20, pause=0.01), queue_limit=200) as (
        fake,
        backend,
    ):

        async def some(pieces: int) -> None:
            stream = backend.stream(prompt())
            for _ in range(pieces):
                await anext(stream)
            await stream.aclose()

        before = len(asyncio.all_tasks())
        await asyncio.gather(*(some(number % 21) for number in range(200)))
        async with asyncio.timeout(30):
            while fake.connections or len(asyncio.all_tasks()) > before:
                await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "reply", [text_stream("a", "b", pause=30), Reply(hangs=True)], ids=["it writes", "it reads"]
)
async def test_what_still_runs_when_the_service_stops_is_unavailable(reply: Reply) -> None:
    async with answering(reply) as (fake, backend), asyncio.timeout(30):
        running = asyncio.create_task(read(backend, prompt()))
        while not fake.asked:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        await backend.close()
        for generation in (running, read(backend, prompt())):
            with pytest.raises(Unavailable, match="the LLM service stops"):
                await generation


@pytest.mark.parametrize(
    "reply",
    [
        Reply(events=[piece("Hel"), "[DONE]"]),
        Reply(events=[piece("Hel")]),
        Reply(events=[piece("Hel")], ends=False),
        Reply(events=[piece("Hel"), "{no json"]),
        Reply(events=[]),
        Reply(body="<html>a page</html>", headers={"content-type": "text/html"}),
    ],
    ids=["interrupted", "no end", "hung up", "no json", "empty", "a page"],
)
async def test_a_broken_answer_is_never_passed_as_whole(reply: Reply) -> None:
    async with answering(reply) as (_, backend):
        with pytest.raises(Unavailable):
            await read(backend, prompt())


async def test_a_server_that_hangs_up_before_its_first_word_is_asked_why() -> None:
    why = error("This model's maximum context length is 64 tokens.", code="context_length_exceeded")
    async with answering(Reply(events=[], ends=False), Reply(400, why)) as (fake, backend):
        with pytest.raises(InvalidInput, match="64 tokens") as caught:
            await read(backend, prompt())
    assert caught.value.field == "messages"
    assert "stream" not in fake.asked[1]
    assert fake.asked[1]["max_tokens"] == 1


async def test_the_content_filter_is_no_finished_answer() -> None:
    async with answering(text_stream("x", finish_reason="content_filter")) as (_, backend):
        with pytest.raises(InvalidInput, match="content filter"):
            await read(backend, prompt())


async def test_exactly_one_end_comes_last() -> None:
    async with answering(text_stream("a", "b")) as (_, backend):
        got = [each async for each in backend.stream(prompt())]
    assert [isinstance(each, Finished) for each in got] == [False, False, True]
