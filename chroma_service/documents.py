"""Checks of what is to be ingested."""

from __future__ import annotations

from pathlib import PurePosixPath

from core.errors import InvalidInput, LimitExceeded
from shared.validation import require_text

MAX_BYTES = 8 * 1024 * 1024
_MARKDOWN = "text/markdown"
_PLAIN = "text/plain"
_PLAIN_ENDINGS = (
    ".txt .text .rst .log .csv .py .toml .yaml .yml .json .ini .cfg .sh .sql .proto .js .ts .html"
    " .css .c .h .cpp .rs .go .java"
)
_ENDINGS = {
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    "": _PLAIN,
    **dict.fromkeys(_PLAIN_ENDINGS.split(), _PLAIN),
}


def decode(source: str, content: bytes) -> str:
    """Return the text of a document. Raises: InvalidInput, LimitExceeded."""
    require_text(source, "source", max_bytes=1024)
    if len(content) > MAX_BYTES:
        raise LimitExceeded(
            f"{source} has {len(content)} bytes; at most {MAX_BYTES} are taken: split it"
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{source} is not UTF-8 text (byte {error.start})", "content") from error
    if "\0" in text:
        raise InvalidInput(f"{source} holds a NUL character: it is no text", "content")
    if not text.strip():
        raise InvalidInput(f"{source} is empty", "content")
    return text


def is_markdown(source: str, media_type: str) -> bool:
    """Say how to cut a document up, by its type or the ending of its name. Raises: InvalidInput."""
    known = media_type or _ENDINGS.get(PurePosixPath(source).suffix.lower(), "")
    if known not in (_MARKDOWN, _PLAIN):
        what = f"media type {media_type!r}" if media_type else f"the ending of {source!r}"
        raise InvalidInput(
            f"{what} is unknown: say {_PLAIN} or {_MARKDOWN} as media type", "media_type"
        )
    return known == _MARKDOWN
