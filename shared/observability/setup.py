"""The tracer provider of a service process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, TraceIdRatioBased

from shared.observability.span_store import SqliteSpanExporter
from shared.settings import CommonSettings

_SHIPPING_RATIO = 0.1


@contextmanager
def setup_observability(service_name: str, settings: CommonSettings) -> Iterator[None]:
    """Send spans to the OTLP endpoint, or to MESH_HOME/spans.db; flush them at the end."""
    sampler = (
        ALWAYS_ON
        if settings.obs_mode == "debug"
        else ParentBased(TraceIdRatioBased(_SHIPPING_RATIO))
    )
    resource = Resource.create({"service.name": f"agent-mesh-{service_name}"})
    provider = TracerProvider(resource=resource, sampler=sampler)
    provider.add_span_processor(BatchSpanProcessor(_exporter(settings)))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def _exporter(settings: CommonSettings) -> SpanExporter:
    endpoint = settings.otel_exporter_otlp_endpoint
    if endpoint:
        return OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://"))
    return SqliteSpanExporter(settings.mesh_home / "spans.db")
