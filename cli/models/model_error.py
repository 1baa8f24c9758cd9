"""What goes wrong with models."""

from __future__ import annotations


class ModelError(Exception):
    """A model cannot be had or used; the message is one line that says what to do."""


class WrongFileError(ModelError):
    """What a server sent is not what the catalogue says; nothing of it is kept."""
