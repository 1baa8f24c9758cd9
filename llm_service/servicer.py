"""LlmService on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from typing import Any

import grpc

from core.generation_span import note_end, note_request
from core.ports import Embedder
from core.tracing import annotate
from llm_service.engine import Engine
from llm_service.engine_view import engine_response
from llm_service.prompt import Finished, ModelDescription
from llm_service.requests import read_counted, read_prompt, read_reword, read_texts
from llm_service.rewording.rewording import Reworder
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import LlmServiceServicer
from shared.server import current_call
from shared.validation import require_uuid

_FINISH = {
    "stop": pb.FINISH_REASON_STOP,
    "length": pb.FINISH_REASON_LENGTH,
    "tool_calls": pb.FINISH_REASON_TOOL_CALLS,
}
Context = grpc.aio.ServicerContext[Any, Any]


class LlmServicer(LlmServiceServicer):
    """Maps the rpcs to the engine and the embedder."""

    def __init__(
        self,
        engine: Engine,
        embedder: Embedder,
        model: ModelDescription,
        reworder: Reworder | None = None,
    ) -> None:
        """Serve a loaded model; ``reworder`` knows its words, where that is of use."""
        self._reworder = reworder
        self._engine = engine
        self._embedder = embedder
        self._model = model

    async def Generate(
        self, request: pb.GenerateRequest, context: Context
    ) -> AsyncIterator[pb.GenerateResponse]:
        """Stream a generation, from its start, whoever began it."""
        # Checking the schemas of tools takes time: milliseconds each.
        prompt = (
            await asyncio.to_thread(read_prompt, request) if request.tools else read_prompt(request)
        )
        note_request(prompt)
        annotate(
            {
                "gen_ai.provider.name": self._model.provider,
                "gen_ai.request.model": self._model.name,
            }
        )
        stream = self._engine.stream(
            request.call_id,
            prompt,
            request.from_character,
            deadline_seconds=current_call().deadline_seconds or math.inf,
        )
        async with contextlib.aclosing(stream) as pieces:
            async for piece in pieces:
                if isinstance(piece, Finished):
                    note_end(piece, self._model.name)
                    yield _last(piece, self._model.name)
                else:
                    yield _piece(piece)

    async def CountTokens(
        self, request: pb.CountTokensRequest, context: Context
    ) -> pb.CountTokensResponse:
        """Count the tokens of prompts."""
        counts = await self._engine.count_tokens(read_counted(request))
        return pb.CountTokensResponse(
            tokens=counts.tokens,
            context_tokens=self._model.context_tokens,
            estimated=counts.estimated,
        )

    async def CancelGenerations(
        self, request: pb.CancelGenerationsRequest, context: Context
    ) -> pb.CancelGenerationsResponse:
        """Stop the generations of a task."""
        task_id = require_uuid(request.task_id, "task_id")
        return pb.CancelGenerationsResponse(cancelled=self._engine.cancel(f"{task_id}:"))

    async def Embed(self, request: pb.EmbedRequest, context: Context) -> pb.EmbedResponse:
        """Embed texts."""
        vectors = await self._embedder.embed(read_texts(request))
        return pb.EmbedResponse(embeddings=[pb.Embedding(values=vector) for vector in vectors])

    async def Reword(self, request: pb.RewordRequest, context: Context) -> pb.RewordResponse:
        """Say a request in words that the model knows."""
        text, limit = read_reword(request)
        found = await self._reworder.reword(text, limit) if self._reworder else []
        return pb.RewordResponse(
            rewordings=[
                pb.Rewording(
                    text=each.text, name=each.name, assertions=each.assertions, score=each.score
                )
                for each in found
            ]
        )

    async def GetModel(self, request: pb.GetModelRequest, context: Context) -> pb.GetModelResponse:
        """Describe the loaded model."""
        return pb.GetModelResponse(
            name=self._model.name,
            context_tokens=self._model.context_tokens,
            answer_style=self._model.answer_style,
            sha256=self._model.sha256,
            size_bytes=self._model.size_bytes,
            threads=self._model.threads,
            parameters=self._model.parameters,
            slots=self._model.slots,
            pool_tokens=self._model.pool_tokens,
            larger_context=self._model.larger_context,
            engine=engine_response(self._engine.statistics()),
        )

    async def GetEngine(
        self, request: pb.GetEngineRequest, context: Context
    ) -> pb.GetEngineResponse:
        """Tell how busy the engine is."""
        return engine_response(self._engine.statistics())


def _piece(text: str) -> pb.GenerateResponse:
    return pb.GenerateResponse(text=text)


def _last(end: Finished, model: str) -> pb.GenerateResponse:
    return pb.GenerateResponse(
        finish_reason=_FINISH[end.finish_reason],
        prompt_tokens=end.prompt_tokens,
        completion_tokens=end.completion_tokens,
        time_to_first_token_seconds=end.time_to_first_token,
        tokens_per_second=end.tokens_per_second,
        cached_prompt_tokens=end.cached_prompt_tokens,
        queue_seconds=end.queue_seconds,
        batch_occupancy=end.batch_occupancy,
        model=model,
        tool_calls=[
            pb.ToolCall(id=each.call_id, name=each.name, arguments=each.arguments)
            for each in end.tool_calls
        ],
    )
