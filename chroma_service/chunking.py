"""Cuts a document into passages that know their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

# MiniLM reads 254 tokens at once, about 1,000 characters of English.
_TARGET = 600
_LIMIT = 900
_HEADING = re.compile(r"(#{1,6})\s+(.*?)(?:\s+#+)?\s*$")
_FENCE = re.compile(r"\s*(```|~~~)")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: its text, its first and last line from 1, and the headings that it stands under.

    The outermost heading is the first; one with which the passage begins is the last.
    """

    text: str
    start_line: int
    end_line: int
    headings: tuple[str, ...] = ()

    def in_context(self, source: str) -> str:
        """Return the text behind the name of its document and its headings.

        A passage seldom names what it is about: "Apache 2.0" under "License" in diskcache.md.
        """
        return f"{' > '.join([PurePosixPath(source).stem, *self.headings])}\n{self.text}"

    @property
    def outline(self) -> str:
        """The headings as they are told."""
        return " > ".join(self.headings)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str


@dataclass(slots=True)
class _Piece:
    """Lines of a chunk to be, their size with a break each, and whether all are headings."""

    lines: list[_Line] = field(default_factory=list)
    headings: tuple[str, ...] = ()
    size: int = 0
    only_headings: bool = True

    def add(self, line: _Line) -> None:
        self.lines.append(line)
        self.size += len(line.text) + 1
        self.only_headings = self.only_headings and bool(not line.text or _HEADING.match(line.text))

    def take(self, other: _Piece) -> None:
        self.lines += other.lines
        self.size += other.size
        self.only_headings = self.only_headings and other.only_headings


class _Outline:
    """The headings that a place of a Markdown document stands under, the outermost first."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._open)

    def pass_by(self, line: str) -> None:
        """Take note of a block's first line, which closes the headings as deep as itself."""
        heading = _HEADING.match(line)
        if heading:
            depth = len(heading[1])
            self._open = [each for each in self._open if each[0] < depth]
            self._open.append((depth, heading[2]))


def chunk(text: str, *, markdown: bool) -> list[Chunk]:
    """Cut ``text`` into chunks of about 600 and at most 900 characters.

    A chunk ends where a paragraph does if it can; in Markdown also before each heading, and never
    inside a fenced block that fits. Every line that is not blank lies in some chunk. The time
    that it takes grows with the length of the text, whatever its lines look like.
    """
    pieces: list[_Piece] = []
    outline = _Outline()
    for block in _blocks(_lines(text), markdown=markdown):
        if markdown:
            outline.pass_by(block[0].text)
        for part in _fitting(block):
            part.headings = outline.headings
            if pieces and _joins(pieces[-1], part, markdown=markdown):
                pieces[-1].take(part)
            else:
                pieces.append(part)
    return [_chunk(piece.lines, piece.headings) for piece in pieces]


def _lines(text: str) -> list[_Line]:
    """Return the lines; one longer than a chunk becomes several with the same number."""
    found: list[_Line] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        start, end = 0, len(line.rstrip())
        while end - start > _LIMIT:
            cut = line.rfind(" ", start + _LIMIT // 2, start + _LIMIT)
            cut = cut if cut > 0 else start + _LIMIT
            found.append(_Line(number, line[start:cut]))
            start = cut
            while line[start].isspace():  # it ends, since the last character of the line is none
                start += 1
        found.append(_Line(number, line[start:end]))
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


def _fitting(block: Sequence[_Line]) -> Iterator[_Piece]:
    """Yield the block, or parts of it that fit into a chunk."""
    part = _Piece()
    for line in block:
        if part.lines and part.size + len(line.text) + 1 > _LIMIT:
            yield part
            part = _Piece()
        if line.text or part.lines:
            part.add(line)
    if part.lines:
        yield part


def _joins(piece: _Piece, part: _Piece, *, markdown: bool) -> bool:
    first = part.lines[0]
    size = piece.size + part.size + (first.number - piece.lines[-1].number)
    if size > _LIMIT or (markdown and _HEADING.match(first.text)):
        return False
    return (markdown and piece.only_headings) or size <= _TARGET


def _chunk(piece: Sequence[_Line], headings: tuple[str, ...]) -> Chunk:
    """Return the lines as they stand in the document, with the blank lines between them."""
    texts, last = [piece[0].text], piece[0].number
    for line in piece[1:]:
        # Two parts of one line too long for a chunk are parted by the blank that was cut there.
        texts += ["\n" * (line.number - last) if line.number > last else " ", line.text]
        last = line.number
    return Chunk("".join(texts).strip("\n"), piece[0].number, last, headings)
