"""One hop: the frame around every role's node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core import tracing
from core.budget import check_hop
from core.messages import MessageType, Role, message
from core.ports import CallContext, Skill
from core.services import WorkflowServices
from core.state import HopRecord, TaskState, next_hop_index

LEFT_OUT = "left_out"
"""What a model did not see, in a message's payload and a hop's event; there if there is any."""


SKILLED = frozenset({Role.CODER, Role.REVIEWER, Role.OPERATOR, Role.RESPONDER})
"""The roles that work through a skill; the others do not depend on the model that is loaded."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A hop that runs: who it is for, which one it is, and how to name its calls."""

    task_id: str
    correlation_id: str
    index: int
    role: Role
    attempt: int
    remaining_loops: int
    services: WorkflowServices
    begun_with: Skill | None = None
    """The skill that the first attempt began with; None for a role that works without one."""
    left_out: list[str] = field(default_factory=list)
    """What of its material the model did not see, for want of room; a person is told."""

    @property
    def skill(self) -> Skill:
        """How the role does its work: the same over every attempt, whatever model is loaded."""
        if self.begun_with is None:
            raise LookupError(f"the role {self.role} works without a skill (core.hops.SKILLED)")
        return self.begun_with

    def call(self, position: str) -> CallContext:
        """Return the context of the call at ``position``; its id is the same after a crash."""
        return CallContext(
            call_id=f"{self.task_id}:{self.index}:{position}",
            task_id=self.task_id,
            correlation_id=self.correlation_id,
            hop_index=self.index,
            remaining_loops=self.remaining_loops,
            deadline_seconds=self.services.config.call_deadline_seconds,
        )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a role hands on: the message's recipient (None: the client), type and payload."""

    recipient: Role | None
    message_type: MessageType
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HopOutcome:
    """What a role did: the channels that change, and the message that it sends."""

    update: TaskState
    outgoing: Outgoing


RoleFunction = Callable[[TaskState, Hop], Awaitable[HopOutcome]]


class Node(Protocol):
    """A node of the graph."""

    async def __call__(self, state: TaskState) -> TaskState:
        """Return what changes in the state."""
        ...


def hop_node(role: Role, act: RoleFunction, services: WorkflowServices) -> Node:
    """Return the graph node that lets ``role`` act in a hop of its own.

    The start is durable before the role acts; the hop record and the message join the update,
    so that they become durable with the checkpoint.
    """

    async def node(state: TaskState) -> TaskState:
        hop = await _start(role, state, services)
        attributes: dict[str, tracing.AttributeValue] = {
            tracing.TASK_ID: hop.task_id,
            tracing.CORRELATION_ID: hop.correlation_id,
            tracing.HOP_INDEX: hop.index,
            tracing.ROLE: role.value,
            tracing.ATTEMPT: hop.attempt,
            tracing.REMAINING_LOOPS: hop.remaining_loops,
        }
        if hop.begun_with is not None:
            attributes[tracing.SKILL] = hop.begun_with.name
        name = "agent.route" if role is Role.ROUTER else "agent.hop"
        with tracing.span(name, attributes):
            outcome = await act(state, hop)
            return _update(hop, outcome)

    return node


async def _start(role: Role, state: TaskState, services: WorkflowServices) -> Hop:
    index = next_hop_index(state)
    check_hop(index - state.get("inherited_hops", 0), services.config.max_review_cycles)
    remaining = state["remaining_loops"]
    fitting = (await services.skills.for_loaded_model()).name if role in SKILLED else ""
    started = await services.journal.start_hop(
        state["task_id"], index, role.value, remaining, fitting
    )
    return Hop(
        task_id=state["task_id"],
        correlation_id=state["correlation_id"],
        index=index,
        role=role,
        attempt=started.attempt,
        remaining_loops=remaining,
        services=services,
        begun_with=services.skills.named(started.skill) if started.skill else None,
    )


def _update(hop: Hop, outcome: HopOutcome) -> TaskState:
    remaining = outcome.update.get("remaining_loops", hop.remaining_loops)
    with tracing.span("agent.message", {tracing.HOP_INDEX: hop.index}):
        sent = message(
            task_id=hop.task_id,
            correlation_id=hop.correlation_id,
            hop_index=hop.index,
            remaining_loops=remaining,
            sender=hop.role,
            recipient=outcome.outgoing.recipient,
            message_type=outcome.outgoing.message_type,
            payload=_payload(hop, outcome.outgoing),
            sent_at=hop.services.clock.now_iso(),
        )
    record = HopRecord(index=hop.index, role=hop.role.value, attempt=hop.attempt)
    return TaskState(**outcome.update, hops=[record], messages=[sent])


def _payload(hop: Hop, outgoing: Outgoing) -> Mapping[str, Any]:
    notes = "; ".join(dict.fromkeys(hop.left_out))
    return {**outgoing.payload, LEFT_OUT: notes} if notes else outgoing.payload
