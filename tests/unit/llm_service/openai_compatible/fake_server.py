"""An HTTP server on a real socket that answers chat completions as a test scripts it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """One answer: a body, or events of a stream."""

    status: int = 200
    body: Json | str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    events: Sequence[Json | str] | None = None
    pause: float = 0.0
    """Seconds before each event after the first."""
    ends: bool = True
    """Whether the stream ends as HTTP wants it; else the connection just closes."""
    hangs: bool = False
    """Say nothing at all."""


def piece(text: str | None, finish_reason: str | None = None) -> Json:
    """A chunk of a stream with one piece of text."""
    delta = {} if text is None else {"content": text}
    return {
        "id": "chat-1",
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }


def call_piece(arguments: str | None, name: str | None = None) -> Json:
    """A chunk of a stream with one piece of a function call's arguments."""
    call = {"index": 0, "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"id": "chat-1", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}


def usage(prompt_tokens: int, completion_tokens: int) -> Json:
    """The last chunk of a stream, when usage was asked for."""
    counts = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    total = prompt_tokens + completion_tokens
    return {"id": "chat-1", "choices": [], "usage": {**counts, "total_tokens": total}}


def error(message: str, **more: Any) -> Json:
    """A body in OpenAI's error format."""
    return {"error": {"message": message, **more}}


def text_stream(*texts: str, finish_reason: str = "stop", **more: Any) -> Reply:
    """A whole stream of texts."""
    events = [*(piece(text) for text in texts), piece(None, finish_reason), usage(7, len(texts))]
    return Reply(events=[*events, "[DONE]"], **more)


def call_stream(*texts: str, finish_reason: str = "tool_calls") -> Reply:
    """A whole stream of a function call."""
    begin = call_piece(None, "output")
    end = [piece(None, finish_reason), usage(7, len(texts))]
    return Reply(events=[begin, *(call_piece(text) for text in texts), *end, "[DONE]"])


@dataclass
class FakeServer:
    """What is answered, and what was asked."""

    replies: list[Reply]
    """One a request; the last one for every request after it."""
    port: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of the requests, with their ``path`` and ``authorization``."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """A client closed the connection in the middle of an answer."""
    most_at_once: int = 0
    connections: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """The address to give to a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self.connections[task] = writer
        self.most_at_once = max(self.most_at_once, len(self.connections))
        try:
            while head := await _read_head(reader):
                body = await reader.readexactly(int(head.get("content-length", "0")))
                known = {"path": head["path"], "authorization": head.get("authorization", "")}
                self.asked.append({**(json.loads(body) if body else {}), **known})
                reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
                if not await self._send(reply, reader, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()
            del self.connections[task]

    async def _send(
        self, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if reply.hangs:
            await reader.read()
            self.left.set()
            return False
        if reply.events is None:
            text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
            headers = {"content-type": "application/json", **reply.headers}
            headers["content-length"] = str(len(text.encode()))
            writer.write(_head(reply.status, headers) + text.encode())
            await writer.drain()
            return True
        chunked = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}
        writer.write(_head(reply.status, chunked))
        gone = asyncio.create_task(reader.read(1))
        try:
            for number, event in enumerate(reply.events):
                if number and reply.pause:
                    await asyncio.wait([gone], timeout=reply.pause)
                    if gone.done():
                        self.left.set()
                        return False
                text = event if isinstance(event, str) else json.dumps(event)
                writer.write(_chunk(f"data: {text}\n\n".encode()))
                await writer.drain()
            if reply.ends:
                writer.write(_chunk(b""))
                await writer.drain()
        finally:
            gone.cancel()
        return False


@asynccontextmanager
async def serving(*replies: Reply) -> AsyncIterator[FakeServer]:
    """Answer with ``replies`` on a free port of this machine."""
    fake = FakeServer(list(replies))
    server = await asyncio.start_server(fake.answer, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for writer in fake.connections.values():
            writer.close()
        if fake.connections:
            await asyncio.wait(list(fake.connections))


async def _read_head(reader: asyncio.StreamReader) -> dict[str, str]:
    head: dict[str, str] = {}
    while line := (await reader.readline()).strip():
        text = line.decode()
        if head:
            name, _, value = text.partition(":")
            head[name.lower()] = value.strip()
        else:
            head["path"] = text.split()[1]
    return head


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Any", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
