"""Cuts a document into passages that know their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# MiniLM reads 254 tokens at once, about 1,000 characters of English.
_TARGET = 600
_LIMIT = 900
_HEADING = re.compile(r"#{1,6}\s")
_FENCE = re.compile(r"\s*(```|~~~)")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: its text, and its first and last line from 1."""

    text: str
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str


def chunk(text: str, *, markdown: bool) -> list[Chunk]:
    """Cut ``text`` into chunks of about 600 and at most 900 characters.

    A chunk ends where a paragraph does if it can; in Markdown also before each heading, and never
    inside a fenced block that fits. Every line that is not blank lies in some chunk.
    """
    pieces: list[list[_Line]] = []
    for block in _blocks(_lines(text), markdown=markdown):
        for part in _fitting(block):
            if pieces and _joins(pieces[-1], part, markdown=markdown):
                pieces[-1].extend(part)
            else:
                pieces.append(list(part))
    return [_chunk(piece) for piece in pieces]


def _lines(text: str) -> list[_Line]:
    """Return the lines; one longer than a chunk becomes several with the same number."""
    found: list[_Line] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        rest = line.rstrip()
        while len(rest) > _LIMIT:
            cut = rest.rfind(" ", _LIMIT // 2, _LIMIT)
            cut = cut if cut > 0 else _LIMIT
            found.append(_Line(number, rest[:cut]))
            rest = rest[cut:].lstrip()
        found.append(_Line(number, rest))
    return found


def _blocks(lines: Sequence[_Line], *, markdown: bool) -> Iterator[list[_Line]]:
    """Yield paragraphs, headings and fenced blocks."""
    block: list[_Line] = []
    fence = ""
    for line in lines:
        mark = _FENCE.match(line.text) if markdown else None
        heading = markdown and not fence and bool(_HEADING.match(line.text))
        if block and not fence and (heading or not line.text or mark):
            yield block
            block = []
        if line.text or fence:
            block.append(line)
        if mark and not fence:
            fence = mark.group(1)
        elif (mark and mark.group(1) == fence) or (heading and block):
            yield block
            block, fence = [], ""
    if any(line.text for line in block):
        yield block


def _fitting(block: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Yield the block, or parts of it that fit into a chunk."""
    part: list[_Line] = []
    for line in block:
        if part and _size(part) + len(line.text) + 1 > _LIMIT:
            yield part
            part = []
        if line.text or part:
            part.append(line)
    if part:
        yield part


def _joins(piece: Sequence[_Line], part: Sequence[_Line], *, markdown: bool) -> bool:
    size = _size(piece) + _size(part) + (part[0].number - piece[-1].number)
    if size > _LIMIT or (markdown and _HEADING.match(part[0].text)):
        return False
    only_heading = markdown and all(_HEADING.match(line.text) for line in piece if line.text)
    return only_heading or size <= _TARGET


def _chunk(piece: Sequence[_Line]) -> Chunk:
    """Return the lines as they stand in the document, with the blank lines between them."""
    text, last = piece[0].text, piece[0].number
    for line in piece[1:]:
        # Two parts of one line too long for a chunk are parted by the blank that was cut there.
        text += "\n" * (line.number - last) if line.number > last else " "
        text += line.text
        last = line.number
    return Chunk(text.strip("\n"), piece[0].number, last)


def _size(lines: Sequence[_Line]) -> int:
    return sum(len(line.text) + 1 for line in lines)
