"""The values in a text are found at every place at which one begins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.literals import Literal, literal_at, literals

_PIECES = [
    *("True", "False", "None", "null", "true", "false", "set()", "b'x'", 'rb"y"', "u'z'", "R'w'"),
    *("12", "-3.5", "+4", ".5", "1,000", "2e-3", "٣", "‘a’", "“b”", "(1, 2)", "[3]", "{'a': 1}"),
    *("a", "x.", " ", "_", "-", ",", "'", '"', "(", "]", "\\", "\n", "%", ":"),
]


def _every_place(text: str) -> list[Literal]:
    found, at = [], 0
    while at < len(text):
        here = literal_at(text, at)
        if here is not None:
            found.append(here)
        at = here.end if here else at + 1
    return found


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_no_place_at_which_a_value_begins_is_passed_over(text: str) -> None:
    assert literals(text) == _every_place(text)
