"""Intents and receipts of tool calls, durable around every effect."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import IdentifierReused, NotFound
from core.json_text import write_json
from core.ports import ToolResult
from shared import failpoints
from shared.sqlite import Database, Schema, load_queries

_HERE = Path(__file__).parent
_QUERIES = load_queries(_HERE / "queries.sql")

SCHEMA = Schema(version=1, statements=(_HERE / "schema.sql").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What is called, under which id."""

    call_id: str
    tool: str
    arguments: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The sha256 of tool and arguments."""
        return hashlib.sha256(_json([self.tool, self.arguments]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Intent:
    """A call that began; ``result`` is None when no receipt was recorded."""

    before_effect: Mapping[str, Any]
    result: ToolResult | None


class Ledger:
    """Records calls in SQLite."""

    def __init__(self, database: Database, now_iso: Callable[[], str]) -> None:
        """Record in ``database``, which has the ledger's schema."""
        self._database = database
        self._now_iso = now_iso

    async def find(self, request: CallRequest) -> Intent | None:
        """Return what is recorded of a call. Raises: IdentifierReused."""
        rows = await self._database.read(_QUERIES["call_by_id"], (request.call_id,))
        if not rows:
            return None
        row = rows[0]
        if row["request_digest"] != request.digest:
            raise IdentifierReused(f"call id {request.call_id!r} was used for another call")
        result = None if row["result"] is None else ToolResult(**json.loads(row["result"]))
        return Intent(json.loads(row["before_effect"]), result)

    async def has_result(self, call_id: str) -> bool:
        """Say whether a receipt is recorded. Raises: NotFound when nothing of the call is."""
        rows = await self._database.read(_QUERIES["call_by_id"], (call_id,))
        if not rows:
            raise NotFound(f"there is no call {call_id!r} in the ledger")
        return rows[0]["result"] is not None

    @failpoints.at_commit("tool.intend")
    async def intend(self, request: CallRequest, before_effect: Mapping[str, Any]) -> None:
        """Record that the effect is about to happen; durable on return."""
        values = {
            "call_id": request.call_id,
            "request_digest": request.digest,
            "tool": request.tool,
            "arguments": _json(request.arguments),
            "before_effect": _json(before_effect),
            "at": self._now_iso(),
        }
        await self._database.write(lambda c: c.execute(_QUERIES["record_intent"], values))

    @failpoints.at_commit("tool.receive")
    async def receive(self, call_id: str, result: ToolResult) -> None:
        """Record how the call ended; durable on return."""
        values = {"call_id": call_id, "result": _json(asdict(result)), "at": self._now_iso()}
        await self._database.write(lambda c: c.execute(_QUERIES["record_receipt"], values))

    @failpoints.at_commit("tool.withdraw")
    async def withdraw(self, call_id: str) -> None:
        """Forget an intent whose effect certainly did not happen."""
        await self._database.write(lambda c: c.execute(_QUERIES["withdraw_intent"], (call_id,)))

    @failpoints.at_commit("tool.forget")
    async def forget(self, task_ids: Sequence[str]) -> int:
        """Delete the calls of tasks that are gone; return how many. Durable on return."""
        rows = [{"task_id": task_id} for task_id in task_ids]
        return await self._database.write(
            lambda c: c.executemany(_QUERIES["forget_calls"], rows).rowcount if rows else 0
        )


def _json(value: Any) -> str:
    # ensure_ascii: SQLite takes no lone surrogates, which JSON strings may hold.
    return write_json(value, sort_keys=True)
