"""An HTTP proxy that writes down what comes, and answers every request itself."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# gRPC reads the first group, HTTP clients the second; both read all_proxy in one form or another.
GRPC_VARIABLES = ("grpc_proxy", "https_proxy", "http_proxy", "GRPC_ADDRESS_HTTP_PROXY")
HTTP_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
VARIABLES = tuple(
    dict.fromkeys(
        [
            *GRPC_VARIABLES,
            *HTTP_VARIABLES,
            *(each.upper() for each in ("grpc_proxy", *HTTP_VARIABLES)),
        ]
    )
)
_BODY = b"{}"
_ANSWER = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(_BODY)


@dataclass
class RecordingProxy:
    """Where it listens, and the first line of each connection."""

    port: int
    seen: list[str] = field(default_factory=list)

    def environment(self, *variables: str) -> dict[str, str]:
        """The variables that lead here, those of ``variables`` or all."""
        return leading_to(self.port, *variables)


def leading_to(port: int, *variables: str) -> dict[str, str]:
    """Return variables that name a proxy on a port of this machine."""
    chosen = dict.fromkeys(variables or VARIABLES, f"http://127.0.0.1:{port}")
    if "GRPC_ADDRESS_HTTP_PROXY" in chosen:
        chosen["GRPC_ADDRESS_HTTP_PROXY"] = f"127.0.0.1:{port}"
        chosen["GRPC_ADDRESS_HTTP_PROXY_ENABLED_ADDRESSES"] = "127.0.0.0/8,::1/128"
    return chosen


@contextmanager
def recording_proxy() -> Iterator[RecordingProxy]:
    """Run one on a free port."""
    proxy = RecordingProxy(0)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline()
            proxy.seen.append(line.decode(errors="replace").strip())
            while line.strip():
                line = self.rfile.readline()
            self.wfile.write(_ANSWER + _BODY)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
