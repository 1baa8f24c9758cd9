"""What models are told that take any instruction: the bundled model never learned these."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from agent_service.skills.prompts import NO_ANSWER, quoted
from core.ports import ChatMessage
from core.state import PassageRecord

_OPINION = """# role: critic
You review Python code that passed its assertions. Approve it unless it does not do what the
request asks. Answer as JSON: {"approve": true, "comment": "one sentence"}."""

_REPORTER = """# role: reporter
You tell the person what the tool returned, in a sentence or two, without adding to it."""

_ANSWERER = """# role: responder
You answer questions from numbered passages and nothing else. Say in one or two sentences what the
passages say, and name the passage like [1]. What they do not say you do not know: then say only:
The passages do not answer this."""

# Without answers shown to them, small models decline whatever is asked, or make up what is not
# there. The passages are unlike any that a person has, so that no answer is taken out of them.
_BAKERY = """\
[1] bakery > Opening hours: The bakery on Mill Lane opens at seven on weekdays and at nine on \
Sundays. It bakes rye, spelt and wheat bread.
[2] bakery > Prices and orders: Bread that is a day old is sold at half its price. Orders for \
cakes are taken until Thursday noon."""
_ANSWERED = (
    ("When does the bakery open on Sundays?", "It opens at nine on Sundays [1]."),
    ("How many people work at the bakery?", NO_ANSWER),
    ("What does bread from yesterday cost?", "Half its price [2]."),
    ("Does the bakery deliver to the station?", NO_ANSWER),
    ("Until when can I order a cake?", "Until Thursday noon [2]."),
)

_CODE_WANTED = "Answer with Python code, in one code block."
_AGAIN = "Write all of the code again, corrected, in one code block."


def draft_prompt(
    text: str, passages: Sequence[PassageRecord], earlier: Sequence[ChatMessage] = ()
) -> list[ChatMessage]:
    """Ask for code in the person's own words, which is what these models are trained for.

    ``earlier`` is what was said before.
    """
    asked = text if "python" in text.lower() else f"{text}\n\n{_CODE_WANTED}"
    material = [ChatMessage("system", quoted(passages))] if passages else []
    return [*material, *earlier, ChatMessage("user", asked)]


def revision_prompt(
    text: str,
    passages: Sequence[PassageRecord],
    code: str,
    failure: str,
    earlier: Sequence[ChatMessage] = (),
) -> list[ChatMessage]:
    """Ask for a revision; ``code`` is empty where it did not fit."""
    messages = draft_prompt(text, passages, earlier)
    if code:
        messages.append(ChatMessage("assistant", f"```python\n{code}\n```"))
        messages.append(ChatMessage("user", f"The code failed:\n{failure}\n{_AGAIN}"))
    return messages


def opinion_prompt(text: str, code: str) -> list[ChatMessage]:
    """Ask whether code that passed its assertions does what was asked."""
    return [ChatMessage("system", _OPINION), ChatMessage("user", f"Task: {text}\nCode:\n{code}")]


def answer_prompt(
    text: str, passages: Sequence[PassageRecord], earlier: Sequence[ChatMessage] = ()
) -> list[ChatMessage]:
    """Ask a question about passages, after others that were answered or rightly declined.

    ``earlier`` is what was said before.
    """
    messages = [ChatMessage("system", _ANSWERER)]
    shown = f"Passages:\n{_BAKERY}\n\n"
    for question, answer in _ANSWERED:
        messages.append(ChatMessage("user", f"{shown}Question: {question}"))
        messages.append(ChatMessage("assistant", answer))
        shown = ""
    asked = f"Passages:\n{_named(passages)}\n\nQuestion: {text}"
    return [*messages, *earlier, ChatMessage("user", asked)]


def _named(passages: Sequence[PassageRecord]) -> str:
    """Return passages a line each, numbered from [1], behind their document and headings."""
    return "\n".join(
        f"[{number}] {_place(passage)}: {' '.join(passage['text'].split())}"
        for number, passage in enumerate(passages, start=1)
    )


def _place(passage: PassageRecord) -> str:
    document = PurePosixPath(passage["source"]).stem
    headings = passage.get("headings", "")
    return f"{document} > {headings}" if headings else document


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
