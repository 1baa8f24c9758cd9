"""llama.cpp: one context, many generations at once."""

from llm_service.backends.llama.backend import LlamaBackend, LlamaSettings

__all__ = ["LlamaBackend", "LlamaSettings"]
