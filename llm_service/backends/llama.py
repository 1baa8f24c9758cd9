"""llama.cpp: loads a GGUF and generates with it, blocking."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import llama_cpp
from jinja2 import TemplateError
from llama_cpp import Llama
from llama_cpp.llama_grammar import LlamaGrammar

from core.errors import InvalidInput, StartupError
from llm_service.backends.grammar import grammar_of
from llm_service.prompt import Finished, ModelDescription, Prompt
from shared.chat_template import read_chat_template
from shared.gguf_file import check_gguf
from shared.llama_log import silence_llama

_MAX_DEFAULT_CONTEXT = 8192
_MIN_ANSWER_TOKENS = 8

OnText = Callable[[str], None]
ShouldStop = Callable[[], bool]


class LlamaBackend:
    """A loaded model. llama.cpp is not thread-safe: one thread at a time calls `generate`."""

    def __init__(
        self,
        path: Path,
        *,
        context: int,
        threads: int,
        named_by: str = "LLM_MODEL_PATH",
        remedy: str = "name another GGUF file",
    ) -> None:
        """Load the GGUF at ``path``.

        Raises: StartupError when that cannot be done, with what named the file and the remedy.
        """
        check_gguf(path, named_by, remedy)
        silence_llama()
        self._path = path
        self._threads = threads
        try:
            self._llama = _load(path, context, threads)
            self._template = read_chat_template(self._llama, f"{named_by}={path}")
        except (ValueError, OSError, TemplateError) as error:
            raise StartupError(f"{named_by}={path} cannot be loaded: {error}") from error

    def close(self) -> None:
        """Free the model."""
        self._llama.close()

    def describe(self) -> ModelDescription:
        """Return what is known of the model; reads the whole file for its sha256."""
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        metadata = self._llama.metadata
        return ModelDescription(
            name=str(metadata.get("general.name", self._path.stem)),
            context_tokens=int(self._llama.n_ctx()),
            extractive=metadata.get("mesh.answer_style") == "extractive",
            sha256=digest,
            size_bytes=self._path.stat().st_size,
            threads=self._threads,
            parameters=int(llama_cpp.llama_model_n_params(self._llama.model)),
        )

    def generate(self, prompt: Prompt, on_text: OnText, should_stop: ShouldStop) -> Finished | None:
        """Generate, handing each piece to ``on_text``; None when ``should_stop`` said so.

        Raises: InvalidInput (a prompt over the context, a schema that cannot be compiled).
        """
        tokens = self._tokens(prompt)
        grammar = self._grammar(prompt.json_schema)
        started = first = time.monotonic()
        reason: Literal["stop", "length"] = "length"
        pieces = 0
        for chunk in self._complete(prompt, tokens, grammar):
            choice = chunk["choices"][0]
            if pieces == 0:
                first = time.monotonic()
            if choice["text"]:
                pieces += 1
                on_text(choice["text"])
            if choice["finish_reason"]:
                reason = "stop" if choice["finish_reason"] == "stop" else "length"
            elif should_stop():
                return None
        generated = max(0, self._llama.n_tokens - len(tokens))
        busy = time.monotonic() - first
        return Finished(
            finish_reason=reason,
            prompt_tokens=len(tokens),
            completion_tokens=generated,
            time_to_first_token=first - started,
            tokens_per_second=generated / busy if busy > 0 else 0.0,
        )

    def _complete(self, prompt: Prompt, tokens: list[int], grammar: LlamaGrammar | None) -> Any:
        return self._llama.create_completion(
            prompt=tokens,
            max_tokens=prompt.max_tokens,
            temperature=prompt.temperature,
            seed=prompt.seed,
            stop=list(prompt.stop),
            stream=True,
            grammar=grammar,
        )

    def _grammar(self, json_schema: str) -> LlamaGrammar | None:
        return grammar_of(json_schema, self._llama.model) if json_schema else None

    def _tokens(self, prompt: Prompt) -> list[int]:
        text = self._template.render(prompt.messages)
        tokens: list[int] = self._llama.tokenize(text.encode(), add_bos=False, special=True)
        room = self._llama.n_ctx() - _MIN_ANSWER_TOKENS
        if len(tokens) > room:
            raise InvalidInput(
                f"the prompt has {len(tokens)} tokens; the model's context leaves room for {room}",
                "messages",
            )
        return tokens


def _load(path: Path, context: int, threads: int) -> Llama:
    wanted = context or min(_trained_context(path), _MAX_DEFAULT_CONTEXT)
    return Llama(
        str(path),
        n_ctx=wanted,
        n_batch=min(512, wanted),
        n_threads=threads,
        n_threads_batch=threads,
        verbose=False,
    )


def _trained_context(path: Path) -> int:
    """Return the context that the model was trained with, from the GGUF's metadata alone."""
    header = Llama(str(path), vocab_only=True, verbose=False)
    try:
        architecture = header.metadata.get("general.architecture", "")
        found = header.metadata.get(f"{architecture}.context_length", "")
        return int(found) if found.isdecimal() else _MAX_DEFAULT_CONTEXT
    finally:
        header.close()
