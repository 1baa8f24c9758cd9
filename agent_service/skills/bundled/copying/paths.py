"""Names of files and folders in a request."""

from __future__ import annotations

import re

from agent_service.skills.bundled.copying.spans import Piece, quoted, word_set
from agent_service.skills.bundled.copying.vocabulary import FILLERS

_TOKEN = re.compile(r"(?<![\w(=@])(?:~?/|\.{1,2}/)?[\w.][\w.+~@-]*(?:/[\w.+~@-]+)*/?(?![\w(=])")
_EXTENSION = re.compile(r"(?:^|.*[^.])\.[A-Za-z][A-Za-z0-9]{0,9}$|^\.\w[\w.]+$")
_NO_EXTENSION = frozenset({"e.g", "i.e", "a.m", "p.m", "etc", "u.s", "u.k"})
_KNOWN_FILES = word_set(
    "Makefile Dockerfile README LICENSE LICENCE CHANGELOG NOTICE AUTHORS Procfile Vagrantfile"
    " Jenkinsfile Gemfile makefile dockerfile"
)
_NAMED_FILE = re.compile(
    r"\bfile\s+(?:called|named)\s+(?P<after>[\w-]+)"
    r"|\b(?:the|my|a|this)\s+(?P<before>[\w-]+)\s+file\b(?!s)",
    re.IGNORECASE,
)
_FOLDER_WORD = r"(?:folder|directory|dir|subfolder|subdirectory)"
_NAMED_FOLDERS = (
    re.compile(rf"\b(?P<name>[\w.-]+)[ -]{_FOLDER_WORD}\b", re.IGNORECASE),
    re.compile(rf"\b{_FOLDER_WORD}\s+(?:called\s+|named\s+)?(?P<name>[\w.-]*\w)", re.IGNORECASE),
    re.compile(r"^grep\s+(?:-\w+\s+)+\S+\s+(?P<name>[\w.-]+)$"),
)
_PLACE = re.compile(
    r"\b(?:in|inside|into|under|within|below|beneath|from|through|(?:ls|dir)(?:\s+-\w+)*|list|search|grep"
    r"|(?:contents?|listing|files?|inside)\s+of)\s+"
    r"(?:the\s+|my\s+|our\s+)?(?P<name>\w[\w.-]*\w)"
    r"(?=\s*[.?!,]*$|\s+(?:please|for|and|folder|directory|is|are|right now|now|contain|have"
    r"|hold)\b"
    r"|[.?!,]\s)",
    re.IGNORECASE,
)
_NO_NAME = word_set(
    "a all an and any called contain contains content contents current everything file files"
    " folder folders for hold holds here home in is it list my named new of or our parent root"
    " same text that the there these this to top what which whole with working workspace"
    " your documents document notes project directory directories dir me each every detail"
    " short full"
)


def files(text: str) -> list[Piece]:
    """Return what looks like the name of a file: quoted, with an ending, or called one."""
    inside = quoted(text)
    found = [piece for piece in inside if _is_file(piece.value)]
    found += [piece for piece in _tokens(text, inside) if _is_file(piece.value)]
    if not found:
        found = [piece for piece in inside if _follows_file(text, piece)]
    if not found:
        found = _named(_NAMED_FILE, text, inside)
    return found


def folders(text: str) -> list[Piece]:
    """Return what looks like the name of a folder; files are none."""
    inside = quoted(text)
    found = [piece for piece in inside if _is_folder(piece.value) and _stands_as(text, piece)]
    found += [
        piece
        for piece in _tokens(text, inside)
        if "/" in piece.value and not _EXTENSION.match(piece.value)
    ]
    for pattern in (*_NAMED_FOLDERS, _PLACE):
        found += _named(pattern, text, inside)
    distinct = {(piece.start, piece.end): piece for piece in found if _is_folder(piece.value)}
    return list(distinct.values())


def _is_file(name: str) -> bool:
    if "\n" in name or len(name) > 200 or name.lower() in _NO_EXTENSION:
        return False
    last = name.rsplit("/", 1)[-1]
    return bool(_EXTENSION.match(last)) or last in _KNOWN_FILES


def _is_folder(name: str) -> bool:
    return "\n" not in name and len(name) <= 200 and not _is_file(name)


def _tokens(text: str, inside: list[Piece]) -> list[Piece]:
    found = []
    for match in _TOKEN.finditer(text):
        value = match[0].rstrip(".")
        if _is_apart(match.start(), inside) and not re.fullmatch(r"[\d./+-]*", value):
            found.append(Piece(value, match.start(), match.start() + len(value)))
    return found


def _named(pattern: re.Pattern[str], text: str, inside: list[Piece]) -> list[Piece]:
    found = []
    for match in pattern.finditer(text):
        group = match.lastgroup or ""
        value, start = match[group], match.start(group)
        if value.lower() not in _NO_NAME | FILLERS and _is_apart(start, inside):
            found.append(Piece(value, start, match.end(group)))
    return found


def _is_apart(start: int, inside: list[Piece]) -> bool:
    return not any(piece.start <= start < piece.end for piece in inside)


def _follows_file(text: str, piece: Piece) -> bool:
    before = text[: piece.start].rstrip().lower()
    return before.endswith(("file", "file called", "file named", " as"))


def _stands_as(text: str, piece: Piece) -> bool:
    """Say whether a quoted text stands where a folder's name does."""
    before = text[: piece.start].rstrip().lower()
    after = text[piece.end :].lstrip().lower()
    return bool(
        re.match(_FOLDER_WORD, after)
        or re.search(
            rf"\b(?:in|inside|under|within|under|below|from|contents\s+of|ls|list|dir|{_FOLDER_WORD}|called|named)"
            r"(?:\s+the|\s+my)?$",
            before,
        )
    )
