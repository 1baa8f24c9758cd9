"""Unit tests of llm_service."""
