"""Whole tool calls made of a request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.copying import arithmetic, code, contents, evidence, numbers, paths, patterns, zones
from core.copying.spans import MARK, Piece, without
from core.ports import ToolDescription

_MOST_CALLS = 64
_MOST_UNEXPLAINED = 2
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call, with what the request says beside its values."""

    tool: str
    arguments: Mapping[str, Any]
    rest: str


def candidate_calls(text: str, tools: Sequence[ToolDescription]) -> list[Call]:
    """Return the calls that leave least of ``text`` unexplained; none when no tool is asked for."""
    weighed = [
        (call, evidence.weigh(tool.name, tool.description, call.rest))
        for tool in tools
        for call in _calls(text, tool)
    ]
    asked = [(call, found.unexplained) for call, found in weighed if found.asked]
    least = min((unexplained for _, unexplained in asked), default=0)
    if least > _MOST_UNEXPLAINED:
        return []
    return [call for call, unexplained in asked if unexplained == least][:_MOST_CALLS]


def shown_calls(calls: Sequence[Call]) -> dict[str, Call]:
    """Return calls by the JSON that the model chooses among: long values cut, odd signs left out."""
    return {
        json.dumps({"tool": call.tool, "arguments": _shown(call.arguments)}): call
        for call in reversed(calls)
    }
