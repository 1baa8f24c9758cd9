"""Spans of the workflow, through the OpenTelemetry API alone (no SDK, no exporter)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace import Link, Span, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TASK_ID = "mesh.task_id"
CORRELATION_ID = "mesh.correlation_id"
HOP_INDEX = "mesh.hop_index"
REMAINING_LOOPS = "mesh.remaining_loops"
ATTEMPT = "mesh.attempt"
ROLE = "mesh.role"
SKILL = "mesh.skill"
WORKFLOW = "mesh.workflow"
ROUTER_CONFIDENCE = "mesh.router.confidence"

AttributeValue = str | int | float | bool

_TRACER = trace.get_tracer("agent_mesh")
"""A proxy: it follows the provider that a service sets later."""


@contextmanager
def span(
    name: str,
    attributes: dict[str, AttributeValue] | None = None,
    links: Sequence[Link] = (),
) -> Iterator[Span]:
    """Open a span named ``name``; an exception marks it failed with its type and passes on."""
    current = _TRACER.start_span(name, attributes=attributes, links=links)
    # use_span does the same with three layers more: hot, as every hop has five spans.
    token = context.attach(trace.set_span_in_context(current))
    try:
        yield current
    except BaseException as error:
        current.set_attribute("error.type", type(error).__qualname__)
        current.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        context.detach(token)
        current.end()


def annotate(attributes: dict[str, AttributeValue]) -> None:
    """Add attributes to the current span."""
    trace.get_current_span().set_attributes(attributes)


def trace_parent() -> str:
    """Return the W3C traceparent of the current span; empty outside of a trace."""
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")
