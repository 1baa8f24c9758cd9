"""A web server on this machine that serves one model, well or badly, as a test wants it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Literal

from cli.models.catalogue import Catalogue, CatalogueEntry
from tests.http_server import serving

_PIECE_BYTES = 8192


@dataclass(frozen=True)
class Answer:
    """How one request is answered."""

    status: int = 200
    cut_after: int | None = None
    """Close the connection after so many bytes of the body."""
    takes_ranges: bool = True
    ends_by: Literal["length", "chunks", "close"] = "length"
    """How the client learns where the body ends."""
    piece_seconds: float = 0.0
    """Pause between pieces of 8 KiB."""
    hang_after: int | None = None
    """Send nothing more after so many bytes, and keep the connection."""
    etag: str = '"v1"'
    redirect: bool = False
    wrong_range: bool = False


@dataclass
class ModelHost:
    """What is served, how, and what was asked."""

    content: bytes
    answers: Sequence[Answer] = (Answer(),)
    """One a request; the last one for every request after it."""
    asked: list[dict[str, str]] = field(default_factory=list)
    base: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def ranges(self) -> list[str]:
        """The Range of each request for the model, empty where there was none."""
        return [each.get("range", "") for each in self.asked]

    def entry(self, **changes: Any) -> CatalogueEntry:
        """The catalogue's entry for what is served, with ``changes``."""
        return CatalogueEntry(
            **{
                "name": "served",
                "title": "Served",
                "purpose": "code",
                "parameters": "1K",
                "quantization": "Q8_0",
                "address": f"{self.base}/model.gguf",
                "sha256": hashlib.sha256(self.content).hexdigest(),
                "size_bytes": len(self.content),
                "licence": "Apache-2.0",
                "context": 2048,
                "chat_template": "in the file",
                "source": "the test",
                **changes,
            }
        )

    def write_catalogue(self, path: Path, **changes: Any) -> Path:
        """Write a catalogue with the one entry."""
        catalogue = Catalogue(models=[self.entry(**changes)])
        path.write_text(catalogue.model_dump_json(), encoding="utf-8")
        return path


@contextmanager
def serve(content: bytes, *answers: Answer) -> Iterator[ModelHost]:
    """Serve ``content`` on a free port for as long as the block runs."""
    host = ModelHost(content, answers or (Answer(),))

    class Handler(_Handler):
        model_host = host

    with serving(Handler, host.closing) as host.base:
        yield host


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model_host: ModelHost

    def do_GET(self) -> None:
        host = self.model_host
        answer = host.answers[min(len(host.asked), len(host.answers) - 1)]
        if answer.redirect and self.path == "/model.gguf":
            self._send_head(302, {"Location": f"{host.base}/elsewhere.gguf", "Content-Length": "0"})
            return
        host.asked.append({key.lower(): value for key, value in self.headers.items()})
        if answer.status >= 400:
            self._send_head(answer.status, {"Content-Length": "0"})
            return
        self._send_model(answer)

    def _send_model(self, answer: Answer) -> None:
        content = self.model_host.content
        start = self._start(answer)
        if start > 0 and start >= len(content):
            self._send_head(416, {"Content-Length": "0"})
            return
        body = content[start:]
        headers = {"ETag": answer.etag} if answer.etag else {}
        if answer.ends_by == "length":
            headers["Content-Length"] = str(len(body))
        elif answer.ends_by == "chunks":
            headers["Transfer-Encoding"] = "chunked"
        if start:
            said = start + 1 if answer.wrong_range else start
            headers["Content-Range"] = f"bytes {said}-{len(content) - 1}/{len(content)}"
        self._send_head(206 if start else 200, headers)
        self._send_body(body, answer)

    def _start(self, answer: Answer) -> int:
        asked = self.headers.get("Range", "")
        if not asked or not answer.takes_ranges:
            return 0
        if self.headers.get("If-Range", answer.etag) != answer.etag:
            return 0
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def _send_head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_body(self, body: bytes, answer: Answer) -> None:
        sent = 0
        while sent < len(body):
            end = min(len(body), sent + _PIECE_BYTES)
            if answer.cut_after is not None:
                end = min(end, answer.cut_after)
            self._send_piece(body[sent:end], answer)
            sent = end
            if sent == answer.cut_after:
                self.close_connection = True
                return
            if answer.hang_after is not None and sent >= answer.hang_after:
                self.model_host.closing.wait(30)
                self.close_connection = True
                return
            time.sleep(answer.piece_seconds)
        if answer.ends_by == "chunks":
            self.wfile.write(b"0\r\n\r\n")
        if answer.ends_by == "close":
            self.close_connection = True

    def _send_piece(self, piece: bytes, answer: Answer) -> None:
        try:
            if answer.ends_by == "chunks":
                piece = b"%x\r\n%s\r\n" % (len(piece), piece)
            self.wfile.write(piece)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
