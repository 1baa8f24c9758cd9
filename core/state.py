"""The channels of a task's state: plain JSON values, so that a checkpoint holds no code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import add
from typing import Annotated, Any, NotRequired, TypedDict

# The longest request, in bytes of UTF-8.
MAX_TEXT_BYTES = 64 * 1024


class HopRecord(TypedDict):
    """A completed hop."""

    index: int
    role: str
    attempt: int


class PassageRecord(TypedDict):
    """A retrieved passage; lines count from 1, inclusive.

    ``headings`` as in `core.ports.Passage`; states of earlier versions have none.
    """

    source: str
    start_line: int
    end_line: int
    text: str
    score: float
    headings: NotRequired[str]


class SourceRecord(TypedDict):
    """A place that the result cites."""

    source: str
    start_line: int
    end_line: int


def source_of(passage: PassageRecord) -> SourceRecord:
    """Return the place of a passage."""
    return SourceRecord(
        source=passage["source"],
        start_line=passage["start_line"],
        end_line=passage["end_line"],
    )


class ReviewRecord(TypedDict):
    """The reviewer's verdict on the present code."""

    approved: bool
    output: str
    assertions: list[str]


class CallRecord(TypedDict):
    """A tool call that a task made, and what came of it.

    No ``tool``: nothing was called, and ``output`` says why. ``thought`` is why, in the model's
    words; calls of earlier versions of the agent have none.
    """

    tool: str
    arguments: dict[str, Any]
    ok: bool
    output: str
    data: dict[str, Any]
    thought: NotRequired[str]


class ExchangeRecord(TypedDict):
    """What an earlier task of the same context asked, what it got, and the workflow it took."""

    text: str
    answer: str
    workflow: str


class TaskState(TypedDict, total=False):
    """What a checkpoint holds.

    ``messages`` and ``hops`` only grow; every other channel keeps its last value.
    ``route_scores`` holds the probability of every workflow, and nothing when the client chose.
    ``note`` is what the skill that wrote the code noted about it, for itself alone.
    ``tool_result`` is the last tool call, ``earlier_calls`` are those before. ``calls_more`` says
    that the operator goes on, ``tool_answer`` is what it says at the end.
    ``conversation`` is what was said in the task's context before it, oldest first.
    ``inherited_hops`` counts the hops that a fork took over; they are none of its own.
    """

    task_id: str
    correlation_id: str
    text: str
    requested_workflow: str
    collection: str
    conversation: list[ExchangeRecord]
    workflow: str
    route_confidence: float
    route_reason: str
    route_scores: dict[str, float]
    remaining_loops: int
    passages: list[PassageRecord]
    code: str
    note: dict[str, Any]
    review: ReviewRecord
    tool_result: CallRecord
    earlier_calls: list[CallRecord]
    calls_more: bool
    tool_answer: str
    approved: bool
    result: str
    sources: list[SourceRecord]
    inherited_hops: int
    hops: Annotated[list[HopRecord], add]
    messages: Annotated[list[dict[str, Any]], add]


def initial_state(
    *,
    task_id: str,
    correlation_id: str,
    text: str,
    requested_workflow: str,
    max_review_cycles: int,
    collection: str = "",
    conversation: Sequence[ExchangeRecord] = (),
) -> TaskState:
    """Return the state that a task starts with; no ``requested_workflow`` lets the router decide.

    An empty ``collection`` of documents is the default one; ``conversation`` is what was said in
    the task's context before it.
    """
    state = TaskState(
        task_id=task_id,
        correlation_id=correlation_id,
        text=text,
        requested_workflow=requested_workflow,
        collection=collection,
        remaining_loops=max_review_cycles,
        hops=[],
        messages=[],
    )
    if conversation:
        state["conversation"] = [*conversation]
    return state


# What the end of a task writes: a fork makes its own.
OUTCOME_CHANNELS = frozenset({"approved", "result", "sources"})


def forked_state(
    source: Mapping[str, Any], edits: Mapping[str, Any], *, task_id: str, correlation_id: str
) -> TaskState:
    """Return the state that a fork starts with: ``source`` with ``edits``, less its outcome.

    Hops and messages are kept as they were, so that the fork's own go on from there.
    """
    kept = {name: value for name, value in source.items() if name not in OUTCOME_CHANNELS}
    forked = TaskState(**{**kept, **edits})  # type: ignore[typeddict-item]
    forked["task_id"] = task_id
    forked["correlation_id"] = correlation_id
    forked["inherited_hops"] = next_hop_index(forked)
    if "workflow" in edits:
        forked["route_confidence"] = 1.0
        forked["route_reason"] = "chosen by the client"
        forked["route_scores"] = {}
    return forked


def next_hop_index(state: TaskState) -> int:
    """Return the index of the hop that comes next: one for each that is completed."""
    return len(state.get("hops", []))
