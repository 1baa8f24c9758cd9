"""The router's instruct model in llama.cpp, blocking."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
from jinja2 import TemplateError
from llama_cpp import Llama

from agent_service.router.frame import read_frame
from agent_service.router.greedy_grammar import open_grammar
from agent_service.router.label_tokens import LabelScores, LabelTokens, Logits
from agent_service.router.prompt import decision_schema
from agent_service.router.router_model import Completion, RouterModelError, ShouldStop
from core.errors import StartupError
from core.workflows import BUILT_IN, Workflows
from shared.chat_template import read_chat_template
from shared.llama_log import silence_llama
from shared.prompt_tokens import PromptTokens
from shared.vocabulary import Vocabulary

# More of a request costs seconds on a laptop and changes the workflow of hardly any.
_CONTEXT = 2048
# The decision has 44 characters; a vocabulary of single bytes needs a token for each.
_ANSWER_TOKENS = 64
# Between two parts of a prompt the deadline is looked at.
_PART_TOKENS = 64
_BEFORE_THE_LABEL = re.compile(rb'\{ ?"decision" ?: ?"(?=.)')


class LlamaRouterModel:
    """A loaded model (`RouterModel`). llama.cpp is not thread-safe: one thread at a time."""

    def __init__(
        self,
        path: Path,
        variable: str,
        workflows: Workflows = BUILT_IN,
        *,
        threads: int,
        answer_tokens: int = _ANSWER_TOKENS,
    ) -> None:
        """Load the GGUF at ``path`` and evaluate the static part of the prompt.

        ``variable`` is the setting that errors name. Raises: StartupError.
        """
        silence_llama()
        named = f"{variable}={path}"
        self._answer_tokens = answer_tokens
        self._schema = decision_schema(workflows.names)
        self._evaluated = 0
        self._prefix_kept = False
        self._llama = _load(path, named, threads)
        try:
            self._frame = read_frame(
                self._llama,
                named,
                workflows,
                context=_context(self._llama),
                answer_tokens=answer_tokens,
            )
            self._requests = _request_tokens(self._llama, named)
            self._pieces = [self._llama.detokenize([t]) for t in range(self._llama.n_vocab())]
            self._labels = LabelTokens(self._pieces, workflows)
            self._return_to_prefix(lambda: False)
        except RouterModelError as error:
            self.close()
            raise StartupError(f"{named}: the model does not run: {error}") from error
        except StartupError:
            self.close()
            raise

    def close(self) -> None:
        """Free the model."""
        self._llama.close()

    def forget_prefix(self) -> None:
        """Drop what is kept of the prompt: the next completion evaluates all of it."""
        self._prefix_kept = False

    def complete(self, text: str, should_stop: ShouldStop) -> Completion | None:
        """Answer for a request; None when ``should_stop`` said so. Raises: RouterModelError."""
        before = self._evaluated
        request = self._requests.of_text(text)
        whole = self._return_to_prefix(should_stop) and self._evaluate(
            self._frame.around(request), should_stop
        )
        answer = self._write(should_stop) if whole else None
        if answer is None:
            return None
        written, label = answer
        return Completion(written.decode(errors="replace"), label, self._evaluated - before)

    def _write(self, should_stop: ShouldStop) -> tuple[bytes, LabelScores | None] | None:
        """Write the decision greedily; None when ``should_stop`` said so."""
        written = b""
        label: LabelScores | None = None
        try:
            with open_grammar(self._llama.model, self._schema) as grammar:
                for _ in range(self._answer_tokens):
                    logits = self._logits()
                    token = grammar.choose(logits)
                    if token is None:
                        raise RouterModelError("no token of its vocabulary fits the decision")
                    longer = written + self._pieces[token]
                    start = _BEFORE_THE_LABEL.match(longer)
                    if start is not None and label is None:
                        label = self._labels.scores(logits, longer[len(written) : start.end()])
                    written = longer
                    if written.endswith(b"}"):
                        break
                    if not self._evaluate([token], should_stop):
                        return None
        except ValueError as error:
            raise RouterModelError(str(error)) from error
        return written, label

    def _return_to_prefix(self, should_stop: ShouldStop) -> bool:
        """Make the context hold the static prefix alone; False when ``should_stop`` said so."""
        length = len(self._frame.prefix)
        memory = llama_cpp.llama_get_memory(self._llama.ctx)
        # A recurrent model cannot go back: it is then given the whole prompt again.
        if self._prefix_kept and llama_cpp.llama_memory_seq_rm(memory, 0, length, -1):
            self._llama.n_tokens = length
            return True
        self._prefix_kept = False
        llama_cpp.llama_memory_clear(memory, True)
        self._llama.reset()
        self._prefix_kept = self._evaluate(self._frame.prefix, should_stop)
        return self._prefix_kept

    def _evaluate(self, tokens: list[int], should_stop: ShouldStop) -> bool:
        """Add tokens to the context; False when ``should_stop`` said so in between."""
        for start in range(0, len(tokens), _PART_TOKENS):
            if should_stop():
                return False
            part = tokens[start : start + _PART_TOKENS]
            try:
                self._llama.eval(part)
            except (RuntimeError, ValueError) as error:
                self._prefix_kept = False
                raise RouterModelError(str(error)) from error
            self._evaluated += len(part)
        return True

    def _logits(self) -> Logits:
        pointer = llama_cpp.llama_get_logits_ith(self._llama.ctx, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._llama.n_vocab(),)).copy()


def _load(path: Path, named: str, threads: int) -> Any:
    try:
        return Llama(
            str(path),
            n_ctx=_CONTEXT,
            n_batch=_PART_TOKENS,
            n_threads=threads,
            n_threads_batch=threads,
            verbose=False,
        )
    except (ValueError, OSError, RuntimeError, TemplateError) as error:
        raise StartupError(f"{named} cannot be loaded: {error}") from error


def _request_tokens(llama: Any, named: str) -> PromptTokens:
    template = read_chat_template(llama, named)
    vocabulary = llama_cpp.llama_model_get_vocab(llama.model)
    return PromptTokens(template, Vocabulary(vocabulary, template.source))


def _context(llama: Any) -> int:
    """Return the tokens that fit into the context and that the model was trained with."""
    architecture = llama.metadata.get("general.architecture", "")
    trained = llama.metadata.get(f"{architecture}.context_length", "")
    fits = int(llama.n_ctx())
    return min(fits, int(trained)) if trained.isdecimal() else fits
