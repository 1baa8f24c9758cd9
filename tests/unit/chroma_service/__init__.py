"""Unit tests of chroma_service."""
