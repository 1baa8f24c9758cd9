"""Unit tests of cli/documents."""
