"""What a task that works with tools may call next, and what it tells of what it called."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports import NoCall, ToolAnswer, ToolCall, ToolDescription, ToolResult, ToolStep
from core.state import CallRecord, TaskState
from core.tool_steps import (
    calls_so_far,
    changes_so_far,
    may_call,
    outcome_text,
    record_of,
    repeated,
    step_json,
    step_of_json,
)

READ = ToolDescription("read_file", "Reads.", {}, idempotent=True)
WRITE = ToolDescription("write_file", "Writes.", {}, idempotent=False)
TOOLS = [READ, WRITE]


def made(tool: str, ok: bool = True, output: str = "", **arguments: Any) -> CallRecord:
    return record_of(ToolCall(tool, arguments), ToolResult(ok, output))


def after(*calls: CallRecord) -> TaskState:
    return TaskState(tool_result=calls[-1], earlier_calls=list(calls[:-1]))


A = ToolCall("read_file", {"path": "a"})
READ_A, READ_B = made("read_file", output="one", path="a"), made("read_file", path="b")
NO_A = made("read_file", False, "no such file", path="a")
WROTE = made("write_file", path="a", content="x")


@pytest.mark.parametrize(
    ("calls", "again"),
    [
        ([], None),
        ([READ_B], None),
        ([READ_A], (True, "one")),
        ([READ_A, READ_B], (True, "one")),
        ([READ_A, WROTE], None),
        ([READ_A, made("write_file", False, "full", path="a")], (True, "one")),
        ([NO_A], (False, "no such file")),
        ([NO_A, WROTE], None),
    ],
)
def test_a_call_that_would_bring_nothing_else_is_not_made(
    calls: list[CallRecord], again: tuple[bool, str] | None
) -> None:
    state = after(*calls) if calls else TaskState()
    found = repeated(state, A, TOOLS)
    assert (None if found is None else (found.ok, found.output)) == again


def test_an_effect_that_is_asked_for_again_happens_again() -> None:
    wanted = ToolCall("write_file", {"path": "a", "content": "x"})
    assert repeated(after(WROTE), wanted, TOOLS) is None


def test_calls_end_at_their_number_and_at_the_second_repetition() -> None:
    calls = [made("read_file", path=f"{n}") for n in range(4)]
    assert may_call(after(*calls), 5)
    assert not may_call(after(*calls), 4)
    once = record_of(A, ToolResult(True, "one", {"repeated": True}))
    assert may_call(after(READ_A, once), 8)
    assert not may_call(after(READ_A, once, once), 8)
    assert may_call(TaskState(), 1)


def test_what_changed_is_told_without_long_texts() -> None:
    long = made("write_file", path="b", content="y" * 100)
    failed = made("write_file", False, path="c")
    changed = changes_so_far([READ_A, WROTE, long, failed], TOOLS)
    assert changed == ["write_file(a)", "write_file(b)"]


@given(st.text(), st.booleans())
def test_an_outcome_is_told_in_bounds(output: str, ok: bool) -> None:
    told = outcome_text(made("read_file", ok, output * 50))
    assert len(told) < 4_100
    assert told.startswith("failed: ") or ok
    assert told.strip()


def test_the_middle_of_a_long_outcome_is_left_out_with_a_note() -> None:
    told = outcome_text(made("read_file", output="a" * 500_000 + "z" * 500_000))
    assert told.startswith("aaa") and told.endswith("zzz")
    assert "[996000 characters are left out here]" in told


@pytest.mark.parametrize(
    "step",
    [
        ToolCall("read_file", {"path": "a"}, "I look.", last=True),
        ToolCall("read_file", {}),
        ToolAnswer("It is one."),
        NoCall("no tool fits"),
    ],
)
def test_a_step_is_decided_and_read_again(step: ToolStep) -> None:
    assert step_of_json(step_json(step)) == step


def test_a_decision_of_an_earlier_version_was_the_only_call() -> None:
    assert step_of_json(["read_file", {"path": "a"}]) == ToolCall(
        "read_file", {"path": "a"}, "", last=True
    )


def test_a_call_that_was_none_is_no_call() -> None:
    none = record_of(ToolCall("", {}), ToolResult(False, "no tool fits"))
    assert calls_so_far(TaskState(tool_result=none)) == []
