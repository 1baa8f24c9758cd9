"""A model server, real as a socket, whose model never gives the same answer twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[int, dict[str, Any]], str]
"""The answer to the request of a number, from 1."""


@dataclass
class FickleServer:
    """What it was asked, and where it listens."""

    port: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """The environment of an LLM service that asks this server."""
        return {
            "LLM_BACKEND": "openai",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.port}/v1",
            "OPENAI_MODEL": "fickle",
            "LLM_CONTEXT": "8192",
        }


@contextmanager
def fickle_server(answer: Answer) -> Iterator[FickleServer]:
    """Serve `/v1/models` and `/v1/chat/completions` on a free port."""
    found = FickleServer()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        """Answers in the form that the request wants."""

        def do_GET(self) -> None:
            self._send("application/json", {"data": [{"id": "fickle"}]})

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self.path.endswith("/chat/completions"):
                self.send_error(404)
                return
            with lock:
                found.asked.append(request)
                number = len(found.asked)
            text = answer(number, request)
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "fickle"}
            said = {"index": 0, "delta": {"role": "assistant", "content": text}}
            end = {"index": 0, "delta": {}, "finish_reason": "stop"}
            lines = [{**chunk, "choices": [each]} for each in (said, end)]
            body = "".join(f"data: {json.dumps(line)}\n\n" for line in lines)
            self._send("text/event-stream", f"{body}data: [DONE]\n\n")

        def _send(self, kind: str, body: Any) -> None:
            content = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
