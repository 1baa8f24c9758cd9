"""Texts that model servers take for control tokens, wherever in a message they stand.

A server renders the chat template itself and then reads the whole of it at once: llama-server, vLLM
and Ollama make a control token of ``<|im_end|>`` in a message, too. Which tokens a server's model
has it does not tell, so the forms that are in use are broken up by a character of no width, and put
together again in what comes back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from llm_service.prompt import PromptMessage

_BREAK = "\u200b"
_OPENINGS = "<["
_NAMES = "s|bos|eos|pad|unk|start_of_turn|end_of_turn|start_of_image|end_of_image|think|tool_\\w+"
_BRACKETS = "INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|THINK"
_CONTROL = re.compile(
    "<(?=[|\uff5c][^<>\n]{1,80}[|\uff5c]>)"
    f"|<(?=/?(?:{_NAMES})>)"
    "|<(?=</?SYS>>)"
    rf"|\[(?=/?(?:{_BRACKETS})\])"
)


def break_up(text: str) -> str:
    """Return a text in which nothing has the form of a control token."""
    return _CONTROL.sub(lambda found: found[0] + _BREAK, text)


def turns(messages: Sequence[PromptMessage]) -> list[dict[str, str]]:
    """Return messages as a server gets them."""
    return [{"role": each.role, "content": break_up(each.content)} for each in messages]


class Joined:
    """Output in which what was broken up in the prompt is whole again."""

    def __init__(self, messages: Sequence[PromptMessage]) -> None:
        """Change nothing where nothing in ``messages`` is broken up."""
        self.text = ""
        self._active = any(_CONTROL.search(each.content) for each in messages)
        self._last = ""

    def add(self, piece: str) -> str:
        """Take a piece as it came; return what it adds to the text."""
        if not self._active:
            self.text += piece
            return piece
        kept = []
        for character in piece:
            if character != _BREAK or not self._last or self._last not in _OPENINGS:
                kept.append(character)
            self._last = character
        joined = "".join(kept)
        self.text += joined
        return joined
