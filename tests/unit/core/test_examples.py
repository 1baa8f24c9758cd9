"""Examples in a request become assertions as they are written; other values do not."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.examples import examples_for, examples_in
from core.literals import is_literal, literals

CODE = "def double(x):\n    return x"


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ("double(2) == 4", ["double(2) == 4"]),
        ("`double(2)` returns `4`.", ["double(2) == 4"]),
        ("double(2) should be 4, double(3) should return 6", ["double(2) == 4", "double(3) == 6"]),
        ("double(2) => 4; double(0) → 0", ["double(2) == 4", "double(0) == 0"]),
        ("so that double(2) equals 4 and double(-1) is -2", ["double(2) == 4", "double(-1) == -2"]),
        (">>> double(2)\n4\n>>> double('a')\n'aa'", ["double(2) == 4", "double('a') == 'aa'"]),
        ("double(True) returns true", ["double(True) == True"]),
        ("double('Hello World') -> hello-world", ["double('Hello World') == 'hello-world'"]),
        ("double(500) -> 1,000", ["double(500) == 1000"]),
        ("double(1.25) gives 2.5.", ["double(1.25) == 2.5"]),
        ("double('a)b') -> 'a)ba)b'", ["double('a)b') == 'a)ba)b'"]),
        ("double({'a': [1]}) returns {'a': [1, 1]}", ["double({'a': [1]}) == {'a': [1, 1]}"]),
        ("double(7) -> 3, 1", ["double(7) == (3, 1)"]),
        ("double(range(3)) -> [0, 2, 4]", ["double(range(3)) == [0, 2, 4]"]),
        ("double(2) returns 5 but it should return 4", []),
    ],
)
def test_calls_with_their_values(text: str, checks: list[str]) -> None:
    assert examples_in(text, ["double"]) == [f"assert {check}" for check in checks]


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ("format seconds: for 3661 it gives '1:01:01'", ["double(3661) == '1:01:01'"]),
        ("seconds as h:mm:ss, e.g. 3661 -> 1:01:01", ["double(3661) == '1:01:01'"]),
        ("reverse a list: [1,2] becomes [2,1]", ["double([1,2]) == [2,1]"]),
        ("5 -> 120, 0 -> 1", ["double(5) == 120", "double(0) == 1"]),
        ("so 5 becomes 25 and 6 becomes 36", ["double(5) == 25", "double(6) == 36"]),
        ("given “abc” return “cba”", ["double('abc') == 'cba'"]),
        ("it turns 'ab' into 'ba'", ["double('ab') == 'ba'"]),
        ("Input: [1, 2]\nOutput: [2, 1]", ["double([1, 2]) == [2, 1]"]),
        ("returns 2 for [1, 2, 3]", ["double([1, 2, 3]) == 2"]),
        ("double(2) -> 4, 5 -> 10", ["double(2) == 4", "double(5) == 10"]),
        ("e.g. `1994` yields `MCMXCIV1`", ["double(1994) == 'MCMXCIV1'"]),
    ],
)
def test_values_that_give_others(text: str, checks: list[str]) -> None:
    assert examples_in(text, ["double"]) == [f"assert {check}" for check in checks]


@pytest.mark.parametrize(
    "text",
    [
        "the sum of 3 and 4 gives 7",
        "returns 0 for 2 lists",
        "double(x) -> int",
        "double(lst) -> [1]",
        "replace 'a' by 'b'",
        "turn every 'a' into 'b'",
        "numbers from 1 to 10",
        "in 10:30 format",
        "primes: 10 should give 2, 3, 5, 7",
        "1 gives 1, 2, 3, ...",
        "[1,2] gives [1] and [2]",
        "38 becomes 11 becomes 2",
        "python gives 2 for 2.5 but I want 3",
        "pad to 5 with '0'",
        "triple(2) -> 6",
    ],
)
def test_what_is_no_example(text: str) -> None:
    assert examples_in(text, ["double"]) == []


def test_as_many_values_as_there_are_parameters_are_its_arguments() -> None:
    code = "def add(a, b, c=0):\n    return a + b + c"
    assert examples_for(code, "2, 3 -> 5") == ["assert add(2, 3) == 5"]
    assert examples_for(code, "for 2 and 3 return 5") == ["assert add(2, 3) == 5"]
    assert examples_for(code, "(2, 3) -> 5") == ["assert add(2, 3) == 5"]
    assert examples_for(code, "with 3 gives 5") == []
    assert examples_for(CODE, "(2, 3) -> 5") == ["assert double((2, 3)) == 5"]
    assert examples_for("class A:\n    pass", "5 -> 6, A() -> 7") == ["assert A() == 7"]


def test_values_are_about_the_function_that_was_asked_for() -> None:
    code = "def twice(x):\n    return helper(x)\n\ndef helper(x):\n    return 2 * x"
    assert examples_for(code, "a function called twice: 2 -> 4") == ["assert twice(2) == 4"]


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=2),
    max_leaves=5,
)
_GIVES = st.sampled_from(["->", "==", "=>", "returns", "should be", "gives", "must return"])


@given(
    given=_VALUES, gives=_GIVES, wanted=_VALUES, end=st.sampled_from(["", ".", ", please", "\n"])
)
def test_every_value_is_kept_as_it_is(given: object, gives: str, wanted: object, end: str) -> None:
    [check] = examples_in(f"I want double({given!r}) {gives} {wanted!r}{end}", ["double"])
    test = ast.parse(check).body[0]
    assert isinstance(test, ast.Assert)
    assert isinstance(test.test, ast.Compare)
    assert ast.literal_eval(test.test.comparators[0]) == wanted
    assert isinstance(test.test.left, ast.Call)
    assert ast.literal_eval(test.test.left.args[0]) == given


@given(st.text(max_size=60))
def test_any_text_gives_usable_assertions(text: str) -> None:
    for check in examples_in(f"double({text}) -> {text} 5 -> {text}", ["double"]):
        assert isinstance(ast.parse(check).body[0], ast.Assert)
    assert all(is_literal(each.written) for each in literals(text))


@pytest.mark.parametrize("piece", ["(", "[1, ", "1 -> ", "'a", "double(", "double(2) -> 4, ", "1 "])
def test_the_longest_request_is_read_too(piece: str) -> None:
    text = piece * (64 * 1024 // len(piece))
    assert len(examples_in(text, ["double"])) <= 1
