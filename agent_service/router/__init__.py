"""The embedded router: MiniLM in llama.cpp, the words themselves, and a linear softmax head."""

from agent_service.router.embedding_router import EmbeddingRouter, open_router

__all__ = ["EmbeddingRouter", "open_router"]
