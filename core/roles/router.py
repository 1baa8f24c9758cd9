"""The router: decides which workflow the task takes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from core import tracing
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType
from core.roles.spec import RoleSpec
from core.routing import FALLBACK, ChosenRoute, RouteDecision, choose_route
from core.state import TaskState
from core.workflows.workflows import Workflows

ROUTER = "router"


def router_of(workflows: Workflows) -> RoleSpec:
    """Return the role that comes first in every task, and chooses among ``workflows``."""
    return RoleSpec(name=ROUTER, act=partial(_route, workflows))


async def _route(workflows: Workflows, state: TaskState, hop: Hop) -> HopOutcome:
    """Take the workflow that the client chose, or ask the router and weigh what it says.

    A request that the model does not understand goes to where that is said.
    """
    requested = state.get("requested_workflow", "")
    scores: dict[str, float] = {}
    if not_understood := await hop.services.skills.not_understood(state["text"]):
        chosen, confidence, reason = FALLBACK, 1.0, not_understood
    elif requested:
        chosen, confidence, reason = requested, 1.0, "chosen by the client"
    else:
        decided = await _decide(workflows, state, hop)
        chosen, confidence, reason = decided.workflow, decided.decision.confidence, decided.reason
        scores = dict(decided.decision.scores)
    tracing.annotate({tracing.WORKFLOW: chosen, tracing.ROUTER_CONFIDENCE: confidence})
    return HopOutcome(
        TaskState(
            workflow=chosen,
            route_confidence=confidence,
            route_reason=reason,
            route_scores=scores,
        ),
        Outgoing(
            MessageType.TASK_ASSIGNED,
            {"workflow": chosen, "confidence": confidence, "reason": reason},
        ),
    )


async def _decide(workflows: Workflows, state: TaskState, hop: Hop) -> ChosenRoute:
    decision = await hop.services.router.route(state["text"], hop.call("route"))
    return choose_route(
        _falling_back_to_before(decision, state, workflows),
        list(workflows),
        threshold=hop.services.config.router_confidence_threshold,
        unavailable=await hop.services.health.unavailable_workflows(),
        remaining_loops=hop.remaining_loops,
    )


def _falling_back_to_before(
    decision: RouteDecision, state: TaskState, workflows: Workflows
) -> RouteDecision:
    """Let a request in doubt go on with the workflow of what was said before it.

    "now for negative numbers" tells a router nothing by itself.
    """
    conversation = state.get("conversation", [])
    before = conversation[-1]["workflow"] if conversation else ""
    # It may have been removed since.
    return replace(decision, fallback=before) if before in workflows.names else decision
