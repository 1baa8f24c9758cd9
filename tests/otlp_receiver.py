"""A real receiver of spans by OTLP, in this process."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)


class OtlpReceiver(TraceServiceServicer):
    """Counts the spans that it takes, by name."""

    def __init__(self, seconds: float, refuses: grpc.StatusCode | None) -> None:
        """Take ``seconds`` for each request, then refuse it if there is a code to do so with."""
        self.endpoint = ""
        self.names: Counter[str] = Counter()
        self._seconds = seconds
        self._refuses = refuses
        self._lock = threading.Lock()

    def Export(self, request: ExportTraceServiceRequest, context: Any) -> Any:
        """Take the spans of one request."""
        time.sleep(self._seconds)
        if self._refuses is not None:
            context.abort(self._refuses, "not today")
        with self._lock:
            self.names.update(
                span.name
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            )
        return ExportTraceServiceResponse()


@contextmanager
def otlp_receiver(
    seconds: float = 0.0, refuses: grpc.StatusCode | None = None
) -> Iterator[OtlpReceiver]:
    """Run one on a free port."""
    receiver = OtlpReceiver(seconds, refuses)
    with ThreadPoolExecutor(8) as threads:
        server = grpc.server(threads)
        add_TraceServiceServicer_to_server(receiver, server)  # type: ignore[no-untyped-call]
        receiver.endpoint = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield receiver
        finally:
            server.stop(0).wait()
