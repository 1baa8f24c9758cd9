"""The client of RouterService."""

from __future__ import annotations

from collections.abc import Collection

import grpc

from core.ports import CallContext
from core.routing import RouteDecision
from shared import failpoints
from shared.call_metadata import to_metadata
from shared.clients.channel import unary
from shared.pb.mesh.router.v1 import router_service_pb2 as pb
from shared.pb.mesh.router.v1.router_service_pb2_grpc import RouterServiceStub


class RouterClient:
    """Routes over gRPC (`core.ports.Router`)."""

    def __init__(self, channel: grpc.aio.Channel, known: Collection[str] = ()) -> None:
        """Call over ``channel``; a decision may name the ``known`` workflows."""
        self._known = known
        self._stub = RouterServiceStub(channel)

    @failpoints.at_call("client.route")
    async def route(self, text: str, context: CallContext) -> RouteDecision:
        """Classify ``text``. Raises: InvalidInput when the answer is no decision."""
        answer = await self.response(text, context)
        decision = {
            "decision": answer.decision,
            "confidence": answer.confidence,
            "fallback": answer.fallback,
        }
        return RouteDecision.from_json(decision, self._known, dict(answer.scores), answer.failure)

    async def response(self, text: str, context: CallContext) -> pb.RouteResponse:
        """Return the service's whole answer."""
        answer: pb.RouteResponse = await unary(
            self._stub.Route(
                pb.RouteRequest(text=text),
                timeout=context.deadline_seconds,
                metadata=to_metadata(context),
            )
        )
        return answer
