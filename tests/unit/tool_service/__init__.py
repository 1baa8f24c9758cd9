"""Unit tests of tool_service."""
