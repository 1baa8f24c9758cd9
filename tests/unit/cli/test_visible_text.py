"""Text from anywhere loses what a terminal obeys, and nothing else."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.visible_text import ENCODING_ERRORS, first_line, one_line, visible, visible_json

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
ANY_TEXT = st.text(
    st.characters()
    | st.characters(categories=["Cc", "Cf", "Cs"])
    | st.sampled_from("\x1b\x9b\x07\r\n\t\u202e\udce9")
)


@given(ANY_TEXT)
def test_what_is_shown_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    shown = visible(text)
    assert OBEYED.search(shown) is None
    assert visible(shown) == shown
    shown.encode()


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]) | st.sampled_from("\n\t")))
def test_what_people_write_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b2J", "\\x9b2J"),
        ("a\rb", "a\\x0db"),
        ("a\r\nb", "a\nb"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("\x7f\x00", "\\x7f\\x00"),
        ("\u0645\u200f \u05d0\u200e 👩\u200d💻", "\u0645\u200f \u05d0\u200e 👩\u200d💻"),
    ],
)
def test_a_character_is_spelled_as_programmers_know_it(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.recursive(ANY_TEXT | st.integers() | st.booleans(), lambda each: st.lists(each)),
       st.booleans())  # fmt: skip
def test_json_means_the_same(value: object, ascii_only: bool) -> None:
    text = visible_json(json.dumps({"a": value}, ensure_ascii=False), ascii_only=ascii_only)
    assert OBEYED.search(text) is None
    assert text.isascii() or not ascii_only
    whole = json.loads(re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(value, ensure_ascii=False)))
    assert json.loads(text) == {"a": whole}


@given(ANY_TEXT, st.sampled_from(["ascii", "latin-1", "cp1252", "utf-8", "koi8-r", "shift_jis"]))
def test_every_text_can_be_written_in_every_encoding(text: str, encoding: str) -> None:
    text.encode(encoding, errors=ENCODING_ERRORS).decode(encoding)


def test_marks_have_like_characters_in_ascii() -> None:
    marks = "✓ ✗ ● ◆ ▸ ↻ ■ … → · █ é 💥"
    assert marks.encode("ascii", errors=ENCODING_ERRORS) == (
        b"+ x * * > ~ # ... -> - # \\xe9 \\U0001f4a5"
    )


@given(ANY_TEXT, st.integers(2, 100))
def test_a_line_of_a_list_is_one_line_and_short(text: str, characters: int) -> None:
    line = first_line(text, characters)
    assert len(line) <= characters + 2
    assert "\n" not in line and "\t" not in line
    assert OBEYED.search(line) is None
    assert bool(line) == bool(visible(text).strip())
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hello", "hello"),
        ("\n\n  hello   there \n", "hello there"),
        ("hello\nmore", "hello …"),
        ("x" * 30, "x" * 19 + "…"),
        ("x" * 20, "x" * 20),
        ("", ""),
    ],
)
def test_a_list_has_the_first_line_and_says_when_there_is_more(text: str, line: str) -> None:
    assert first_line(text, 20) == line
