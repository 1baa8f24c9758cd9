"""The tracer provider of a service process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.exporter import InvalidCompressionValueException
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, TraceIdRatioBased

from core.errors import StartupError
from shared.observability.span_store import SqliteSpanExporter
from shared.proxies import NO_PROXY, is_loopback
from shared.settings import CommonSettings

_SHIPPING_RATIO = 0.1
_FLUSH_SECONDS = 2.0
_ABORT_SECONDS = 0.5
_log = logging.getLogger(__name__)


@contextmanager
def setup_observability(service_name: str, settings: CommonSettings) -> Iterator[None]:
    """Send spans to the OTLP endpoint, or to MESH_HOME/spans.db; flush them at the end.

    The flush takes two seconds at most. Raises: StartupError (a variable of OpenTelemetry's is no
    use).
    """
    try:
        exporter = _exporter(settings)
        provider = _provider(service_name, settings, exporter)
    except (ValueError, RuntimeError, InvalidCompressionValueException) as error:
        raise StartupError(
            f"OpenTelemetry takes no spans: {error}; mend the OTEL_ variables, or unset them"
        ) from error
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        _flush(provider, exporter)


def _provider(
    service_name: str, settings: CommonSettings, exporter: SpanExporter
) -> TracerProvider:
    sampler = (
        ALWAYS_ON
        if settings.obs_mode == "debug"
        else ParentBased(TraceIdRatioBased(_SHIPPING_RATIO))
    )
    resource = Resource.create({"service.name": f"agent-mesh-{service_name}"})
    provider = TracerProvider(resource=resource, sampler=sampler, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _flush(provider: TracerProvider, exporter: SpanExporter) -> None:
    """Hand over what is left; a stop does not wait for an endpoint that does not take it."""
    flushing = threading.Thread(target=provider.shutdown, daemon=True)
    flushing.start()
    flushing.join(_FLUSH_SECONDS)
    if not flushing.is_alive():
        return
    _log.warning("the last spans are lost: they were not taken in %g s", _FLUSH_SECONDS)
    exporter.shutdown()
    flushing.join(_ABORT_SECONDS)


def _exporter(settings: CommonSettings) -> SpanExporter:
    endpoint = settings.otel_exporter_otlp_endpoint
    if not endpoint:
        return SqliteSpanExporter(settings.mesh_home / "spans.db")
    return OTLPSpanExporter(
        endpoint=endpoint,
        insecure=endpoint.startswith("http://"),
        # Its annotation knows one option alone.
        channel_options=NO_PROXY if is_loopback(endpoint) else None,  # type: ignore[arg-type]
    )
