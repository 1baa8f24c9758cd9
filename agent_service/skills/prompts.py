"""What every skill says to the language model.

The first line of every system message names the role (``# role: coder``): the bundled model's
chat template reads that line alone; other models read all of it. The bundled model was trained
with these very words, so they change only with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.ports import ChatMessage, ToolDescription
from core.state import PassageRecord

_REVIEWER = """# role: reviewer
You review Python code for a request. Give two or three assertions that the code must fulfil to do
what was asked, each one Python assert statement with literal arguments and a literal expected
value, as JSON: {"assertions": ["assert double(2) == 4"]}."""

_OPERATOR = """# role: operator
You choose one tool call that does what is asked, as JSON:
{"tool": "<name>", "arguments": {...}}. Copy values exactly as they are written."""

_RESPONDER = """# role: responder
You answer a question from the numbered passages and nothing else. Cite each passage that you use
as [1]. If the passages do not answer the question, say: The passages do not answer this."""

_DIRECT = """# role: direct
You answer briefly and honestly. You are a language model that runs on the person's own machine."""

NO_ANSWER = "The passages do not answer this."


def reviewer_prompt(text: str, code: str) -> list[ChatMessage]:
    """Ask for assertions that the code must fulfil."""
    return [
        ChatMessage("system", _REVIEWER),
        ChatMessage("user", f"Task: {text}\nCode:\n{code}"),
    ]


def tool_line(tool: ToolDescription) -> str:
    """Return how the operator is told of a tool."""
    return f"- {tool.name}: {tool.description}"


def operator_prompt(text: str, tool_lines: Sequence[str]) -> list[ChatMessage]:
    """Ask for one tool call."""
    listed = "\n".join(tool_lines)
    return [ChatMessage("system", f"{_OPERATOR}\nTools:\n{listed}"), ChatMessage("user", text)]


def answer_prompt(text: str, passages: Sequence[PassageRecord]) -> list[ChatMessage]:
    """Ask a question about passages."""
    return [
        ChatMessage("system", _RESPONDER),
        ChatMessage("user", f"Question: {text}\nPassages:\n{numbered(passages)}"),
    ]


def direct_prompt(text: str) -> list[ChatMessage]:
    """Ask for a plain answer."""
    return [ChatMessage("system", _DIRECT), ChatMessage("user", text)]


ASSERTIONS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "assertions": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": 3,
        }
    },
    "required": ["assertions"],
    "additionalProperties": False,
}


def numbered(passages: Sequence[PassageRecord]) -> str:
    """Return passages a line each, numbered from [1]."""
    return "\n".join(
        f"[{number}] {' '.join(passage['text'].split())}"
        for number, passage in enumerate(passages, start=1)
    )


def quoted(passages: Sequence[PassageRecord]) -> str:
    """Return passages as a coder is shown them, each with its place."""
    return "\n".join(
        ["Passages that may help:"]
        + [f"--- {p['source']}:{p['start_line']}-{p['end_line']}\n{p['text']}" for p in passages]
    )
