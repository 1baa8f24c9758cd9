"""Checks of what is to be ingested, and the text of what is text."""

from __future__ import annotations

import codecs

from core.errors import InvalidInput, LimitExceeded
from shared.document_types import KNOWN, MAX_DOCUMENT_BYTES, media_type_of
from shared.validation import require_collection, require_text

MAX_SOURCE_BYTES = 4096
DEFAULT_COLLECTION = "default"
# The mark of UTF-32 starts with that of UTF-16, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def require_source(source: str) -> str:
    """Return the name of a source. Raises: InvalidInput."""
    return require_text(source, "source", max_bytes=MAX_SOURCE_BYTES)


def collection_name(name: str) -> str:
    """Return the collection that is meant; empty means the default one. Raises: InvalidInput."""
    return require_collection(name, "collection") or DEFAULT_COLLECTION


def require_size(source: str, content: bytes) -> None:
    """Refuse a document that is too long. Raises: LimitExceeded."""
    if len(content) > MAX_DOCUMENT_BYTES:
        raise LimitExceeded(
            f"{source} has {len(content)} bytes; at most {MAX_DOCUMENT_BYTES} are taken: split it"
        )


def decode(source: str, content: bytes) -> str:
    """Return the text of a document that is text, without a byte order mark.

    UTF-8 is read, and UTF-16 and UTF-32 that start with their mark; an encoding is never guessed,
    since a wrong guess would be found by nobody. Raises: InvalidInput.
    """
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", "utf-8")
    )
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{source} is no {encoding.upper()} text (byte {error.start + len(mark)}): save it as "
            "UTF-8, for example with iconv",
            "content",
        ) from error
    return require_content(source, text)


def require_content(source: str, text: str) -> str:
    """Return the text of a document if there is some. Raises: InvalidInput."""
    if "\0" in text:
        raise InvalidInput(
            f"{source} holds a NUL character: it is no text, or UTF-16 without its mark", "content"
        )
    if not text.strip().strip("\ufeff"):
        raise InvalidInput(f"{source} is empty", "content")
    return text


def media_type(source: str, given: str) -> str:
    """Return what a document is, by its type or the ending of its name. Raises: InvalidInput."""
    known = given or media_type_of(source)
    if known not in KNOWN:
        what = f"media type {given!r}" if given else f"the ending of {source!r}"
        raise InvalidInput(f"{what} is unknown: say one of {', '.join(KNOWN)}", "media_type")
    return known
