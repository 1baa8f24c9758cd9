"""A language model in memory that says what a test tells it to."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator

from core.errors import InvalidInput, LimitExceeded, OutputMismatch, PromptTooLong
from core.json_text import read_json
from core.ports import CallContext, ChatMessage, Generation, GenerationSettings, ModelInfo
from shared.bundled_model import Rewording
from shared.testing.calls import FakeService
from shared.testing.keyed_calls import KeyedCalls, digest_of
from shared.testing.plainest import plainest

SAID = "This is what the model says."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model was asked in one call."""

    messages: tuple[ChatMessage, ...]
    settings: GenerationSettings
    context: CallContext

    @property
    def position(self) -> str:
        """The position of the call in its hop."""
        return self.context.call_id.split(":")[-1]

    @property
    def schema(self) -> Any:
        """The JSON schema of the answer; None when there is none."""
        return json.loads(self.settings.json_schema) if self.settings.json_schema else None


Says = Callable[[Asked], str]


def say_plainly(asked: Asked) -> str:
    """Say the plainest JSON where a schema asks for JSON, else one sentence."""
    return SAID if asked.schema is None else json.dumps(plainest(asked.schema))


@dataclass(kw_only=True)
class FakeModel(FakeService):
    """A language model (`core.ports.LanguageModel`), and the finder of the bundled skill.

    A token is ``letters_a_token`` characters of a message. More than ``most_running`` generations
    at once are refused. With ``cut_short`` every generation ends for want of tokens, however short
    it is. JSON that does not fit the schema it is asked to fit is refused as OutputMismatch,
    unless the model ``strays``.
    """

    says: Says = say_plainly
    name: str = "fake"
    context_tokens: int = 8192
    answer_style: str = ""
    larger_context: str = "take a model with a larger context"
    letters_a_token: int = 1
    most_running: int = sys.maxsize
    cut_short: bool = False
    strays: bool = False
    rewordings: Sequence[Rewording] = ()
    asked: list[Asked] = field(default_factory=list)
    reworded: list[str] = field(default_factory=list)
    """The ids of the calls that asked for rewordings."""
    _kept: KeyedCalls[Generation] = field(default_factory=KeyedCalls)

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        """Say what the test tells; the same under the same call id. Raises: as the port."""
        self.take(context)
        asked = Asked(tuple(messages), settings, context)
        digest = digest_of(asked.messages, settings)
        if not self._kept.has(context.call_id):
            if self._kept.running >= self.most_running:
                raise LimitExceeded(f"{self.most_running} generations run already")
            self.asked.append(asked)
        generation, _ = await self._kept.result(context, digest, lambda: self._generate(asked))
        return generation

    async def count_tokens(self, prompts: Sequence[Sequence[ChatMessage]]) -> list[int]:
        """Count the characters. Raises: InvalidInput, Unavailable."""
        self.answer()
        if not all(prompts):
            raise InvalidInput("a prompt has no message", "messages")
        return [sum(self._tokens(each.content) for each in prompt) for prompt in prompts]

    async def describe(self) -> ModelInfo:
        """Return what the test says of the model. Raises: Unavailable."""
        self.answer()
        return ModelInfo(self.name, self.context_tokens, self.answer_style, self.larger_context)

    async def cancel_calls(self, task_id: str) -> None:
        """Stop the generations of a task. Raises: Unavailable."""
        self.answer()
        self.calls.cancelled.append(task_id)
        await self._kept.cancel(task_id)

    async def reword(self, text: str, limit: int, context: CallContext) -> list[Rewording]:
        """Return the first of the rewordings. Raises: Unavailable."""
        self.answer()
        self.reworded.append(context.call_id)
        return list(self.rewordings[:limit])

    def forget(self) -> None:
        """Know nothing of earlier calls, as a service that was started anew."""
        self._kept.forget()

    async def _generate(self, asked: Asked) -> Generation:
        [prompt_tokens] = await self.count_tokens([asked.messages])
        room = (await self.describe()).context_tokens - prompt_tokens
        if room <= 0:
            raise PromptTooLong(f"the prompt has {prompt_tokens} tokens: {self.larger_context}")
        await self.calls.go_on()
        said = _stopped(self.says(asked), asked.settings.stop)
        text = said[: min(asked.settings.max_tokens, room) * self.letters_a_token]
        cut = self.cut_short or len(text) < len(said)
        if not (cut or self.strays):
            _check_fits(text, asked.settings.json_schema)
        reason = "length" if cut else "stop"
        return Generation(text, reason, prompt_tokens, self._tokens(text), self.name)

    def _tokens(self, text: str) -> int:
        return -(-len(text) // self.letters_a_token)


def _stopped(text: str, stops: Sequence[str]) -> str:
    """Return what stands before the first of the texts that end a generation."""
    return text[: min((text.find(stop) for stop in stops if stop in text), default=len(text))]


def _check_fits(text: str, schema: str) -> None:
    if not schema:
        return
    try:
        fits = _validator(schema).is_valid(read_json(text))
    except ValueError:
        fits = False
    if not fits:
        raise OutputMismatch(f"{text!r} does not fit the schema {schema}")


@lru_cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(read_json(schema))
