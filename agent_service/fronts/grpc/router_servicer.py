"""RouterService: the router over the wire."""

from __future__ import annotations

import time
from typing import Any

import grpc

from core.config import WorkflowConfig
from core.ports import CallContext, Router, ServiceHealth
from core.routing import choose_route
from core.workflows import BUILT_IN, Workflows
from shared.pb.mesh.router.v1 import router_service_pb2 as pb
from shared.pb.mesh.router.v1 import router_service_pb2_grpc as pb_grpc
from shared.server import current_call
from shared.validation import require_text


class RouterServicer(pb_grpc.RouterServiceServicer):
    """Classifies requests, and says what a task would make of the decision now."""

    def __init__(
        self,
        router: Router,
        health: ServiceHealth,
        config: WorkflowConfig,
        workflows: Workflows = BUILT_IN,
    ) -> None:
        """Serve ``router``; ``health`` and ``config`` are what tasks weigh its decisions with."""
        self._router = router
        self._health = health
        self._config = config
        self._workflows = workflows

    async def Route(
        self, request: pb.RouteRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.RouteResponse:
        """Return the decision, how long it took, and the workflow that it leads to."""
        text = require_text(request.text, "text")
        call = current_call()
        started = time.perf_counter()
        decision = await self._router.route(
            text, CallContext(call.call_id, call.task_id, call.correlation_id)
        )
        latency_ms = (time.perf_counter() - started) * 1000
        chosen = choose_route(
            decision,
            list(self._workflows),
            threshold=self._config.router_confidence_threshold,
            unavailable=await self._health.unavailable_workflows(),
            remaining_loops=self._config.max_review_cycles,
        )
        return pb.RouteResponse(
            decision=decision.decision,
            confidence=decision.confidence,
            fallback=decision.fallback,
            scores=dict(decision.scores),
            latency_ms=latency_ms,
            failure=decision.failure,
            workflow=chosen.workflow,
            reason=chosen.reason,
            closed=dict(chosen.closed),
        )
