"""Chunks say truly which lines they hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chroma_service.chunking import chunk
from chroma_service.documents import decode, is_markdown
from core.errors import InvalidInput, LimitExceeded

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


def test_a_fenced_block_that_fits_stays_whole() -> None:
    code = "```python\n# no heading\n\nx = 1\n```"
    text = "para " * 110 + "\n\n" + code + "\n"
    assert any(code in each.text for each in chunk(text, markdown=True))


def test_a_long_line_is_cut_and_keeps_its_number() -> None:
    chunks = chunk("short\n\n" + "word " * 500, markdown=False)
    assert {(each.start_line, each.end_line) for each in chunks[1:]} == {(3, 3)}


def test_what_is_no_document_is_refused() -> None:
    for content in (b"", b" \n", b"\xff", b"a\0b"):
        with pytest.raises(InvalidInput):
            decode("a.md", content)
    with pytest.raises(InvalidInput):
        decode("", b"text")
    with pytest.raises(LimitExceeded):
        decode("a.md", b"x" * (8 * 1024 * 1024 + 1))


def test_the_type_decides_else_the_ending() -> None:
    assert is_markdown("a.md", "")
    assert not is_markdown("a.txt", "")
    assert is_markdown("a.txt", "text/markdown")
    for source, media_type in (("a.exe", ""), ("a.md", "application/pdf")):
        with pytest.raises(InvalidInput):
            is_markdown(source, media_type)
