"""A GGUF file without llama.cpp: whether it is one, what its head says, which one it is.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import BinaryIO

from core.errors import StartupError

_MAGIC = b"GGUF"
_ARCHITECTURE = b"general.architecture"
_STRING, _ARRAY = 8, 9
# Bytes of a value, by the number of its type: (u)int8, (u)int16, (u)int32, float32, bool, ...
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_MAX_TEXT_BYTES = 16 * 1024 * 1024
_MAX_ENTRIES = 100_000


class _Broken(Exception):
    """The header does not hold to the format."""


def check_gguf(path: Path, variable: str, remedy: str) -> None:
    """Refuse a file that is missing or no GGUF.

    Raises: StartupError naming ``variable`` (what names the file); a missing one with ``remedy``.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise StartupError(
            f"{variable}={path}: cannot be read ({error.strerror}); {remedy}"
        ) from error
    if magic != _MAGIC:
        raise StartupError(f"{variable}={path}: this is no GGUF file; name another one")


def sha256_of(path: Path) -> str:
    """Return the file's sha256 in hexadecimal; 25 MB take some tens of milliseconds.

    The conversion at set-up is deterministic, so the same weights make the same file.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_architecture(path: Path, variable: str, remedy: str) -> str:
    """Return ``general.architecture`` of a GGUF, such as ``bert`` or ``qwen2``.

    Raises: StartupError naming ``variable`` when the file is missing, no GGUF, damaged, or does
    not say.
    """
    check_gguf(path, variable, remedy)
    try:
        with path.open("rb") as file:
            return _find_architecture(file)
    except (OSError, OverflowError, struct.error, _Broken) as error:
        raise StartupError(
            f"{variable}={path}: this GGUF file is damaged ({error}); name another one"
        ) from error


def _find_architecture(file: BinaryIO) -> str:
    _, version, _, entries = struct.unpack("<4sIQQ", _read(file, 24))
    if version not in (2, 3):
        raise _Broken(f"version {version}")
    for _ in range(min(entries, _MAX_ENTRIES)):
        key = _text(file)
        kind = _number(file)
        if key == _ARCHITECTURE and kind == _STRING:
            return _text(file).decode(errors="replace")
        _skip(file, kind)
    raise _Broken("it names no architecture")


def _skip(file: BinaryIO, kind: int) -> None:
    if kind == _STRING:
        _text(file)
    elif kind == _ARRAY:
        element, count = struct.unpack("<IQ", _read(file, 12))
        if element == _STRING:
            for _ in range(count):
                _text(file)
        else:
            file.seek(_size(element) * count, 1)
    else:
        file.seek(_size(kind), 1)


def _size(kind: int) -> int:
    if kind not in _SIZES:
        raise _Broken(f"a value of the unknown type {kind}")
    return _SIZES[kind]


def _text(file: BinaryIO) -> bytes:
    (length,) = struct.unpack("<Q", _read(file, 8))
    if length > _MAX_TEXT_BYTES:
        raise _Broken(f"a text of {length} bytes")
    return _read(file, length)


def _number(file: BinaryIO) -> int:
    (value,) = struct.unpack("<I", _read(file, 4))
    return int(value)


def _read(file: BinaryIO, length: int) -> bytes:
    content = file.read(length)
    if len(content) < length:
        raise _Broken("it ends early")
    return content
