"""Requests that the bundled model learns from: the usual one for a function, and unknown ones."""

from __future__ import annotations

from pathlib import Path

from llm_service.functions.function import NO_CONSTANTS, Constants, Function, put_in

_TEXTS = Path(__file__).parent / "unknown_requests.txt"


def known_request(function: Function, constants: Constants = NO_CONSTANTS) -> str:
    """Return a request for ``function`` under its usual name, in its first description's words."""
    kind = "class" if function.is_class else "function"
    does = put_in(function.does[0], constants)
    return f"write a {kind} called {function.name} that {does}"


def load_unknown_requests() -> tuple[str, ...]:
    """Return requests that no function here answers, as people wrote them."""
    return tuple(line for line in _TEXTS.read_text(encoding="utf-8").splitlines() if line)
