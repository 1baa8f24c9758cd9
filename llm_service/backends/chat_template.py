"""The chat template of a GGUF: from messages to the text that the model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from core.errors import InvalidInput, StartupError
from llm_service.prompt import PromptMessage


class ChatTemplate:
    """Renders conversations with a template written in Jinja."""

    def __init__(self, source: str, *, eos_token: str, bos_token: str) -> None:
        """Compile ``source``. Raises: StartupError when it is no template."""
        try:
            self._formatter = Jinja2ChatFormatter(source, eos_token=eos_token, bos_token=bos_token)
        except TemplateError as error:
            raise StartupError(f"the GGUF's chat template is broken: {error}") from error

    def render(self, messages: Sequence[PromptMessage]) -> str:
        """Return the prompt. Raises: InvalidInput when the template refuses the messages."""
        try:
            return self._render(messages)
        except (TemplateError, ValueError) as refused:
            # Some templates (Gemma's) know no system role: its text goes to the first user.
            merged = _without_system(messages)
            if merged == list(messages):
                raise InvalidInput(
                    f"the model's chat template refuses the messages: {refused}", "messages"
                ) from refused
        try:
            return self._render(merged)
        except (TemplateError, ValueError) as error:
            raise InvalidInput(
                f"the model's chat template refuses the messages: {error}", "messages"
            ) from error

    def _render(self, messages: Sequence[PromptMessage]) -> str:
        turns: Any = [{"role": each.role, "content": each.content} for each in messages]
        return str(self._formatter(messages=turns).prompt)


def _without_system(messages: Sequence[PromptMessage]) -> list[PromptMessage]:
    instructions = "\n\n".join(each.content for each in messages if each.role == "system")
    turns = [each for each in messages if each.role != "system"]
    if not instructions or not turns or turns[0].role != "user":
        return turns
    first = PromptMessage("user", f"{instructions}\n\n{turns[0].content}")
    return [first, *turns[1:]]
