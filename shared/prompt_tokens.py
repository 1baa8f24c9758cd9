"""From a conversation to tokens: what steers the model comes from the chat template alone.

A message may hold the text of a control token (``<|end|>``), by chance or by intent. Such texts are
taken out before the template is rendered, and put back as plain text after it. The template sees
marks in their place: a few characters that nobody else uses and that no template has a reason to
change, so that it may trim a message, test how it begins, split it, or write it twice. Where a
message holds nothing of the kind, the tokens are those of the rendered text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from core.errors import InvalidInput
from core.ports import ChatMessage
from shared.chat_template import ChatTemplate, Message
from shared.vocabulary import Piece, Vocabulary

# Unicode's private-use characters: what they mean is nobody's business but the user's own.
_PRIVATE = (range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))
_SHORTEST_PART = 2


class PromptTokens:
    """Renders conversations and tokenizes them for one model."""

    def __init__(self, template: ChatTemplate, vocabulary: Vocabulary) -> None:
        """Use a model's own template and words."""
        self._template = template
        self._vocabulary = vocabulary
        self._control = ControlTexts(vocabulary.control)

    def of(self, messages: Sequence[Message]) -> list[int]:
        """Return the prompt's tokens. Raises: InvalidInput (the template refuses or cuts them)."""
        marks = _Marks(self._control, _unused_character(messages, self._template.source))
        marked = [
            ChatMessage(
                cast(Literal["system", "user", "assistant"], each.role), marks.mark(each.content)
            )
            for each in messages
        ]
        return self._vocabulary.tokenize_pieces(marks.pieces(self._template.render(marked)))

    def of_text(self, text: str) -> list[int]:
        """Return the tokens of a piece of text that stands within a prompt."""
        parts = self._control.split(text)
        return self._vocabulary.tokenize_pieces([Piece(part, plain) for part, plain in parts])


class ControlTexts:
    """Finds the texts of control tokens, and the parts of them at either end of a text.

    A part may become a whole one with what the template or another message puts beside it.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Look for ``texts``."""
        longest_first = sorted(
            (text for text in texts if text), key=lambda text: (-len(text), text)
        )
        self._whole = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        shortest = _SHORTEST_PART
        self._heads = {text[:n] for text in longest_first for n in range(shortest, len(text))}
        self._tails = {text[n:] for text in longest_first for n in range(1, len(text) - 1)}
        self._longest = max(map(len, longest_first), default=0)

    def split(self, text: str) -> list[tuple[str, bool]]:
        """Return the text in parts, each with whether it has to be read as plain text."""
        parts: list[tuple[str, bool]] = []
        at = 0
        for found in self._whole.finditer(text):
            parts += [(text[at : found.start()], False), (found.group(), True)]
            at = found.end()
        parts.append((text[at:], False))
        parts[-1:] = self._without_head(parts[-1][0])
        parts[:1] = self._without_tail(parts[0][0])
        return [part for part in parts if part[0]]

    def _without_head(self, text: str) -> list[tuple[str, bool]]:
        """Mark the beginning of a control text that a text ends with; space after it may go."""
        end = len(text.rstrip())
        for length in range(min(self._longest - 1, end), _SHORTEST_PART - 1, -1):
            if text[end - length : end] in self._heads:
                start = end - length
                return [(text[:start], False), (text[start:end], True), (text[end:], False)]
        return [(text, False)]

    def _without_tail(self, text: str) -> list[tuple[str, bool]]:
        """Mark the end of a control text that a text begins with."""
        start = len(text) - len(text.lstrip())
        for length in range(min(self._longest - 1, len(text) - start), _SHORTEST_PART - 1, -1):
            end = start + length
            if text[start:end] in self._tails:
                return [(text[:start], False), (text[start:end], True), (text[end:], False)]
        return [(text, False)]


@dataclass(slots=True)
class _Marks:
    """Stand-ins for the control texts of one conversation: a number between ``character`` and dot.

    The dot tells the two ends apart, for a template that would turn a message round.
    """

    control: ControlTexts
    character: str
    _numbers: dict[str, int] = field(default_factory=dict)

    def mark(self, content: str) -> str:
        """Return a message with marks for its control texts."""
        parts = self.control.split(content)
        return "".join(self._stand_in(part) if plain else part for part, plain in parts)

    def pieces(self, rendered: str) -> list[Piece]:
        """Return a rendered prompt with the control texts in their places again.

        Raises: InvalidInput when the template tore a mark apart.
        """
        texts = list(self._numbers)
        parts = re.split(f"{self.character}(\\d+)\\.{self.character}", rendered)
        if any(self.character in part for part in parts):
            raise InvalidInput(
                "the messages hold control tokens of the model, and its chat template takes "
                "messages apart, so that these cannot be told from its own; leave them out",
                "messages",
            )
        return [
            Piece(texts[int(part)], plain=True) if number % 2 else Piece(part, plain=False)
            for number, part in enumerate(parts)
        ]

    def _stand_in(self, text: str) -> str:
        number = self._numbers.setdefault(text, len(self._numbers))
        return f"{self.character}{number}.{self.character}"


def _unused_character(messages: Sequence[Message], source: str) -> str:
    """Return the first private character that none of the texts holds. Raises: InvalidInput."""
    used = set(source).union(*(each.content for each in messages))
    for codes in _PRIVATE:
        for code in codes:
            if chr(code) not in used:
                return chr(code)
    raise InvalidInput("the messages use every private character of Unicode", "messages")
