"""The chat template of a GGUF: from messages to the text that the model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from jinja2 import TemplateError
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from core.errors import InvalidInput, StartupError

_Turn = dict[str, str]


class Message(Protocol):
    """A message of a conversation, of whichever class."""

    @property
    def role(self) -> str:
        """Return ``system``, ``user`` or ``assistant``."""
        ...

    @property
    def content(self) -> str:
        """Return the text."""
        ...


class ChatTemplate:
    """Renders conversations with a template written in Jinja."""

    def __init__(self, source: str, *, eos_token: str, bos_token: str) -> None:
        """Compile ``source``. Raises: StartupError when it is no template."""
        self.source = source
        try:
            self._formatter = Jinja2ChatFormatter(source, eos_token=eos_token, bos_token=bos_token)
        except TemplateError as error:
            raise StartupError(f"the GGUF's chat template is broken: {error}") from error

    def render(self, messages: Sequence[Message]) -> str:
        """Return the prompt. Raises: InvalidInput when the template refuses the messages."""
        turns = [{"role": each.role, "content": each.content} for each in messages]
        try:
            return self._render(turns)
        except (TemplateError, ValueError) as refused:
            # Some templates (Gemma's) know no system role: its text goes to the first user.
            merged = _without_system(turns)
            if merged == turns:
                raise InvalidInput(
                    f"the model's chat template refuses the messages: {refused}", "messages"
                ) from refused
        try:
            return self._render(merged)
        except (TemplateError, ValueError) as error:
            raise InvalidInput(
                f"the model's chat template refuses the messages: {error}", "messages"
            ) from error

    def _render(self, turns: list[_Turn]) -> str:
        given: Any = turns
        return str(self._formatter(messages=given).prompt)


def read_chat_template(llama: Any, variable: str) -> ChatTemplate:
    """Return the template that a loaded model (a `llama_cpp.Llama`) holds.

    Raises: StartupError naming ``variable`` (such as ``LLM_MODEL_PATH=...``) when there is none.
    """
    source = llama.metadata.get("tokenizer.chat_template")
    if not source:
        raise StartupError(f"{variable}: this GGUF holds no chat template; name an instruct model")
    return ChatTemplate(
        source,
        eos_token=_token_text(llama, llama.token_eos()),
        bos_token=_token_text(llama, llama.token_bos()),
    )


def _token_text(llama: Any, token: int) -> str:
    if token < 0:
        return ""
    return bytes(llama.detokenize([token], special=True)).decode(errors="ignore")


def _without_system(turns: list[_Turn]) -> list[_Turn]:
    instructions = "\n\n".join(each["content"] for each in turns if each["role"] == "system")
    others = [each for each in turns if each["role"] != "system"]
    if not instructions or not others or others[0]["role"] != "user":
        return others
    first = {"role": "user", "content": f"{instructions}\n\n{others[0]['content']}"}
    return [first, *others[1:]]
