"""What models are told that take any instruction: the bundled model never learned these."""

from __future__ import annotations

from typing import Any

from core.ports import ChatMessage

_OPINION = """# role: critic
You review Python code that passed its assertions. Approve it unless it does not do what the
request asks. Answer as JSON: {"approve": true, "comment": "one sentence"}."""

_REPORTER = """# role: reporter
You tell the person what the tool returned, in a sentence or two, without adding to it."""


def opinion_prompt(text: str, code: str) -> list[ChatMessage]:
    """Ask whether code that passed its assertions does what was asked."""
    return [ChatMessage("system", _OPINION), ChatMessage("user", f"Task: {text}\nCode:\n{code}")]


def report_prompt(text: str, output: str, tool: str) -> list[ChatMessage]:
    """Ask for a sentence about what a tool returned."""
    content = f"Request: {text}\nTool: {tool}\nOutput:\n{output}"
    return [ChatMessage("system", _REPORTER), ChatMessage("user", content)]


OPINION_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"approve": {"type": "boolean"}, "comment": {"type": "string"}},
    "required": ["approve", "comment"],
    "additionalProperties": False,
}
