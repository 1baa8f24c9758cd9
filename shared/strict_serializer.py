"""What may be read back from a checkpoint: plain values and types that were allowed by name."""

from __future__ import annotations

from typing import Any

import ormsgpack
from langgraph.checkpoint.serde._msgpack import SAFE_MSGPACK_METHODS, SAFE_MSGPACK_TYPES
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from core.errors import DataLoss

_KINDS = ("null", "bytes", "bytearray", "msgpack")
_CONSTRUCTORS = range(6)
"""The msgpack extension codes that name a type to build (langgraph's serde/jsonplus.py)."""
_METHOD = 3
"""The one of them that names a method of the type, too."""


class UntrustedContent(DataLoss):
    """A checkpoint asks for something that a checkpoint may not hold."""

    reason = "UNTRUSTED_CONTENT"


class _Refused(Exception):
    """A type that is not allowed; ormsgpack turns it into a ValueError without its text."""


class StrictSerializer(JsonPlusSerializer):
    """LangGraph's serializer without pickle, without JSON constructors, with an allow-list.

    LangGraph's own strict mode hands the raw arguments of a refused type to the graph, which
    then works with a wrong value; here a refused type is an error
    (CVE-2025-64439 and CVE-2026-28277 are about types taken from the file).
    """

    def __init__(self) -> None:
        """Allow LangGraph's safe types; `with_msgpack_allowlist` adds those of a graph's state."""
        super().__init__(pickle_fallback=False, allowed_msgpack_modules=None)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Return the value. Raises: UntrustedContent."""
        kind, content = data
        if kind not in _KINDS:
            raise UntrustedContent(f"a checkpoint holds content of the kind {kind!r}")
        if kind != "msgpack":
            return super().loads_typed(data)
        refused: list[str] = []

        def build(code: int, inner: bytes) -> Any:
            self._check(code, inner, refused)
            return self._unpack_ext_hook(code, inner)

        try:
            return _unpack(content, build)
        except ValueError as error:
            problem = f"of the type {refused[0]}" if refused else f"that is damaged: {error}"
            raise UntrustedContent(f"a checkpoint holds content {problem}") from error

    def _check(self, code: int, content: bytes, refused: list[str]) -> None:
        """Refuse every type, at any depth, that is not allowed."""

        def look(inner_code: int, inner: bytes) -> None:
            self._check(inner_code, inner, refused)

        named = _unpack(content, look) if code in _CONSTRUCTORS else None
        if code in _CONSTRUCTORS and not self._allows(code, named):
            refused.append(".".join(map(str, named[:2])) if isinstance(named, list) else "?")
            raise _Refused

    def _allows(self, code: int, named: Any) -> bool:
        if not isinstance(named, list) or len(named) < (4 if code == _METHOD else 3):
            return False
        if code == _METHOD:
            return (named[0], named[1], named[3]) in SAFE_MSGPACK_METHODS
        key = (named[0], named[1])
        allowed = self._allowed_msgpack_modules
        return key in SAFE_MSGPACK_TYPES or (isinstance(allowed, set) and key in allowed)


def _unpack(content: bytes, hook: Any) -> Any:
    return ormsgpack.unpackb(content, ext_hook=hook, option=ormsgpack.OPT_NON_STR_KEYS)
