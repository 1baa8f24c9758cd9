"""The frame around every role's node: what makes its work a hop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from core import tracing
from core.budget import check_hop
from core.config import WorkflowConfig
from core.hops import Hop, HopOutcome
from core.messages import message
from core.roles.router import ROUTER
from core.roles.spec import RoleSpec
from core.services import WorkflowServices
from core.state import HopRecord, TaskState, next_hop_index
from core.workflows.workflows import Workflows


class Node(Protocol):
    """A node of the graph."""

    async def __call__(self, state: TaskState) -> TaskState:
        """Return what changes in the state."""
        ...


def hop_node(role: RoleSpec, workflows: Workflows, services: WorkflowServices) -> Node:
    """Return the graph node that lets ``role`` act in a hop of its own, in any of ``workflows``.

    The start is durable before the role acts; the hop record and the message join the update,
    so that they become durable with the checkpoint.
    """

    async def node(state: TaskState) -> TaskState:
        hop = await _start(role, workflows, state, services)
        attributes: dict[str, tracing.AttributeValue] = {
            tracing.TASK_ID: hop.task_id,
            tracing.CORRELATION_ID: hop.correlation_id,
            tracing.HOP_INDEX: hop.index,
            tracing.ROLE: role.name,
            tracing.ATTEMPT: hop.attempt,
            tracing.REMAINING_LOOPS: hop.remaining_loops,
        }
        if hop.begun_with is not None:
            attributes[tracing.SKILL] = hop.begun_with.name
        name = "agent.route" if role.name == ROUTER else "agent.hop"
        with tracing.span(name, attributes):
            outcome = await role.act(state, hop)
            recipient = next_role(workflows, role.name, {**state, **outcome.update})
            return _update(hop, outcome, recipient)

    return node


def next_role(workflows: Workflows, role: str, values: Mapping[str, Any]) -> str:
    """Return who acts after ``role``, given the state that it left; empty: nobody.

    Raises: NotFound (the workflow of the task is there no more).
    """
    spec = workflows.named(values["workflow"])
    return spec.roles[0].name if role == ROUTER else spec.next_role(role, values)


async def _start(
    role: RoleSpec, workflows: Workflows, state: TaskState, services: WorkflowServices
) -> Hop:
    index = next_hop_index(state)
    check_hop(
        index - state.get("inherited_hops", 0),
        _allowed_hops(role, workflows, state, services.config),
    )
    remaining = state["remaining_loops"]
    fitting = (await services.skills.for_loaded_model()).name if role.skilled else ""
    started = await services.journal.start_hop(
        state["task_id"], index, role.name, remaining, fitting
    )
    return Hop(
        task_id=state["task_id"],
        correlation_id=state["correlation_id"],
        index=index,
        role=role.name,
        attempt=started.attempt,
        remaining_loops=remaining,
        services=services,
        begun_with=services.skills.named(started.skill) if started.skill else None,
    )


def _allowed_hops(
    role: RoleSpec, workflows: Workflows, state: TaskState, config: WorkflowConfig
) -> int:
    if role.name == ROUTER:
        return 1
    return workflows.named(state["workflow"]).max_hops(config)


def _update(hop: Hop, outcome: HopOutcome, recipient: str) -> TaskState:
    remaining = outcome.update.get("remaining_loops", hop.remaining_loops)
    with tracing.span("agent.message", {tracing.HOP_INDEX: hop.index}):
        sent = message(
            task_id=hop.task_id,
            correlation_id=hop.correlation_id,
            hop_index=hop.index,
            remaining_loops=remaining,
            sender=hop.role,
            recipient=recipient,
            message_type=outcome.outgoing.message_type,
            content=outcome.outgoing.content,
            left_out=[asdict(each) for each in dict.fromkeys(hop.left_out)],
            sent_at=hop.services.clock.now_iso(),
        )
    record = HopRecord(index=hop.index, role=hop.role, attempt=hop.attempt)
    return TaskState(**outcome.update, hops=[record], messages=[sent])
