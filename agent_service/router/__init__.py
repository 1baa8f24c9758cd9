"""The embedded router: MiniLM, the words and a linear head, or an instruct model prompted."""

from agent_service.router.embedding_router import EmbeddingRouter
from agent_service.router.generative_router import GenerativeRouter
from agent_service.router.opening import open_router

__all__ = ["EmbeddingRouter", "GenerativeRouter", "open_router"]
