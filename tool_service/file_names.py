"""The names that file tools take: those that a person sees in a listing as they are meant."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from core.errors import InvalidInput

_MAX_PATH_BYTES = 1024
_MAX_NAME_BYTES = 255
_ZERO_WIDTH_JOINERS = "\u200c\u200d"  # Persian words and many emoji are written with them
# What a shell or another system replaces, and what would make a folder of that name here.
_ELSEWHERE = (
    (re.compile(r"^~|(?:^|/)~(?:/|$)"), "~ stands for no home folder here"),
    (re.compile(r"(?:^|/)(?:\$\w+|\$\{\w+\}|%\w+%)(?:/|$)"), "variables are not filled in here"),
    (re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://"), "it is the address of something else"),
    (re.compile(r"^[A-Za-z]:(?:/|\\|$)"), "there are no drives here"),
    (re.compile(r"\\"), "folders and files are parted by /, not by a backslash"),
)


def components(path: str) -> list[str]:
    """Return the names that ``path`` consists of; none for the workspace itself.

    Raises: InvalidInput (it leads out, or holds a name that a person could not tell from another).
    """
    for character in path:
        if unicodedata.category(character) in ("Cc", "Cs"):
            raise _refused(path, f"it holds the control character {character!a}")
    if len(path.encode()) > _MAX_PATH_BYTES:
        raise _refused(path, f"it has more than {_MAX_PATH_BYTES} bytes")
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        raise _refused(path, "it leads out of the workspace")
    for pattern, reason in _ELSEWHERE:
        if pattern.search(path):
            raise _refused(path, reason)
    for name in pure.parts:
        if reason := _unseen(name):
            raise _refused(path, reason)
    return list(pure.parts)


def visible(name: str) -> str:
    """Return a name as a listing shows it: as it is, or written out where that could mislead."""
    unprintable = any(unicodedata.category(character) in ("Cc", "Cs") for character in name)
    return ascii(name) if unprintable or _unseen(name) else name


def same_name(one: str, other: str) -> bool:
    """Say whether two names look the same, though their accents may be stored in two ways."""
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def _unseen(name: str) -> str:
    """Return why a person would not see what ``name`` is; empty when they do."""
    if name != name.strip():
        return f"the name {name!a} begins or ends with a space"
    for at, character in enumerate(name):
        if character != " " and unicodedata.category(character) in ("Cf", "Zs", "Zl", "Zp"):
            around = name[at - 1 : at] + name[at + 1 : at + 2]
            joins = len(around) == 2 and not around[0].isascii() and not around[1].isascii()
            if character not in _ZERO_WIDTH_JOINERS or not joins:
                return f"the name {name!a} holds the invisible character {character!a}"
    # A surrogate stands for a byte of a name that is no UTF-8: it is one byte.
    if len(name.encode(errors="surrogateescape")) > _MAX_NAME_BYTES:
        return f"a name in it has more than {_MAX_NAME_BYTES} bytes"
    return ""


def _refused(path: str, reason: str) -> InvalidInput:
    shown = path if len(path) <= 80 else f"{path[:80]}..."
    return InvalidInput(
        f"path {shown!a} cannot be used: {reason}. Paths are relative to the workspace, "
        "such as notes/a.txt",
        "arguments.path",
    )
