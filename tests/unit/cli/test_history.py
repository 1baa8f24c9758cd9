"""What people write and read about the history of a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.checkpoint_names import named_checkpoint
from cli.edits import parse_edits
from cli.output import SafeConsole
from cli.view.event_view import event_line
from cli.view.history_view import (
    change_json,
    change_lines,
    checkpoint_json,
    checkpoint_table,
    state_json,
)
from cli.view.task_view import details
from core.errors import InvalidInput, NotFound
from shared.clients.structs import to_value
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

FORKED = "01a1fc85-c72b-711a-becc-59c323955830"


def checkpoint(checkpoint_id: str, hop: int | None) -> pb.Checkpoint:
    made = pb.Checkpoint(checkpoint_id=checkpoint_id, remaining_loops=2)
    if hop is not None:
        made.hop_index = hop
        made.role = "router"
        made.next_roles.append("coder")
    made.created_at.FromJsonString("2026-01-02T03:04:05.678Z")
    return made


# Newest first; hop 1 was done twice over, as in a task that was tried again.
KNOWN = [
    checkpoint("1f0c-33", 2),
    checkpoint("1f0c-22", 1),
    checkpoint("1f0b-11", 1),
    checkpoint("2f0a-00", None),
]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("start", "2f0a-00"),
        ("2", "1f0c-33"),
        ("1", "1f0c-22"),
        ("1f0b", "1f0b-11"),
        ("1F0C-3", "1f0c-33"),
        ("2f", "2f0a-00"),
    ],
)
def test_checkpoints_go_by_hop_and_by_the_start_of_their_id(name: str, meant: str) -> None:
    assert named_checkpoint(KNOWN, name) == meant


def test_a_name_that_means_several_or_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="2 checkpoints begin with"):
        named_checkpoint(KNOWN, "1f0c")
    with pytest.raises(NotFound, match="hop start, 1, 1, 2"):
        named_checkpoint(KNOWN, "7")
    with pytest.raises(NotFound):
        named_checkpoint(KNOWN, "")


def test_edits_are_json_or_text_or_a_file(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("def f(x):\n    return x\n", encoding="utf-8")
    words = ["text=a = b", "remaining_loops=2", 'review={"approved": false}', f"code=@{code}"]
    assert parse_edits(words) == {
        "text": "a = b",
        "remaining_loops": 2,
        "review": {"approved": False},
        "code": "def f(x):\n    return x\n",
    }


@pytest.mark.parametrize("word", ["text", "=x", "code=@/no/such/file", "remaining_loops=NaN"])
def test_edits_of_another_form_are_refused(word: str) -> None:
    with pytest.raises(InvalidInput):
        parse_edits([word])


def test_an_edit_given_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="twice"):
        parse_edits(["text=a", "text=b"])


def test_a_checkpoint_before_the_first_hop_has_none() -> None:
    shown = checkpoint_json(KNOWN[-1])
    assert (shown["hop_index"], shown["role"], shown["next_roles"]) == (None, None, [])
    assert checkpoint_json(checkpoint("a", 0))["hop_index"] == 0
    answer = pb.GetCheckpointResponse(checkpoint=KNOWN[0])
    answer.state.update({"remaining_loops": 2})
    assert state_json(answer)["state"] == {"remaining_loops": 2}


def test_the_table_never_cuts_an_id() -> None:
    console = SafeConsole(width=80, record=True)
    console.print(checkpoint_table([checkpoint(FORKED, 3), checkpoint(FORKED, None)]))
    shown = console.export_text()
    assert shown.count(FORKED) == 2
    assert "start" in shown
    assert shown.count("03:04:05") == 2


def change(kind: str, before: object = None, after: object = None) -> pb.StateChange:
    made = pb.StateChange(path="review.approved", kind=f"CHANGE_KIND_{kind}")
    if kind != "ADDED":
        made.before.CopyFrom(to_value(before))
    if kind != "REMOVED":
        made.after.CopyFrom(to_value(after))
    return made


def test_changes_keep_null_apart_from_nothing() -> None:
    assert change_json(change("CHANGED", None, 3)) == {
        "path": "review.approved",
        "kind": "changed",
        "before": None,
        "after": 3,
    }
    assert "before" not in change_json(change("ADDED", after=1))
    assert "after" not in change_json(change("REMOVED", before=1))


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        (change("CHANGED", True, False), ["~ review.approved  true → false"]),
        (change("ADDED", after="[red]x[/]"), ['+ review.approved  "[red]x[/]"']),
        (change("REMOVED", before=[1]), ["- review.approved  [1]"]),
        (
            change("CHANGED", "a\nb\nc", "a\nB\nc"),
            ["~ review.approved", "    @@ -1,3 +1,3 @@", "     a", "    -b", "    +B", "     c"],
        ),
        (change("ADDED", after="a\nb"), ["+ review.approved", "    a", "    b"]),
    ],
)
def test_a_change_shows_what_was_and_what_is(made: pb.StateChange, lines: list[str]) -> None:
    assert [str(line) for line in change_lines(made)] == lines


def test_a_fork_says_where_it_comes_from() -> None:
    origin = pb.ForkedFrom(task_id=FORKED, checkpoint_id="c", inherited_hops=2)
    accepted = pb.Accepted(forked_from=origin, edited=["code", "text"])
    event = pb.TaskEvent(type=pb.EVENT_TYPE_ACCEPTED, accepted=accepted)
    line = str(event_line(event, 0))
    assert line.endswith(f"forked from {FORKED} after 2 hops, with another code, text")
    console = SafeConsole(width=120, record=True)
    task = pb.Task(forked_from_task_id=FORKED, forked_from_checkpoint_id="c")
    console.print(details(task, []))
    console.print(details(pb.Task(), []))
    assert console.export_text().count("forked from") == 1
