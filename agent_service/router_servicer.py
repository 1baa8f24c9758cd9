"""RouterService: the router over the wire."""

from __future__ import annotations

import time
from typing import Any

import grpc

from core.ports import CallContext, Router
from shared.pb.mesh.router.v1 import router_service_pb2 as pb
from shared.pb.mesh.router.v1 import router_service_pb2_grpc as pb_grpc
from shared.server import current_call
from shared.validation import require_text


class RouterServicer(pb_grpc.RouterServiceServicer):
    """Classifies requests."""

    def __init__(self, router: Router) -> None:
        """Serve ``router``."""
        self._router = router

    async def Route(
        self, request: pb.RouteRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.RouteResponse:
        """Return the decision and how long it took."""
        text = require_text(request.text, "text")
        call = current_call()
        started = time.perf_counter()
        decision = await self._router.route(
            text, CallContext(call.call_id, call.task_id, call.correlation_id)
        )
        return pb.RouteResponse(
            decision=decision.decision.value,
            confidence=decision.confidence,
            fallback=decision.fallback.value,
            scores=dict(decision.scores),
            latency_ms=(time.perf_counter() - started) * 1000,
        )
