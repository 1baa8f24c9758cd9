"""The channels of a task's state: plain JSON values, so that a checkpoint holds no code."""

from __future__ import annotations

from operator import add
from typing import Annotated, Any, TypedDict


class HopRecord(TypedDict):
    """A completed hop."""

    index: int
    role: str
    attempt: int


class PassageRecord(TypedDict):
    """A retrieved passage; lines count from 1, inclusive."""

    source: str
    start_line: int
    end_line: int
    text: str
    score: float


class SourceRecord(TypedDict):
    """A place that the result cites."""

    source: str
    start_line: int
    end_line: int


class ReviewRecord(TypedDict):
    """The reviewer's verdict on the present code."""

    approved: bool
    output: str
    assertions: list[str]


class TaskState(TypedDict, total=False):
    """What a checkpoint holds.

    ``messages`` and ``hops`` only grow; every other channel keeps its last value.
    """

    task_id: str
    correlation_id: str
    text: str
    requested_route: str
    route: str
    route_confidence: float
    route_reason: str
    remaining_loops: int
    passages: list[PassageRecord]
    code: str
    review: ReviewRecord
    tool_result: dict[str, Any]
    approved: bool
    result: str
    sources: list[SourceRecord]
    hops: Annotated[list[HopRecord], add]
    messages: Annotated[list[dict[str, Any]], add]


def initial_state(
    *, task_id: str, correlation_id: str, text: str, requested_route: str, max_review_cycles: int
) -> TaskState:
    """Return the state that a task starts with; ``requested_route`` is empty to let route."""
    return TaskState(
        task_id=task_id,
        correlation_id=correlation_id,
        text=text,
        requested_route=requested_route,
        remaining_loops=max_review_cycles,
        hops=[],
        messages=[],
    )


def next_hop_index(state: TaskState) -> int:
    """Return the index of the hop that comes next: one for each that is completed."""
    return len(state.get("hops", []))
