"""Figures of a generation reach the last response, its span, and whoever asks for the engine."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from opentelemetry.sdk.trace import TracerProvider

from llm_service.backends.backend import EngineStatistics, SlotStatistics
from llm_service.engine import Engine
from llm_service.prompt import Finished, ModelDescription, Prompt
from llm_service.servicer import LlmServicer
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb

MODEL = ModelDescription("tiny", 64, "", "", 1, 1, 1, slots=2, pool_tokens=128)
END = Finished("length", 9, 2, 0.5, 4.0, 6, 0.25, 1.5)
NOTHING: Any = None


class Backend:
    """Says one piece, and has figures."""

    async def describe(self) -> ModelDescription:
        return MODEL

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Finished, None]:
        yield "text"
        yield END

    def statistics(self) -> EngineStatistics:
        slots = (SlotStatistics("writes", 9, 6, 9, 2, 0.5), SlotStatistics("idle"))
        return EngineStatistics(2, 1, 3, 4.0, 1.5, 128, 20, 10, 5, 4, 90, 60, slots)

    async def watch(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        pass


def request() -> pb.GenerateRequest:
    message = pb.ChatMessage(role=pb.CHAT_ROLE_USER, content="hi")
    return pb.GenerateRequest(call_id="a", messages=[message], max_tokens=2)


async def test_the_last_response_and_the_span_tell_the_figures() -> None:
    tracer = TracerProvider().get_tracer("test")
    async with Engine(Backend(), kept_seconds=1) as engine:
        servicer = LlmServicer(engine, NOTHING, MODEL)
        with tracer.start_as_current_span("Generate") as span:
            responses = [each async for each in servicer.Generate(request(), NOTHING)]
    assert responses[0].text == "text"
    assert responses[-1] == pb.GenerateResponse(
        finish_reason=pb.FINISH_REASON_LENGTH,
        prompt_tokens=9,
        completion_tokens=2,
        time_to_first_token_seconds=0.5,
        tokens_per_second=4.0,
        cached_prompt_tokens=6,
        queue_seconds=0.25,
        batch_occupancy=1.5,
        model="tiny",
    )
    attributes = dict(getattr(span, "attributes", {}))
    assert attributes["gen_ai.usage.input_tokens"] == 9
    assert attributes["gen_ai.usage.cache_read.input_tokens"] == 6
    assert attributes["gen_ai.response.finish_reasons"] == ("length",)
    assert attributes["gen_ai.request.model"] == attributes["gen_ai.response.model"] == "tiny"
    assert attributes["gen_ai.provider.name"] == "llama_cpp"
    assert attributes["mesh.llm.queue_seconds"] == 0.25
    assert attributes["mesh.llm.time_to_first_token_seconds"] == 0.5
    assert attributes["mesh.llm.tokens_per_second"] == 4.0
    assert attributes["mesh.llm.batch_occupancy"] == 1.5


async def test_the_engine_tells_of_its_slots() -> None:
    async with Engine(Backend(), kept_seconds=1) as engine:
        servicer = LlmServicer(engine, NOTHING, MODEL)
        _ = [each async for each in servicer.Generate(request(), NOTHING)]
        found = await servicer.GetEngine(pb.GetEngineRequest(), NOTHING)
        model = await servicer.GetModel(pb.GetModelRequest(), NOTHING)
    assert (found.slots, found.busy, found.waiting) == (2, 1, 3)
    assert [each.state for each in found.slot_details] == [
        pb.SLOT_STATE_WRITES,
        pb.SLOT_STATE_IDLE,
    ]
    assert (found.cache_hits, found.reused_tokens, found.used_tokens) == (4, 60, 20)
    assert (found.recent_calls, found.mean_call_tokens_per_second) == (1, 4.0)
    assert (found.mean_time_to_first_token_seconds, found.mean_queue_seconds) == (0.5, 0.25)
    assert (model.slots, model.pool_tokens) == (2, 128)
    assert model.engine == found
