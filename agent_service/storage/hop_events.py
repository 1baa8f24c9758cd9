"""What a hop leaves behind: the event of its start, and what the checkpoint causes that ends it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_service.storage.progress import Progress
from agent_service.storage.records import EventType, NewEvent
from core.hops import LEFT_OUT
from core.ports import StartedHop
from core.roles.router import ROUTER
from core.roles.spec import RoleSpec
from core.workflows import Workflows


@dataclass(frozen=True, slots=True)
class HopStart:
    """A start of a hop that is to be recorded; ``skill`` is what fits the model now."""

    task_id: str
    hop_index: int
    role: str
    remaining_loops: int
    skill: str

    def after(self, starts: int, begun_with: str, at: str) -> tuple[StartedHop, NewEvent]:
        """Return the start that follows ``starts`` others, which named ``begun_with``, if any."""
        started = StartedHop(1 + starts, begun_with or self.skill)
        event = NewEvent(
            self.task_id,
            EventType.HOP_STARTED,
            at,
            hop_index=self.hop_index,
            role=self.role,
            attempt=started.attempt,
            remaining_loops=self.remaining_loops,
            detail={"skill": started.skill} if started.skill else {},
        )
        return started, event


@dataclass(frozen=True, slots=True)
class CompletedHop:
    """What a checkpoint causes that completes a hop: columns of the task's row, and events."""

    columns: Mapping[str, Any]
    events: Sequence[NewEvent]


def completed_hop(
    task_id: str,
    values: Mapping[str, Any],
    changed: Collection[str],
    at: str,
    workflows: Workflows,
) -> CompletedHop | None:
    """Return what a checkpoint of ``values`` causes; None when it completes no hop.

    ``changed`` names the channels that it changes; the roles of ``workflows`` say what of a hop a
    watcher sees.
    """
    hops = values.get("hops", [])
    # The first checkpoint of a fork completes no hop: those in it were completed elsewhere.
    if "hops" not in changed or len(hops) <= values.get("inherited_hops", 0):
        return None
    columns = {
        "progress": Progress.of_state(values).to_json(),
        "workflow": values.get("workflow", ""),
        "remaining_loops": values["remaining_loops"],
        "crashes": 0,  # a completed hop ends a row of crashes
        "updated_at": at,
    }
    return CompletedHop(columns, _events(task_id, values, at, workflows))


def _events(
    task_id: str, values: Mapping[str, Any], at: str, workflows: Workflows
) -> list[NewEvent]:
    hop = values["hops"][-1]
    role = workflows.role(hop["role"])
    remaining = values["remaining_loops"]
    common = {"hop_index": hop["index"], "role": hop["role"], "attempt": hop["attempt"]}
    completed = NewEvent(
        task_id,
        EventType.HOP_COMPLETED,
        at,
        remaining_loops=remaining,
        detail={**_seen(role, values), **_left_out(values)},
        **common,
    )
    if hop["role"] != ROUTER:
        return [completed]
    routed = NewEvent(
        task_id,
        EventType.ROUTED,
        at,
        remaining_loops=remaining,
        detail={
            "workflow": values["workflow"],
            "confidence": values["route_confidence"],
            "reason": values["route_reason"],
            "scores": values.get("route_scores", {}),
        },
        **common,
    )
    return [routed, completed]


def _seen(role: RoleSpec | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the role lets a watcher see, but for the key that is the frame's."""
    seen = role.seen(values) if role else {}
    return {name: value for name, value in seen.items() if name != LEFT_OUT}


def _left_out(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the hop's message says that the model did not see."""
    said = values["messages"][-1].get(LEFT_OUT) if values.get("messages") else None
    return {LEFT_OUT: said} if said else {}
