"""The LLM service: generations on llama.cpp, keyed by call id, and embeddings."""
