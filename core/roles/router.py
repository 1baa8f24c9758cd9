"""The router: decides which route the task takes."""

from __future__ import annotations

from core import tracing
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType, Role
from core.routing import ChosenRoute, Route, choose_route
from core.state import TaskState

FIRST_ROLE = {
    Route.ANSWER: Role.RESEARCHER,
    Route.CODE: Role.RESEARCHER,
    Route.TOOL: Role.OPERATOR,
    Route.DIRECT: Role.RESPONDER,
}


async def route(state: TaskState, hop: Hop) -> HopOutcome:
    """Take the route that the client chose, or ask the router and weigh what it says.

    A request that the model does not understand goes to where that is said.
    """
    requested = state.get("requested_route", "")
    scores: dict[str, float] = {}
    if not_understood := await hop.services.skills.not_understood(state["text"]):
        chosen, confidence, reason = Route.DIRECT, 1.0, not_understood
    elif requested:
        chosen, confidence, reason = Route(requested), 1.0, "chosen by the client"
    else:
        decided = await _decide(state, hop)
        chosen, confidence, reason = decided.route, decided.decision.confidence, decided.reason
        scores = dict(decided.decision.scores)
    tracing.annotate({tracing.ROUTE: chosen.value, tracing.ROUTER_CONFIDENCE: confidence})
    return HopOutcome(
        TaskState(
            route=chosen.value,
            route_confidence=confidence,
            route_reason=reason,
            route_scores=scores,
        ),
        Outgoing(
            FIRST_ROLE[chosen],
            MessageType.TASK_ASSIGNED,
            {"route": chosen.value, "confidence": confidence, "reason": reason},
        ),
    )


async def _decide(state: TaskState, hop: Hop) -> ChosenRoute:
    decision = await hop.services.router.route(state["text"], hop.call("route"))
    return choose_route(
        decision,
        threshold=hop.services.config.router_confidence_threshold,
        unavailable=await hop.services.health.unavailable_routes(),
        remaining_loops=hop.remaining_loops,
    )
