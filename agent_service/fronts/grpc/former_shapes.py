"""What earlier versions of the agent stored of events and messages, in the shapes of today.

Rows and checkpoints stay as they were written, and `details.py` reads them through this module.
They said in a sentence what was left out, and in a word where a passage stands, and a message had
its content under ``payload``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from core.hops import LEFT_OUT
from core.messages import MessageType
from core.ports import AnswerKind
from core.roles.researcher import RESEARCHER
from core.roles.responder import RESPONDER
from core.roles.reviewer import REVIEWER
from core.roles.router import ROUTER

_PLACE = re.compile(r"(?s)(?P<source>.*):(?P<start_line>\d+)-(?P<end_line>\d+)")
_ONE_IN_PART = re.compile(r"only a part of the (?P<kind>.+) fits")
_NONE_OF_ONE = re.compile(r"the (?P<kind>.+) did not fit")
_SOME = re.compile(
    r"(?P<shown>\d+) of (?P<total>\d+) (?P<kind>.+)s fit(, (?P<in_part>\d+) of them in part)?"
)


def present_detail(role: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return the detail of a completed hop."""
    present = dict(detail)
    if isinstance(present.get(LEFT_OUT), str):
        present[LEFT_OUT] = _left_out(present[LEFT_OUT])
    if role == RESEARCHER.name and "passages" in present:
        present["places"] = _places(present.pop("passages"))
    return present


def present_question(question: Mapping[str, Any] | str) -> Mapping[str, Any]:
    """Return a question of an event; it was a text alone, and always about an effect."""
    if isinstance(question, str):
        return {"text": question, "kind": AnswerKind.EFFECT.value}
    return question


def present_message(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an Agent2Agent message of a state."""
    if "payload" not in message:
        return message
    content = dict(message["payload"])
    said = content.pop(LEFT_OUT, "")
    change = _CONTENTS.get((message["sender"], message["type"]))
    content = change(content) if change else content
    return {**message, "content": content, LEFT_OUT: _left_out(said)}


def _assigned(content: dict[str, Any]) -> dict[str, Any]:
    if "route" in content:
        content["workflow"] = content.pop("route")
    return content


def _passages(content: dict[str, Any]) -> dict[str, Any]:
    return {"places": _places(content["passages"])}


def _review(content: dict[str, Any]) -> dict[str, Any]:
    """Return a verdict without the loops that remain, which the message itself tells."""
    return {name: value for name, value in content.items() if name != "remaining_loops"}


def _verdict_as_result(content: dict[str, Any]) -> dict[str, Any]:
    return {"review": _review(content)}


def _result(content: dict[str, Any]) -> dict[str, Any]:
    return {"text": content["result"], "sources": content["sources"]}


_CONTENTS: Mapping[tuple[str, str], Callable[[dict[str, Any]], dict[str, Any]]] = {
    (ROUTER, MessageType.TASK_ASSIGNED): _assigned,
    (RESEARCHER.name, MessageType.PASSAGES): _passages,
    (REVIEWER.name, MessageType.REVIEW): _review,
    (REVIEWER.name, MessageType.RESULT): _verdict_as_result,
    (RESPONDER.name, MessageType.RESULT): _result,
}


def _places(words: list[str]) -> list[dict[str, Any]]:
    return [_place(word) for word in words]


def _place(word: str) -> dict[str, Any]:
    found = _PLACE.fullmatch(word)
    if found is None:
        raise ValueError(f"{word!r} names no place of a passage")
    lines = {name: int(found[name]) for name in ("start_line", "end_line")}
    return {"source": found["source"], **lines}


def _left_out(sentence: str) -> list[dict[str, Any]]:
    return [_clause(clause) for clause in sentence.split("; ") if clause]


def _clause(clause: str) -> dict[str, Any]:
    if one := _ONE_IN_PART.fullmatch(clause):
        return {"kind": one["kind"], "total": 1, "shown": 1, "in_part": 1}
    if none := _NONE_OF_ONE.fullmatch(clause):
        return {"kind": none["kind"], "total": 1, "shown": 0, "in_part": 0}
    some = _SOME.fullmatch(clause)
    if some is None:
        raise ValueError(f"{clause!r} does not say what was left out")
    numbers = {name: int(some[name] or 0) for name in ("total", "shown", "in_part")}
    return {"kind": some["kind"], **numbers}
