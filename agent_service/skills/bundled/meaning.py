"""What a request for code was taken to mean: the note that the bundled skill keeps on a draft."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

from agent_service.skills.bundled.requested_signature import requested_parameters, takes
from core.literals import literals
from core.requested_name import requested_name
from core.state import TaskState

_NOT_UNDERSTOOD = (
    "the request is like none that the model knows, so nothing says whether the code is right: "
    "say it in other words, or add an example such as `double(2) -> 4`."
)


class Meaning(TypedDict):
    """What a request for code was taken to mean: ``request`` in the words of the model.

    ``asked`` is the request itself; ``assertions`` hold for code that does what was meant. Where
    nothing was near enough, ``request`` is empty and ``nearest`` names what came nearest.
    """

    asked: str
    request: str
    assertions: list[str]
    nearest: list[str]


def noted(meaning: Meaning | None) -> Mapping[str, Any]:
    """Return the note of a draft (`core.ports.Draft`)."""
    return cast(Mapping[str, Any], meaning or {})


def present_meaning(state: TaskState) -> Meaning | None:
    """Return what the request was taken to mean.

    None where nothing was, where the request was edited since, or where another skill wrote the
    draft, whose note says other things.
    """
    note = state.get("note", {})
    return cast(Meaning, note) if note.get("asked") == state["text"] else None


def is_unknown(state: TaskState) -> bool:
    """Say whether the request is like none that the model knows."""
    meaning = present_meaning(state)
    return meaning is not None and not meaning["request"]


def refusal(state: TaskState, assertions: Sequence[str]) -> str:
    """Say why code cannot be approved: it takes other parameters, or nobody can tell what for.

    Empty: it can be.
    """
    meaning = present_meaning(state)
    if meaning is None:
        return ""
    if other := _other_parameters(state["text"], state["code"]):
        return other
    if assertions or meaning["request"]:
        return ""
    known = "".join(f"\n- {request}" for request in meaning["nearest"])
    return _NOT_UNDERSTOOD + (f" The nearest that it knows:{known}" if known else "")


def understanding(state: TaskState, assertions: Sequence[str]) -> str:
    """Tell how the request was understood, and which of its values nothing checks."""
    meaning = present_meaning(state)
    if meaning is None or not meaning["request"]:
        return ""
    checked = "\n".join([meaning["request"], state["code"], *assertions])
    beside = ", ".join(values_beside(state["text"], checked))
    unchecked = f"Nothing checks what the request says of {beside}.\n" if beside else ""
    return f"It was understood as: {meaning['request']}.\n{unchecked}"


def _other_parameters(text: str, code: str) -> str:
    """Say how the function differs from the call that the request writes; empty: it does not."""
    name, wanted = requested_name(text), requested_parameters(text)
    if takes(code, name, wanted):
        return ""
    return (
        f"the request asks for {name}({', '.join(each.name for each in wanted)}), which it is not"
    )


def values_beside(text: str, used: str) -> list[str]:
    """Return the texts in quotes and the numbers above 1 of ``text`` that ``used`` has not."""
    written_out = [each.written for each in literals(text) if each.written != "set()"]
    found = {each: ast.literal_eval(each) for each in written_out}
    plain = [
        (written, str(value))
        for written, value in found.items()
        if (isinstance(value, str) and value.strip()) or (type(value) in (int, float) and value > 1)
    ]
    return [written for written, value in plain if value not in used]
