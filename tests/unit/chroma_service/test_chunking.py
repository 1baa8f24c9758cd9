"""Chunks say truly which lines they hold."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chroma_service.chunking import chunk

_LINE = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=120)
_MARK = st.sampled_from(["", "", "# Heading", "## Other", "```", "~~~", "- item", "word " * 300])
_DOCUMENT = st.lists(_LINE | _MARK, max_size=60).map("\n".join)


@given(_DOCUMENT, st.booleans())
def test_a_chunk_is_the_text_of_its_lines(text: str, markdown: bool) -> None:
    lines = [line.rstrip() for line in text.split("\n")]
    for each in chunk(text, markdown=markdown):
        held = " ".join(" ".join(lines[each.start_line - 1 : each.end_line]).split())
        assert " ".join(each.text.split()) in held


@given(_DOCUMENT, st.booleans())
def test_every_line_that_is_not_blank_is_in_a_chunk_of_a_fair_size(
    text: str, markdown: bool
) -> None:
    chunks = chunk(text, markdown=markdown)
    covered = {n for each in chunks for n in range(each.start_line, each.end_line + 1)}
    for number, line in enumerate(text.split("\n"), start=1):
        assert not line.rstrip() or number in covered
    assert all(each.text.strip() and len(each.text) <= 900 for each in chunks)
    assert [each.start_line for each in chunks] == sorted(each.start_line for each in chunks)


def test_a_heading_starts_a_chunk_and_stays_with_what_follows() -> None:
    text = "# One\n\nalpha\n\n## Two\n\nbeta\n"
    assert [(each.text, each.start_line, each.end_line) for each in chunk(text, markdown=True)] == [
        ("# One\n\nalpha", 1, 3),
        ("## Two\n\nbeta", 5, 7),
    ]


def test_a_chunk_knows_the_headings_that_it_stands_under() -> None:
    text = "\n\n".join(
        ["before", "# C#  ", "one", "### Deep ##", "two", "```\n# no heading\n```", "## Next", "3"]
    )
    known = {line: each.headings for each in chunk(text, markdown=True) for line in [each.text]}
    assert known == {
        "before": (),
        "# C#\n\none": ("C#",),
        "### Deep ##\n\ntwo\n\n```\n# no heading\n```": ("C#", "Deep"),
        "## Next\n\n3": ("C#", "Next"),
    }
    assert [each.headings for each in chunk(text, markdown=False)] == [()]


def test_a_chunk_in_context_names_its_document_and_headings() -> None:
    [_, deep] = chunk("# A\n\none\n\n## B\n\ntwo", markdown=True)
    assert deep.in_context("docs/some.guide.md") == "some.guide > A > B\n## B\n\ntwo"


def test_a_fenced_block_that_fits_stays_whole() -> None:
    code = "```python\n# no heading\n\nx = 1\n```"
    text = "para " * 110 + "\n\n" + code + "\n"
    assert any(code in each.text for each in chunk(text, markdown=True))


def test_a_long_line_is_cut_and_keeps_its_number() -> None:
    chunks = chunk("short\n\n" + "word " * 500, markdown=False)
    assert {(each.start_line, each.end_line) for each in chunks[1:]} == {(3, 3)}


_UNITS = [
    "a",
    "ab ",
    "a\n",
    "\n",
    "word ",
    "\t",
    "# h\n",
    "```\n",
    "中",
    "a\r",
    "- x\n\n",
    "\u00a0",
    "#",
]


_LINES_A_CHARACTER = 30  # of Python, at most: for each of many short lines


@pytest.mark.parametrize("markdown", [True, False])
@pytest.mark.parametrize("frame", ["{}", "```\n{}\n```", "a{}b", "# x\n\n{}"])
@pytest.mark.parametrize("unit", _UNITS)
def test_the_work_grows_with_the_length_alone(unit: str, frame: str, markdown: bool) -> None:
    def work(size: int) -> int:
        text = frame.format(unit * (size // len(unit)))
        return _work_of(lambda: chunk(text, markdown=markdown))

    assert work(40_000) <= min(5 * work(10_000) + 10_000, 40_000 * _LINES_A_CHARACTER)


def _work_of(action: Callable[[], object]) -> int:
    """Count the lines of Python that run."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("text", ["x" * 900_000, "word " * 180_000, "a\n" * 450_000])
def test_a_very_long_document_is_cut_into_pieces_that_fit(text: str) -> None:
    chunks = chunk(text, markdown=False)
    assert sum(len(each.text.replace("\n", "").replace(" ", "")) for each in chunks) == len(
        text.replace("\n", "").replace(" ", "")
    )
    assert all(len(each.text) <= 900 for each in chunks)
