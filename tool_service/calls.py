"""Calls of tools: each effect once, whatever is retried and whoever leaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from core.errors import Cancelled, IdentifierReused, MeshError, OutcomeUnknown, Unavailable
from core.ports import ToolResult
from shared import failpoints
from tool_service.ledger.ledger import CallRequest, Intent, Ledger
from tool_service.tool import Effect, Tool

_MAX_OUTPUT = 256 * 1024
_log = logging.getLogger(__name__)


class CallRunner:
    """Runs calls through the ledger.

    A call belongs to the runner, not to its caller: when the caller leaves, it goes on to its
    receipt, and the same call id then joins it or gets the recorded result.
    """

    def __init__(self, ledger: Ledger, max_running: int) -> None:
        """Record in ``ledger``; at most ``max_running`` tools run at once."""
        self._ledger = ledger
        self._places = asyncio.Semaphore(max_running)
        self._running: dict[str, tuple[str, asyncio.Task[ToolResult]]] = {}
        self._draining = False

    async def call(self, tool: Tool, request: CallRequest) -> ToolResult:
        """Call a tool once. Raises: IdentifierReused, OutcomeUnknown, InvalidInput, Unavailable."""
        joined = self._running.get(request.call_id)
        if joined is None:
            if self._draining:
                raise Unavailable("the tool service drains")
            work = asyncio.create_task(self._perform(tool, request), name=request.call_id)
            self._running[request.call_id] = (request.digest, work)
            work.add_done_callback(lambda ended: self._forget(request.call_id, ended))
        else:
            digest, work = joined
            if digest != request.digest:
                raise IdentifierReused(f"call id {request.call_id!r} was used for another call")
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if work.cancelled():
                raise Cancelled(f"the call {request.call_id} was cancelled") from None
            raise

    async def cancel(self, prefix: str) -> int:
        """Stop the calls whose ids start with ``prefix`` and wait for their end; say how many.

        Their intents stay without a receipt: whether the effect happened is not known.
        """
        works = [work for call_id, (_, work) in self._running.items() if call_id.startswith(prefix)]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        return len(works)

    async def resolve(self, call_id: str, result: ToolResult | None) -> None:
        """Record how a call in doubt ended, or (None) that it may be made again.

        Raises: NotFound.
        """
        if await self._ledger.has_result(call_id):
            return
        if result is None:
            await self._ledger.withdraw(call_id)
        else:
            await self._ledger.receive(call_id, result)

    async def forget(self, task_ids: Sequence[str]) -> int:
        """Delete the records of deleted tasks' calls; return how many."""
        return await self._ledger.forget(task_ids)

    async def drain(self) -> None:
        """Take nothing new, and wait for the running calls."""
        self._draining = True
        works = [work for _, work in self._running.values()]
        await asyncio.gather(*works, return_exceptions=True)

    def _forget(self, call_id: str, ended: asyncio.Task[ToolResult]) -> None:
        del self._running[call_id]
        if not ended.cancelled() and (error := ended.exception()) is not None:
            level = logging.INFO if isinstance(error, MeshError) else logging.ERROR
            _log.log(level, "call %s failed: %s", call_id, error)

    async def _perform(self, tool: Tool, request: CallRequest) -> ToolResult:
        async with self._places:
            known = await self._ledger.find(request)
            if known is None:
                before = await tool.check.look(request.arguments) if tool.check else {}
                await self._ledger.intend(request, before)
                await failpoints.pause("tool.after_intent")
                return await self._run(tool, request)
            if known.result is not None:
                return replace(known.result, replayed=True)
            return await self._resume(tool, request, known)

    async def _resume(self, tool: Tool, request: CallRequest, intent: Intent) -> ToolResult:
        """Go on with a call that a crash cut between intent and receipt."""
        if tool.idempotent:
            return await self._run(tool, request)
        effect = Effect.UNKNOWN
        if tool.check is not None:
            effect = await tool.check.judge(request.arguments, intent.before_effect)
            if effect is Effect.DONE:
                result = tool.check.result(request.arguments)
                await self._ledger.receive(request.call_id, result)
                return replace(result, replayed=True)
        if effect is Effect.NOT_DONE:
            return await self._run(tool, request)
        raise OutcomeUnknown(
            f"a crash cut the call {request.call_id} of {tool.name}, and nobody can tell whether "
            "its effect happened."
        )

    async def _run(self, tool: Tool, request: CallRequest) -> ToolResult:
        await failpoints.pause("tool.before_effect")
        try:
            result = await tool.run(request.arguments)
        except MeshError:
            # A refusal, raised before any effect: the same call may be made again.
            await self._ledger.withdraw(request.call_id)
            raise
        await failpoints.pause("tool.after_effect")
        result = replace(result, output=_cut(result.output))
        await self._ledger.receive(request.call_id, result)
        return result


def _cut(output: str) -> str:
    if len(output) <= _MAX_OUTPUT // 4:
        return output
    encoded = output.encode(errors="replace")
    if len(encoded) <= _MAX_OUTPUT:
        return output
    note = "\n[cut here]"
    return encoded[: _MAX_OUTPUT - len(note)].decode(errors="ignore") + note
