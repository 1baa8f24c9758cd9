"""Reading code and assertions out of text."""

from __future__ import annotations

import pytest

from core.code_text import (
    defined_names,
    extract_code,
    syntax_error,
    usable_assertions,
)
from core.examples import examples_in

CODE = "def double(x):\n    return 2 * x"


@pytest.mark.parametrize(
    "text",
    [CODE, f"Here it is:\n```python\n{CODE}\n```\nEnjoy.", f"```\n{CODE}\n```", f"```py\n{CODE}"],
)
def test_code_is_found_with_and_without_a_fence(text: str) -> None:
    assert extract_code(text) == CODE


def test_broken_code_defines_nothing_and_says_why() -> None:
    assert defined_names("def f(:") == []
    assert "SyntaxError" in syntax_error("def f(:")


def test_examples_of_the_request_become_assertions() -> None:
    text = "write double, e.g. double(2) -> 4, and double([1]) == [1, 1]. triple(1) -> 3"
    assert examples_in(text, ["double"]) == [
        "assert double(2) == 4",
        "assert double([1]) == [1, 1]",
    ]


def test_only_assertions_about_the_code_are_used() -> None:
    candidates = ["assert double(1) == 2", "assert True", "import os", "assert double(1 ==", ""]
    assert usable_assertions(candidates, ["double"]) == ["assert double(1) == 2"]


def test_an_example_is_found_behind_the_signature_that_comes_before_it() -> None:
    text = "write median(numbers) such that median([1, 2, 3]) == 2 and median((4, 6)) gives 5"
    assert examples_in(text, ["median"]) == [
        "assert median([1, 2, 3]) == 2",
        "assert median((4, 6)) == 5",
    ]
