"""The embedding model: made at set-up, loaded in llama.cpp."""

from shared.embedding.llama_embedder import LlamaEmbedder

__all__ = ["LlamaEmbedder"]
