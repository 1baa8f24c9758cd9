"""The client of LlmService."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import grpc

from core.errors import Unavailable
from core.ports import (
    CallContext,
    ChatMessage,
    Generation,
    GenerationSettings,
    ModelInfo,
)
from shared import failpoints
from shared.bundled_model import Rewording
from shared.call_metadata import to_metadata
from shared.clients.channel import streamed, unary
from shared.clients.token_counts import TokenCounts, batches_of
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import LlmServiceStub

_ROLES = {
    "system": pb.CHAT_ROLE_SYSTEM,
    "user": pb.CHAT_ROLE_USER,
    "assistant": pb.CHAT_ROLE_ASSISTANT,
}
_FINISH = {pb.FINISH_REASON_STOP: "stop", pb.FINISH_REASON_LENGTH: "length"}
_SHORT_SECONDS = 20.0


class TextListener(Protocol):
    """Hears what is generated."""

    def __call__(self, context: CallContext, text: str, *, structured: bool) -> None:
        """Take the whole text of a call so far; ``structured``: it is JSON that fits a schema."""
        ...


_JOINS = 3


class LlmClient:
    """Generates, embeds and finds words that the model knows over gRPC.

    It is a `core.ports.LanguageModel`, and the finder of the bundled model's skill.
    """

    def __init__(self, channel: grpc.aio.Channel, on_text: TextListener | None = None) -> None:
        """Call over ``channel``; ``on_text`` is told of every piece of a generation."""
        self._on_text = on_text
        self._stub = LlmServiceStub(channel)
        self._counts = TokenCounts()

    @failpoints.at_call("client.generate")
    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        """Generate to the end; a stream that breaks is joined again, and read from its start.

        From where it broke would do for a generation that goes on, but a new one under the same
        call id may say it otherwise: halves of two must not be put together.
        """
        text = ""
        broken: Unavailable | None = None
        for _ in range(_JOINS):
            had, text = len(text), ""
            try:
                async for response in self.stream(messages, settings, context):
                    text += response.text
                    if self._on_text is not None and response.text:
                        self._on_text(context, text, structured=bool(settings.json_schema))
                    if response.finish_reason:
                        return _generation(text, response)
            except Unavailable as error:
                broken = error
            if len(text) <= had:
                break  # nobody is there: the task waits for the service, and asks again then
        raise broken or Unavailable("the generation ended without its last response")

    def stream(
        self,
        messages: Sequence[ChatMessage],
        settings: GenerationSettings,
        context: CallContext,
        from_character: int = 0,
    ) -> AsyncIterator[pb.GenerateResponse]:
        """Generate and yield the pieces as they come, from a character on."""
        request = pb.GenerateRequest(
            call_id=context.call_id,
            messages=_messages(messages),
            json_schema=settings.json_schema,
            max_tokens=settings.max_tokens,
            temperature=settings.temperature,
            seed=settings.seed,
            stop=settings.stop,
            from_character=from_character,
        )
        call = self._stub.Generate(
            request, timeout=context.deadline_seconds, metadata=to_metadata(context)
        )
        return streamed(call)

    @failpoints.at_call("client.reword")
    async def reword(self, text: str, limit: int, context: CallContext) -> list[Rewording]:
        """Say a request in words that the loaded model knows."""
        request = pb.RewordRequest(text=text, limit=limit)
        answer = await unary(
            self._stub.Reword(
                request, timeout=context.deadline_seconds, metadata=to_metadata(context)
            )
        )
        return [
            Rewording(each.text, each.name, tuple(each.assertions), each.score)
            for each in answer.rewordings
        ]

    @failpoints.at_call("client.count_tokens")
    async def count_tokens(self, prompts: Sequence[Sequence[ChatMessage]]) -> list[int]:
        """Return the tokens of each prompt; what is known from before is not asked again."""
        found = [self._counts.find(prompt) for prompt in prompts]
        unknown = [index for index, count in enumerate(found) if count is None]
        for batch in batches_of([prompts[index] for index in unknown]):
            request = pb.CountTokensRequest(
                prompts=[pb.CountedPrompt(messages=_messages(prompt)) for prompt in batch]
            )
            answer = await unary(self._stub.CountTokens(request, timeout=_SHORT_SECONDS))
            for prompt, count in zip(batch, answer.tokens, strict=True):
                self._counts.keep(prompt, count)
                found[unknown.pop(0)] = count
        return [count or 0 for count in found]

    @failpoints.at_call("client.describe")
    async def describe(self) -> ModelInfo:
        """Return what is known of the loaded model."""
        model = await self.model()
        self._counts.counted_by(f"{model.sha256} {model.name}")
        return ModelInfo(
            name=model.name,
            context_tokens=model.context_tokens,
            answer_style=model.answer_style,
            larger_context=model.larger_context,
        )

    async def model(self, seconds: float = _SHORT_SECONDS) -> pb.GetModelResponse:
        """Return all that the service tells of the loaded model, within ``seconds``."""
        answer: pb.GetModelResponse = await unary(
            self._stub.GetModel(pb.GetModelRequest(), timeout=seconds)
        )
        return answer

    async def engine(self) -> pb.GetEngineResponse:
        """Return how busy the service's engine is."""
        answer: pb.GetEngineResponse = await unary(
            self._stub.GetEngine(pb.GetEngineRequest(), timeout=_SHORT_SECONDS)
        )
        return answer

    @failpoints.at_call("client.cancel_generations")
    async def cancel_calls(self, task_id: str) -> None:
        """Stop every generation of a task."""
        request = pb.CancelGenerationsRequest(task_id=task_id)
        await unary(self._stub.CancelGenerations(request, timeout=_SHORT_SECONDS))

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector a text."""
        request = pb.EmbedRequest(texts=texts)
        answer = await unary(self._stub.Embed(request, timeout=_SHORT_SECONDS))
        return [list(each.values) for each in answer.embeddings]


def _messages(messages: Sequence[ChatMessage]) -> list[pb.ChatMessage]:
    return [pb.ChatMessage(role=_ROLES[each.role], content=each.content) for each in messages]


def _generation(text: str, last: pb.GenerateResponse) -> Generation:
    return Generation(
        text=text,
        finish_reason=_FINISH[last.finish_reason],
        prompt_tokens=last.prompt_tokens,
        completion_tokens=last.completion_tokens,
        model=last.model,
        cached_prompt_tokens=last.cached_prompt_tokens,
        queue_seconds=last.queue_seconds,
        time_to_first_token=last.time_to_first_token_seconds,
        tokens_per_second=last.tokens_per_second,
        batch_occupancy=last.batch_occupancy,
    )
