"""A toolbox in memory whose calls are in a ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from core.checking import CHECK_TOOL
from core.errors import IdentifierReused, InvalidInput, MeshError, NotFound, OutcomeUnknown
from core.ports import CallContext, EffectAnswer, ToolDescription, ToolResult
from shared.testing.calls import FakeService
from shared.testing.keyed_calls import KeyedCalls, digest_of


def passed(arguments: Mapping[str, Any]) -> ToolResult:
    """Return a success, with a receipt for each check of a review."""
    verdicts = [{"check": check, "passed": True} for check in arguments.get("checks", ())]
    return ToolResult(ok=True, output="", data={"loaded": True, "verdicts": verdicts})


async def _pass(arguments: Mapping[str, Any]) -> ToolResult:
    return passed(arguments)


@dataclass(frozen=True, slots=True)
class FakeTool:
    """A tool, and what it does; one that is not ``offered`` is called by the workflow alone."""

    description: ToolDescription
    run: Callable[[Mapping[str, Any]], Awaitable[ToolResult]] = _pass
    offered: bool = True


CHECKS_PASS = FakeTool(
    ToolDescription(
        CHECK_TOOL,
        "Says that every check passed.",
        {
            "type": "object",
            "properties": {
                "code": {"type": "string", "minLength": 1},
                "checks": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["code", "checks"],
        },
        idempotent=True,
    ),
    offered=False,
)


@dataclass(kw_only=True)
class FakeToolbox(FakeService):
    """Tools and the ledger of their calls (`core.ports.Toolbox`).

    ``results`` are what the next calls return, or raise, in the place of what the tools would.
    """

    tools: Sequence[FakeTool] = (CHECKS_PASS,)
    results: list[ToolResult | MeshError] = field(default_factory=list)
    called: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """The calls that a tool has acted upon."""
    resolved: list[tuple[str, EffectAnswer]] = field(default_factory=list)
    """What was told of calls in doubt."""
    _kept: KeyedCalls[ToolResult] = field(default_factory=KeyedCalls)
    _intents: dict[str, str] = field(default_factory=dict)
    """What was about to happen, by call id, and has no result yet."""

    async def list_tools(self) -> list[ToolDescription]:
        """Return the tools that are offered, by name. Raises: Unavailable."""
        self.answer()
        offered = [tool.description for tool in self.tools if tool.offered]
        return sorted(offered, key=lambda each: each.name)

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        """Let a tool act once; the same call id gives its result back. Raises: as the port."""
        self.take(context)
        tool = self._tool(name)
        _check(arguments, tool.description.parameters_schema)
        digest = digest_of(name, sorted(arguments.items()))
        if self._intents.get(context.call_id, digest) != digest:
            raise IdentifierReused(f"the call id {context.call_id!r} was used for another call")
        result, replayed = await self._kept.result(
            context, digest, lambda: self._perform(tool, arguments, context.call_id, digest)
        )
        return replace(result, replayed=replayed)

    async def resolve(self, call_id: str, answer: EffectAnswer) -> None:
        """Record how a call in doubt ended. Raises: NotFound, Unavailable."""
        self.answer()
        if self._kept.has_result(call_id):
            return
        if call_id not in self._intents:
            raise NotFound(f"there is no call {call_id!r} in the ledger")
        self.resolved.append((call_id, answer))
        digest = self._intents.pop(call_id)
        if answer.happened:
            self._kept.keep(call_id, digest, ToolResult(ok=True, output=answer.output))

    async def cancel_calls(self, task_id: str) -> None:
        """Stop the running calls of a task: nobody knows what they did. Raises: Unavailable."""
        self.answer()
        self.calls.cancelled.append(task_id)
        await self._kept.cancel(task_id)

    def _tool(self, name: str) -> FakeTool:
        for tool in self.tools:
            if tool.description.name == name:
                return tool
        raise NotFound(f"no tool is named {name!r}")

    async def _perform(
        self, tool: FakeTool, arguments: Mapping[str, Any], call_id: str, digest: str
    ) -> ToolResult:
        if call_id in self._intents and not tool.description.idempotent:
            raise OutcomeUnknown(f"the call {call_id} was cut, and nobody knows what it did")
        self._intents[call_id] = digest
        await self.calls.go_on()
        try:
            result = await self._act(tool, arguments)
        except OutcomeUnknown:
            raise
        except MeshError:  # a refusal, before any effect
            del self._intents[call_id]
            raise
        del self._intents[call_id]
        return result

    async def _act(self, tool: FakeTool, arguments: Mapping[str, Any]) -> ToolResult:
        if not self.results:
            result = await tool.run(arguments)
        elif isinstance(planned := self.results.pop(0), MeshError):
            raise planned
        else:
            result = planned
        self.called.append((tool.description.name, dict(arguments)))
        return result


def _check(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    error = best_match(Draft202012Validator(schema).iter_errors(arguments))
    if error is not None:
        path = ".".join(["arguments", *(str(part) for part in error.path)])
        raise InvalidInput(f"{path}: {error.message}", path)
