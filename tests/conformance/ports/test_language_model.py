"""What `core.ports.LanguageModel` promises, held by the fake and by a real LLM service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core.errors import (
    Cancelled,
    DeadlineExceeded,
    IdentifierReused,
    InvalidInput,
    LimitExceeded,
    PromptTooLong,
    Unavailable,
)
from core.ports import ChatMessage, Generation, GenerationSettings, LanguageModel
from shared.clients import LlmClient
from shared.testing import FakeModel
from tests.conformance.ports.calling import FailpointGate, FakeGate, Gate, new_call
from tests.integration.mesh import Mesh
from tests.odd_texts import ODD_TEXTS

HELLO = [ChatMessage("user", "hello")]
GREEDY = GenerationSettings(max_tokens=64)


@dataclass(frozen=True)
class Subject:
    """A model that runs one generation at once and lets one wait, and one that nobody serves."""

    model: LanguageModel
    away: LanguageModel
    gate: Gate


@pytest.fixture(params=["fake", "service"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """The implementations."""
    if request.param == "fake":
        fake = FakeModel(most_running=2)
        yield Subject(fake, FakeModel(away=True), FakeGate(fake.calls))
        return
    mesh: Mesh = request.getfixturevalue("module_mesh")
    async with AsyncExitStack() as stack:
        yield await served(mesh, stack)


async def served(mesh: Mesh, stack: AsyncExitStack) -> Subject:
    """Return clients of the service, which is started once."""
    if not mesh.started:
        mesh.spawn("llm", "watch", LLM_SLOTS="1", LLM_QUEUE_LIMIT="1")
        await mesh.healthy("llm")
    client, away = [
        LlmClient(await stack.enter_async_context(mesh.channel(name))) for name in ("llm", "tool")
    ]
    return Subject(client, away, FailpointGate.of(mesh, "llm.before_generate"))


@pytest.fixture
def model(subject: Subject) -> LanguageModel:
    """The implementation that answers."""
    return subject.model


async def test_a_generation_tells_how_it_ended(model: LanguageModel) -> None:
    generation = await model.generate(HELLO, GREEDY, new_call())
    assert generation.text
    assert generation.finish_reason == "stop"
    assert 0 < generation.completion_tokens <= GREEDY.max_tokens
    assert [generation.prompt_tokens] == await model.count_tokens([HELLO])


async def test_the_same_call_gives_the_same_generation(model: LanguageModel) -> None:
    call, sampled = new_call(), replace(GREEDY, temperature=1.5, seed=7)
    first = await model.generate(HELLO, sampled, call)
    again = await asyncio.gather(*(model.generate(HELLO, sampled, call) for _ in range(3)))
    assert {each.text for each in again} == {first.text}
    assert {each.completion_tokens for each in again} == {first.completion_tokens}


async def test_a_call_that_runs_is_joined(subject: Subject) -> None:
    call = new_call()
    subject.gate.close(0.2)
    first = asyncio.create_task(subject.model.generate(HELLO, GREEDY, call))
    await subject.gate.reached()
    assert (await subject.model.generate(HELLO, GREEDY, call)).text == (await first).text


@pytest.mark.parametrize(
    ("messages", "settings"),
    [([ChatMessage("user", "bye")], GREEDY), (HELLO, replace(GREEDY, max_tokens=63))],
    ids=["messages", "settings"],
)
async def test_a_call_id_is_of_one_request(
    model: LanguageModel, messages: list[ChatMessage], settings: GenerationSettings
) -> None:
    call = new_call()
    await model.generate(HELLO, GREEDY, call)
    with pytest.raises(IdentifierReused):
        await model.generate(messages, settings, call)


async def test_no_more_tokens_are_written_than_asked_for(model: LanguageModel) -> None:
    whole = await model.generate(HELLO, GREEDY, new_call())
    cut = await model.generate(HELLO, replace(GREEDY, max_tokens=3), new_call())
    assert (cut.finish_reason, cut.completion_tokens) == ("length", 3)
    assert whole.text.startswith(cut.text)


async def test_a_generation_ends_before_a_text_that_stops_it(model: LanguageModel) -> None:
    whole = (await model.generate(HELLO, GREEDY, new_call())).text
    before, stop, _ = whole.partition(whole.split()[2])
    stopped = await model.generate(HELLO, replace(GREEDY, stop=("§§", stop)), new_call())
    assert (stopped.text, stopped.finish_reason) == (before, "stop")


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": ["one", {"two": 2}]},
        {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3},
    ],
    ids=["choice", "object", "list"],
)
async def test_what_is_held_to_a_schema_fits_it(model: LanguageModel, schema: Any) -> None:
    held = replace(GREEDY, json_schema=json.dumps(schema))
    generation = await model.generate(HELLO, held, new_call())
    assert generation.finish_reason == "stop"
    Draft202012Validator(schema).validate(json.loads(generation.text))


async def test_prompts_are_counted_each_and_in_order(model: LanguageModel) -> None:
    short, long = HELLO, [ChatMessage("system", "rules"), ChatMessage("user", "hello " * 50)]
    one, other = await model.count_tokens([short, long])
    assert 0 < one < other
    assert await model.count_tokens([long, short, long]) == [other, one, other]
    assert await model.count_tokens([]) == []


async def test_any_text_is_counted_the_same_again(model: LanguageModel) -> None:
    prompts = [[ChatMessage("user", text[:20_000])] for text in ODD_TEXTS.values()]
    counts = await model.count_tokens(prompts)
    assert min(counts) > 0
    assert await model.count_tokens(prompts[::-1]) == counts[::-1]


async def test_the_model_is_described_the_same_while_it_is_loaded(model: LanguageModel) -> None:
    found = await model.describe()
    assert found.name
    assert found.larger_context
    assert found.context_tokens > GREEDY.max_tokens
    assert await model.describe() == found


async def test_a_prompt_without_a_message_is_refused(model: LanguageModel) -> None:
    with pytest.raises(InvalidInput):
        await model.generate([], GREEDY, new_call())
    with pytest.raises(InvalidInput):
        await model.count_tokens([HELLO, []])


async def test_a_prompt_over_the_context_is_refused(model: LanguageModel) -> None:
    context = (await model.describe()).context_tokens
    long = [ChatMessage("user", "word " * context)]
    with pytest.raises(PromptTooLong):
        await model.generate(long, GREEDY, new_call())


async def test_nobody_is_waited_for_longer_than_the_deadline(subject: Subject) -> None:
    call = new_call()
    subject.gate.close(1.0)
    with pytest.raises(DeadlineExceeded):
        await subject.model.generate(HELLO, GREEDY, replace(call, deadline_seconds=0.3))
    assert (await subject.model.generate(HELLO, GREEDY, call)).finish_reason == "stop"


async def test_cancelling_stops_the_calls_of_one_task_alone(subject: Subject) -> None:
    stopped, other = new_call(), new_call()
    subject.gate.close(2.0)
    generation = asyncio.create_task(subject.model.generate(HELLO, GREEDY, stopped))
    await subject.gate.reached()
    await subject.model.cancel_calls(other.task_id)
    assert not generation.done()
    await subject.model.cancel_calls(stopped.task_id)
    with pytest.raises(Cancelled):
        await generation
    subject.gate.open()
    for call in (stopped, other):
        assert (await subject.model.generate(HELLO, GREEDY, call)).finish_reason == "stop"


async def test_more_calls_than_there_is_room_for_are_refused(model: LanguageModel) -> None:
    calls = [model.generate(HELLO, GREEDY, new_call()) for _ in range(12)]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    kinds = {type(each) for each in ended}
    assert kinds == {Generation, LimitExceeded}


async def test_what_nobody_serves_is_unavailable(subject: Subject) -> None:
    away = subject.away
    ended = await asyncio.gather(
        away.generate(HELLO, GREEDY, new_call()),
        away.count_tokens([HELLO]),
        away.describe(),
        away.cancel_calls(new_call().task_id),
        return_exceptions=True,
    )
    assert [type(each) for each in ended] == [Unavailable] * 4


async def test_the_pieces_of_a_stream_add_up(module_mesh: Mesh) -> None:
    """A stream is the client's alone; the generation that it is made of is the port's."""
    async with AsyncExitStack() as stack:
        client = (await served(module_mesh, stack)).model
        assert isinstance(client, LlmClient)
        call = new_call()
        whole = (await client.generate(HELLO, GREEDY, call)).text
        for start in (0, 1, 5, len(whole)):
            pieces = [each.text async for each in client.stream(HELLO, GREEDY, call, start)]
            assert "".join(pieces) == whole[start:]
