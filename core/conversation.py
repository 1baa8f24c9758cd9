"""What was said in a context before a task, as parts of a prompt: the newest exchange first."""

from __future__ import annotations

from core.fitting import Part
from core.ports import ChatMessage
from core.state import ExchangeRecord, TaskState

MOST_EXCHANGES = 8
"""Of one context; older ones are dropped, whatever a model has room for."""

MOST_CHARACTERS = 8_000
"""Of a request or an answer that is kept; the rest is cut off."""


def exchange(text: str, answer: str, workflow: str) -> ExchangeRecord:
    """Return an exchange as a state keeps it, cut with a note where it is long."""
    return ExchangeRecord(text=_cut(text), answer=_cut(answer), workflow=workflow)


def exchange_parts(state: TaskState) -> list[Part]:
    """Return the exchanges as parts, the newest first, each shown whole or not at all."""
    return [
        Part("earlier exchange", f"{each['text']}\n{each['answer']}", None)
        for each in reversed(state.get("conversation", []))
    ]


def newest_exchanges(state: TaskState, count: int) -> list[ChatMessage]:
    """Return the ``count`` newest exchanges as the messages of a chat, oldest first."""
    exchanges = state.get("conversation", [])
    messages = []
    for each in exchanges[max(0, len(exchanges) - count) :]:
        messages.append(ChatMessage("user", each["text"]))
        messages.append(ChatMessage("assistant", each["answer"]))
    return messages


def _cut(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}\n... ({len(text) - MOST_CHARACTERS} characters left out)"
