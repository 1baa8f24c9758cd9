"""Spans: where they go."""

from core.tracing import span
from shared.observability.setup import setup_observability

__all__ = ["setup_observability", "span"]
