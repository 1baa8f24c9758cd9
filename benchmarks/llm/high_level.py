"""The high-level Llama of llama-cpp-python behind a lock: what a small server would do with it."""

from __future__ import annotations

import threading
from pathlib import Path

from llama_cpp import Llama

from shared.chat_template import read_chat_template
from shared.llama_log import silence_llama


class HighLevelLlama:
    """One generation at a time; the others wait for the lock."""

    def __init__(self, model: Path, context: int, threads: int | None = None) -> None:
        """Load with the library's defaults; ``threads`` None: its default of them, too."""
        silence_llama()
        self._lock = threading.Lock()
        self._llama = Llama(
            str(model), n_ctx=context, n_threads=threads, n_threads_batch=threads, verbose=False
        )
        self.threads = int(self._llama.n_threads)
        self._template = read_chat_template(self._llama, str(model))

    def generate(self, messages: list[object], max_tokens: int) -> int:
        """Generate greedily, streaming, and return how many tokens came."""
        text = self._template.render(messages)  # type: ignore[arg-type]
        tokens = self._llama.tokenize(text.encode(), add_bos=False, special=True)
        with self._lock:
            before = len(tokens)
            for _ in self._llama.create_completion(
                prompt=tokens, max_tokens=max_tokens, temperature=0.0, stream=True
            ):
                pass
            # The last token is not computed any more.
            return int(self._llama.n_tokens) - before + 1

    def close(self) -> None:
        """Free the model."""
        self._llama.close()
