"""What may be edited in a fork, and what the fork's state is made of."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from core.errors import InvalidInput
from core.state import OUTCOME_CHANNELS, TaskState, forked_state
from core.state_edits import check_edits, editable
from core.workflows import BUILT_IN

REVIEW = {"approved": False, "output": "no", "assertions": ["assert f(1)"]}
PASSAGE = {"source": "a.md", "start_line": 1, "end_line": 2, "text": "x", "score": 1}
TOOL_RESULT = {"tool": "calculator", "arguments": {}, "ok": True, "output": "4", "data": {}}
OF_THE_WORKFLOW = {
    *("task_id", "correlation_id", "route_confidence", "route_reason", "route_scores"),
    *("inherited_hops", "hops", "messages", "note", "conversation"),
}


def test_every_channel_is_editable_or_known_not_to_be() -> None:
    assert set(editable(BUILT_IN)) | OF_THE_WORKFLOW | OUTCOME_CHANNELS == set(
        get_type_hints(TaskState)
    )
    assert not set(editable(BUILT_IN)) & (OF_THE_WORKFLOW | OUTCOME_CHANNELS)


@pytest.mark.parametrize(
    "edits",
    [
        {},
        {"text": "another request", "remaining_loops": 2},
        {"review": REVIEW, "code": ""},
        {"passages": [PASSAGE]},
        {"passages": []},
        {"passages": [{**PASSAGE, "end_line": 2**32 - 1}]},
        {"tool_result": TOOL_RESULT},
        {"workflow": "answer"},
    ],
)
def test_good_edits_pass(edits: dict[str, Any]) -> None:
    check_edits(edits, "researcher", 2, BUILT_IN)


@pytest.mark.parametrize(
    ("edits", "field"),
    [
        ({"task_id": "x"}, "edits.task_id"),
        ({"hops": []}, "edits.hops"),
        ({"messages": []}, "edits.messages"),
        ({"correlation_id": "x"}, "edits.correlation_id"),
        ({"result": "x"}, "edits.result"),
        ({"nonsense": 1}, "edits.nonsense"),
        ({"text": " \n"}, "edits.text"),
        ({"text": 4}, "edits.text"),
        ({"text": "ä" * 40_000}, "edits.text"),
        ({"remaining_loops": 3}, "edits.remaining_loops"),
        ({"remaining_loops": -1}, "edits.remaining_loops"),
        ({"remaining_loops": 0.5}, "edits.remaining_loops"),
        ({"remaining_loops": True}, "edits.remaining_loops"),
        ({"review": {**REVIEW, "approved": "no"}}, "edits.review.approved"),
        ({"review": {"approved": True}}, "edits.review"),
        ({"passages": [PASSAGE, {**PASSAGE, "start_line": 0}]}, "edits.passages[1].start_line"),
        ({"passages": [{**PASSAGE, "end_line": 2**32}]}, "edits.passages[0].end_line"),
        ({"workflow": "nowhere"}, "edits.workflow"),
        ({"workflow": "tool"}, "edits.workflow"),
        ({"requested_workflow": "tool"}, "edits.requested_workflow"),
    ],
)
def test_bad_edits_name_their_place(edits: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_edits(edits, "researcher", 2, BUILT_IN)
    assert refused.value.field == field


def test_before_the_first_hop_a_route_is_requested_and_not_taken() -> None:
    check_edits({"requested_workflow": "direct"}, "", 2, BUILT_IN)
    with pytest.raises(InvalidInput, match="requested_workflow"):
        check_edits({"workflow": "direct"}, "", 2, BUILT_IN)


def test_a_fork_keeps_what_was_done_and_not_how_it_ended() -> None:
    source = {
        **{"task_id": "old", "correlation_id": "c", "text": "a", "workflow": "code"},
        **{"hops": [{"index": 0, "role": "router", "attempt": 1}], "messages": [{"m": 1}]},
        **{"approved": True, "result": "r", "sources": []},
    }
    state = forked_state(source, {"text": "b"}, task_id="new", correlation_id="d")
    assert (state["task_id"], state["correlation_id"], state["text"]) == ("new", "d", "b")
    assert (state["hops"], state["messages"]) == (source["hops"], source["messages"])
    assert state["inherited_hops"] == 1
    assert not OUTCOME_CHANNELS & set(state)
    assert source["task_id"] == "old"
