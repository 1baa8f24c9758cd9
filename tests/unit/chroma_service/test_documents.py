"""What is text is read whatever marks it, and what is none is refused."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chroma_service.chunking import chunk
from chroma_service.documents import collection_name, decode, media_type, require_size
from core.errors import InvalidInput, LimitExceeded
from shared.document_types import DOCX, HTML, MARKDOWN, PDF, PLAIN

_TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\ufeff"))
_MARKED = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@given(_TEXT, st.sampled_from([*_MARKED]))
def test_a_mark_says_the_encoding_and_is_gone(text: str, encoding: str) -> None:
    text = f"# {text}"
    assert decode("a.md", _MARKED[encoding] + text.encode(encoding)) == text
    assert decode("a.md", text.encode()) == text


@pytest.mark.parametrize("encoding", _MARKED)
def test_the_first_heading_behind_a_mark_is_seen(encoding: str) -> None:
    text = "# One\n\nalpha\n\n# Two\n\nbeta\n"
    decoded = decode("a.md", _MARKED[encoding] + text.encode(encoding))
    assert [each.text for each in chunk(decoded, markdown=True)] == [
        "# One\n\nalpha",
        "# Two\n\nbeta",
    ]


@pytest.mark.parametrize("encoding", _MARKED)
@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t \r\n", "\ufeff", "\u00a0\u2003"])
def test_nothing_but_a_mark_and_blanks_is_empty(text: str, encoding: str) -> None:
    for content in (_MARKED[encoding] + text.encode(encoding), text.encode()):
        with pytest.raises(InvalidInput, match="is empty"):
            decode("a.md", content)


@pytest.mark.parametrize(
    "content",
    [
        "Größe".encode("latin-1"),
        "Größe".encode("utf-16-le"),
        b"\x7fELF\x02\x01\x01\0\0",
        codecs.BOM_UTF16_LE + b"a",
        b"a\0b",
    ],
)
def test_what_is_no_text_is_refused_and_no_encoding_is_guessed(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="a"):
        decode("a.md", content)


@pytest.mark.parametrize("name", ["", "default"])
def test_the_default_collection(name: str) -> None:
    assert collection_name(name) == "default"


@pytest.mark.parametrize("name", [" ", "a/b", "..", "-a", "é", "a b", "x" * 65, "a\n"])
def test_what_is_no_name_of_a_collection(name: str) -> None:
    with pytest.raises(InvalidInput):
        collection_name(name)


def test_a_document_has_a_size() -> None:
    require_size("a.md", b"x" * (8 * 1024 * 1024))
    with pytest.raises(LimitExceeded):
        require_size("a.md", b"x" * (8 * 1024 * 1024 + 1))


@pytest.mark.parametrize(
    ("source", "given", "found"),
    [
        ("a.md", "", MARKDOWN),
        ("/x/README.MD", "", MARKDOWN),
        ("NOTES.TXT", "", PLAIN),
        ("a.Rst", "", PLAIN),
        ("a.CSV", "", PLAIN),
        ("main.rs", "", PLAIN),
        ("LICENSE", "", PLAIN),
        ("a.Htm", "", HTML),
        ("a.PDF", "", PDF),
        ("a.docx", "", DOCX),
        ("a.txt", MARKDOWN, MARKDOWN),
        ("a.exe", PLAIN, PLAIN),
    ],
)
def test_the_type_decides_else_the_ending(source: str, given: str, found: str) -> None:
    assert media_type(source, given) == found


@pytest.mark.parametrize(("source", "given"), [("a.exe", ""), ("data", ""), ("a.md", "image/png")])
def test_a_type_that_nobody_knows_is_refused(source: str, given: str) -> None:
    with pytest.raises(InvalidInput):
        media_type(source, given)
