"""A failure for want of room says what helps: what to shorten, to free, to raise, or to run."""

from __future__ import annotations

import ast
import errno
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from core.ports import ToolResult
from shared.grpc_errors import MessageTooLarge, from_rpc_error
from tool_service.tools.file_errors import attempt

ROOT = Path(__file__).parents[2]
PACKAGES = ["core", "shared", "cli"] + [f"{n}_service" for n in ("agent", "llm", "tool", "chroma")]
ALWAYS = {"LimitExceeded", "StorageUnwritable", "QuotaExhausted", "PromptTooLong"}
ROOM = re.compile(
    r"too (?:large|long|many)|is full|leaves room|bytes long|longer than|nested too"
    r"|nested over|larger than|cannot be written|GB are free|MiB of"
)
REMEDY = re.compile(
    r"`mesh [a-z]+|\b(?:shorten|raise|lower|free|split|ask again|ask for less|wait|set|choose|send"
    r"|make fewer|name a|take a|move|leave them out|at most \d)"
)


def raised() -> Iterator[tuple[str, str, str]]:
    """Yield file, class and message of every error that is made of a literal text."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if {"pb", "training", "testing"} & set(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                    message = text_of(node.args[0])
                    if message:
                        yield path.relative_to(ROOT).as_posix(), node.func.id, message


def text_of(node: ast.expr) -> str:
    """Return a literal text; a number for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (each.value if isinstance(each, ast.Constant) else "7" for each in node.values)
        return "".join(str(part) for part in parts)
    return ""


ERRORS = [
    (path, kind, message)
    for path, kind, message in raised()
    if kind in ALWAYS
    or (
        (kind[:1].isupper() or kind == "fail")
        and kind not in ("Finding", "Text", "Intent", "JsonError", "ValueError", "_Refused")
        and ROOM.search(message)
    )
]


def test_there_are_such_errors() -> None:
    assert len(ERRORS) > 15
    assert {kind for _, kind, _ in ERRORS} >= ALWAYS - {"QuotaExhausted"}


@pytest.mark.parametrize(("path", "kind", "message"), ERRORS)
def test_it_names_a_remedy(path: str, kind: str, message: str) -> None:
    assert REMEDY.search(message), f"{path}: {kind}({message!r}) says not what to do"


@pytest.mark.parametrize("name", ["ENOSPC", "EDQUOT", "EFBIG", "ENAMETOOLONG", "EMFILE", "EROFS"])
async def test_a_tool_that_finds_no_room_says_what_helps(name: str) -> None:
    def work() -> ToolResult:
        raise OSError(getattr(errno, name), "no room")

    result = await attempt("a.txt", work)
    assert not result.ok
    assert re.match(r"a\.txt: no room; (free|raise|write|choose|the workspace)", result.output)


@pytest.mark.parametrize("side", ["Received", "SERVER: Received", "CLIENT: Sent"])
def test_a_message_over_grpcs_limit_is_not_sent_again(side: str) -> None:
    said = f"{side} message larger than max (20000000 vs. 16777216)"
    nothing: Any = grpc.aio.Metadata()
    error = grpc.aio.AioRpcError(grpc.StatusCode.RESOURCE_EXHAUSTED, nothing, nothing, said)
    told = from_rpc_error(error)
    assert isinstance(told, MessageTooLarge)
    assert not told.retryable
    assert "send or ask for less" in str(told)
