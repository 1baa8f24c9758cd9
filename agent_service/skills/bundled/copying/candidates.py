"""Whole tool calls made of a request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_service.skills.bundled.copying import (
    arithmetic,
    code,
    contents,
    evidence,
    paths,
    patterns,
    zones,
)
from agent_service.skills.bundled.copying.spans import Piece, without
from core.json_text import check_json, read_json
from core.ports import ToolDescription

_MOST_CALLS = 64
_MOST_CHARACTERS = 16_000
_SHOWN_CHARACTERS = 80
_PATTERNS = frozenset({"pattern", "query", "term"})
_OTHERS = frozenset({"timezone", "expression", "code"})
_PATHS = frozenset({"path", "file", "filename", "folder", "directory"})
# Signs that a grammar's literals and the model's tokens take badly.
_SIGNS = re.compile(r"[^ -~]|[\\\"]")


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call, with what the request says beside its values."""

    tool: str
    arguments: Mapping[str, Any]
    rest: str


@dataclass(frozen=True, slots=True)
class Understood:
    """The calls that do all of what a request asks.

    Where there are none, ``left_over`` are the words, as they stand in the request, that the
    nearest call does not explain; none of them either when no tool is asked for.
    """

    calls: list[Call]
    left_over: tuple[str, ...] = ()


def understand(text: str, tools: Sequence[ToolDescription]) -> Understood:
    """Return the calls that leave nothing of ``text`` unexplained.

    There are none for a request that is too long to be read word by word.
    """
    if len(text) > _MOST_CHARACTERS:
        return Understood([])
    weighed = [
        (call, found)
        for tool in tools
        for call in _calls(text, tool)
        if (found := _weigh(call, tool))
    ]
    best = min((found for _, found in weighed), default=None)
    if best is None or best.unexplained:
        return Understood([], _as_written(best.words if best else (), text))
    return Understood([call for call, found in weighed if found == best][:_MOST_CALLS])


def _as_written(words: Sequence[str], text: str) -> tuple[str, ...]:
    """Return words and phrases in lower case as ``text`` has them, each once."""
    said = text.lower()
    places = {word: said.find(word) for word in words}
    return tuple(
        text[at : at + len(word)] if at >= 0 and len(said) == len(text) else word
        for word, at in places.items()
    )


def shown(call: Call) -> dict[str, Any]:
    """Return a call as the model sees it: long values cut, signs that grammars take badly out."""
    return {
        "tool": call.tool,
        "arguments": {
            name: _SIGNS.sub(" ", value)[:_SHOWN_CHARACTERS] if isinstance(value, str) else value
            for name, value in call.arguments.items()
        },
    }


def _weigh(call: Call, tool: ToolDescription) -> evidence.Evidence | None:
    return evidence.weigh(
        tool.name,
        tool.description,
        call.rest,
        values=len(call.arguments),
        names=" ".join(str(value) for name, value in call.arguments.items() if name in _PATHS),
        telling=bool(call.arguments) and not _PATTERNS & set(call.arguments),
        everything=not tool.idempotent,
    )


def _calls(text: str, tool: ToolDescription) -> list[Call]:
    """Return the calls of one tool, each argument taken from what the others left."""
    schema = tool.parameters_schema
    required = set(schema.get("required", ()))
    calls = [Call(tool.name, {}, text)]
    for name, shape in sorted(schema.get("properties", {}).items(), key=_order):
        extended = [
            Call(tool.name, {**call.arguments, name: value}, rest)
            for call in calls
            for value, rest in _values(name, shape, tool, call.rest)
        ]
        calls = extended if name in required else [*extended, *calls]
        calls = calls[:_MOST_CALLS]
    return calls


def _order(argument: tuple[str, Mapping[str, Any]]) -> int:
    """Take free text last: it is what stands around the rest."""
    name, shape = argument
    return int(shape.get("type") == "string" and name not in _PATHS | _OTHERS)


def _values(
    name: str, shape: Mapping[str, Any], tool: ToolDescription, text: str
) -> list[tuple[Any, str]]:
    """Return what an argument may be, each with what is left of the request then."""
    if "enum" in shape:
        return _taken(text, _named(text, shape["enum"]))
    if shape.get("type") in ("integer", "number"):
        return [(read_json(value), rest) for value, rest in _taken(text, _numbers(text))]
    if shape.get("type") != "string":
        return []
    if name in _PATHS:
        return _taken(text, _paths(name, tool, text))
    if name == "timezone":
        return _taken(text, zones.zones(text))
    if name == "expression":
        return list(arithmetic.expressions(text))
    if name == "code":
        return list(code.programs(text))
    if name in _PATTERNS:
        return list(patterns.patterns(text))
    return list(contents.contents(text))


def _paths(name: str, tool: ToolDescription, text: str) -> list[Piece]:
    """A tool that speaks of a folder takes folders; one that can go without takes either."""
    if name in ("folder", "directory") or "in a folder" in tool.description:
        return paths.folders(text)
    if name in tool.parameters_schema.get("required", ()):
        return paths.files(text)
    return [*paths.folders(text), *paths.files(text)]


def _named(text: str, allowed: Sequence[Any]) -> list[Piece]:
    said = text.lower()
    found = [str(value) for value in allowed if str(value).lower() in said]
    return [Piece(value, at := said.index(value.lower()), at + len(value)) for value in found]


def _numbers(text: str) -> list[Piece]:
    found = re.finditer(r"(?<![\w.])(?:0|-?[1-9]\d*)(?:\.\d+)?(?![\w.])", text)
    return [Piece(each[0], each.start(), each.end()) for each in found if _is_number(each[0])]


def _is_number(digits: str) -> bool:
    try:
        check_json(read_json(digits))
    except ValueError:
        return False
    return True


def _taken(text: str, pieces: Sequence[Piece]) -> list[tuple[Any, str]]:
    return [(piece.value, without(text, [piece])) for piece in pieces]
