"""The one way to ask for a function that the model knows best."""

from __future__ import annotations

from llm_service.functions.function import NO_CONSTANTS, Constants, Function, put_in


def known_request(function: Function, constants: Constants = NO_CONSTANTS) -> str:
    """Return a request for ``function`` under its usual name, in its first description's words."""
    kind = "class" if function.is_class else "function"
    does = put_in(function.does[0], constants)
    return f"write a {kind} called {function.name} that {does}"
