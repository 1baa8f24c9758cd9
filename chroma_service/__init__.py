"""The knowledge service: ingested documents, kept and searched with Chroma."""
