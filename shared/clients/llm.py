"""The client of LlmService."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import grpc

from core.errors import Unavailable
from core.ports import CallContext, ChatMessage, Generation, GenerationSettings, ModelInfo
from shared import failpoints
from shared.call_metadata import to_metadata
from shared.clients.channel import streamed, unary
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import LlmServiceStub

_ROLES = {
    "system": pb.CHAT_ROLE_SYSTEM,
    "user": pb.CHAT_ROLE_USER,
    "assistant": pb.CHAT_ROLE_ASSISTANT,
}
_FINISH = {pb.FINISH_REASON_STOP: "stop", pb.FINISH_REASON_LENGTH: "length"}
_SHORT_SECONDS = 20.0


class LlmClient:
    """Generates and embeds over gRPC (`core.ports.LanguageModel`)."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """Call over ``channel``."""
        self._stub = LlmServiceStub(channel)

    @failpoints.at_call("client.generate")
    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        """Generate to the end."""
        text: list[str] = []
        async for response in self.stream(messages, settings, context):
            text.append(response.text)
            if response.finish_reason:
                return Generation(
                    text="".join(text),
                    finish_reason=_FINISH[response.finish_reason],
                    prompt_tokens=response.prompt_tokens,
                    completion_tokens=response.completion_tokens,
                )
        raise Unavailable("the generation ended without its last response")

    def stream(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> AsyncIterator[pb.GenerateResponse]:
        """Generate and yield the pieces as they come."""
        request = pb.GenerateRequest(
            call_id=context.call_id,
            messages=[
                pb.ChatMessage(role=_ROLES[each.role], content=each.content) for each in messages
            ],
            json_schema=settings.json_schema,
            max_tokens=settings.max_tokens,
            temperature=settings.temperature,
            seed=settings.seed,
            stop=settings.stop,
        )
        call = self._stub.Generate(
            request, timeout=context.deadline_seconds, metadata=to_metadata(context)
        )
        return streamed(call)

    @failpoints.at_call("client.describe")
    async def describe(self) -> ModelInfo:
        """Return what is known of the loaded model."""
        model = await self.model()
        return ModelInfo(
            name=model.name, context_tokens=model.context_tokens, extractive=model.extractive
        )

    async def model(self) -> pb.GetModelResponse:
        """Return all that the service tells of the loaded model."""
        answer: pb.GetModelResponse = await unary(
            self._stub.GetModel(pb.GetModelRequest(), timeout=_SHORT_SECONDS)
        )
        return answer

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector a text."""
        request = pb.EmbedRequest(texts=texts)
        answer = await unary(self._stub.Embed(request, timeout=_SHORT_SECONDS))
        return [list(each.values) for each in answer.embeddings]
