"""The state grows where it should, and the workflow's own rules hold on it."""

from __future__ import annotations

import json
from typing import get_type_hints

from langgraph.graph import END, START, StateGraph

from core.messages import MessageType, message
from core.state import HopRecord, TaskState, initial_state, next_hop_index

START_STATE = initial_state(
    task_id="t", correlation_id="c", text="hi", requested_workflow="", max_review_cycles=2
)


def test_a_new_task_has_all_its_loops_and_no_hop() -> None:
    assert START_STATE["remaining_loops"] == 2
    assert next_hop_index(START_STATE) == 0
    assert next_hop_index(TaskState()) == 0


def test_hops_and_messages_grow_and_everything_else_keeps_its_last_value() -> None:
    def first(state: TaskState) -> TaskState:
        return TaskState(hops=[HopRecord(index=0, role="router", attempt=1)], workflow="code")

    def second(state: TaskState) -> TaskState:
        record = HopRecord(index=next_hop_index(state), role="coder", attempt=2)
        return TaskState(hops=[record], workflow="answer", messages=[{"a": 1}])

    graph = StateGraph(TaskState)
    graph.add_node("first", first)
    graph.add_node("second", second)
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    graph.add_edge("second", END)
    ended = graph.compile().invoke(START_STATE)
    assert [hop["index"] for hop in ended["hops"]] == [0, 1]
    assert ended["workflow"] == "answer"
    assert ended["messages"] == [{"a": 1}]
    assert ended["text"] == "hi"


def test_the_state_is_plain_json() -> None:
    assert json.loads(json.dumps(START_STATE)) == START_STATE
    assert set(START_STATE) <= set(get_type_hints(TaskState))


def test_a_message_says_all_that_an_agent_message_holds() -> None:
    sent = message(
        task_id="t",
        correlation_id="c",
        hop_index=3,
        remaining_loops=1,
        sender="reviewer",
        recipient=None,
        message_type=MessageType.RESULT,
        content={"text": "done"},
        left_out=[{"kind": "code", "total": 1, "shown": 0, "in_part": 0}],
        sent_at="2026-01-01T00:00:00Z",
    )
    assert json.loads(json.dumps(sent)) == sent
    assert sent["message_id"] == "t:3:message"
    assert sent["sender"] == "reviewer"
    assert sent["content"] == {"text": "done"}
    assert [each["kind"] for each in sent["left_out"]] == ["code"]
    assert sent["remaining_loops"] == 1
    assert sent["correlation_id"] == "c"
