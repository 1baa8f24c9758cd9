"""Checks of what a request holds; each raises InvalidInput naming the field."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from typing import Any

from core.errors import InvalidInput
from core.json_text import write_json
from core.state import MAX_TEXT_BYTES

_HEX = "[0-9a-f]"
_DIGITS = f"(?:{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}|{_HEX}{{32}})"
_UUID = re.compile(
    rf"(?P<plain>{_DIGITS})|\{{(?P<braced>{_DIGITS})\}}|urn:uuid:(?P<urn>{_DIGITS})",
    re.ASCII | re.IGNORECASE,
)
_COLLECTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def require_text(value: str, field: str, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """Return ``value`` if it holds more than white space and at most ``max_bytes`` of UTF-8."""
    if not value.strip():
        raise InvalidInput(f"{field} is empty", field)
    size = len(value.encode())
    if size > max_bytes:
        raise InvalidInput(
            f"{field} is {size} bytes long; at most {max_bytes} are allowed: shorten it", field
        )
    return value


def require_json_size(value: Any, field: str, max_bytes: int = MAX_TEXT_BYTES) -> Any:
    """Return a JSON value if it is at most ``max_bytes`` of JSON in UTF-8."""
    size = len(write_json(value, ensure_ascii=False).encode())
    if size > max_bytes:
        raise InvalidInput(
            f"{field} is {size} bytes of JSON; at most {max_bytes} are allowed: shorten it", field
        )
    return value


def canonical_uuid(value: str) -> str | None:
    """Return a UUID as RFC 9562 writes it, in lower case with hyphens; None if it is no UUID.

    Taken are upper and lower case, with all hyphens or none, in braces, and as urn:uuid:. The
    constructor of `uuid.UUID` takes more, such as hyphens anywhere and digits of other scripts.
    """
    found = _UUID.fullmatch(value)
    return str(uuid.UUID(found[found.lastgroup or 0])) if found else None


def require_collection(name: str, field: str) -> str:
    """Return the name of a collection of documents; empty is one too, and means the default."""
    if name and not _COLLECTION.fullmatch(name):
        raise InvalidInput(
            f"{field} {name[:80]!r} is no name: 1 to 64 letters, digits, dots, dashes and "
            "underscores are, the first a letter or a digit",
            field,
        )
    return name


def require_uuid4(value: str, field: str) -> str:
    """Return the canonical form of ``value`` if it is a UUID of version 4."""
    canonical = require_uuid(value, field)
    if uuid.UUID(canonical).version != 4:
        raise InvalidInput(f"{field} {value!r} is no UUID of version 4", field)
    return canonical


def require_uuid(value: str, field: str) -> str:
    """Return the canonical form of ``value`` if it is a UUID."""
    canonical = canonical_uuid(value)
    if canonical is None:
        raise InvalidInput(f"{field} {value[:64]!r} is no UUID", field)
    return canonical


def require_range(value: float, field: str, low: float, high: float) -> float:
    """Return ``value`` if it lies in [low, high]."""
    if not low <= value <= high:
        raise InvalidInput(f"{field} is {value}; {low} to {high} are allowed", field)
    return value


def require_enum(value: int, field: str, allowed: Collection[int]) -> int:
    """Return ``value`` if it is one of the ``allowed`` numbers."""
    if value not in allowed:
        raise InvalidInput(f"{field} {value} is unknown", field)
    return value
