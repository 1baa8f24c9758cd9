"""The changes between two states lead from the first to the second, and say where."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.state_diff import Change, ChangeKind, apply, diff, path_text

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)
_STATES = st.dictionaries(st.sampled_from(["text", "review", "hops", "code"]), _VALUES)


@given(_STATES, _STATES)
def test_applying_the_changes_to_the_first_gives_the_second(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    untouched = json.dumps(before)
    assert apply(before, diff(before, after)) == after
    assert json.dumps(before) == untouched


@given(_STATES)
def test_a_state_does_not_differ_from_itself(state: dict[str, Any]) -> None:
    assert diff(state, json.loads(json.dumps(state))) == []


@given(_STATES, _STATES)
def test_the_way_back_undoes_it(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert apply(after, diff(after, before)) == before


def test_every_kind_of_change_names_its_path() -> None:
    before = {"review": {"approved": True, "output": ""}, "messages": [1, 2], "gone": 1}
    after = {"review": {"approved": False, "output": ""}, "messages": [1, 3, 4], "code": "x"}
    assert [(path_text(each.path), each.kind) for each in diff(before, after)] == [
        ("code", ChangeKind.ADDED),
        ("gone", ChangeKind.REMOVED),
        ("messages[1]", ChangeKind.CHANGED),
        ("messages[2]", ChangeKind.ADDED),
        ("review.approved", ChangeKind.CHANGED),
    ]


def test_a_truth_value_is_no_number_and_whole_numbers_are_one_kind() -> None:
    assert diff({"a": 1}, {"a": True}) == [Change(("a",), ChangeKind.CHANGED, 1, True)]
    assert diff({"a": 1}, {"a": 1.0}) == []


def test_a_list_that_shrinks_loses_its_last_entries_first() -> None:
    changes = diff({"a": [1, 2, 3]}, {"a": [1]})
    assert [path_text(each.path) for each in changes] == ["a[2]", "a[1]"]


def test_keys_that_are_no_names_are_quoted() -> None:
    assert path_text(("tool_result", "data", "a.b", 0, "c")) == 'tool_result.data["a.b"][0].c'
