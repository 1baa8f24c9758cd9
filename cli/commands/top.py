"""mesh top."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

import typer
from google.protobuf.json_format import MessageToDict
from rich.console import RenderableType
from rich.live import Live

from cli.connection import channel, run
from cli.output import AsJson, console, print_json
from cli.view.engine_view import away_view, engine_view
from core.errors import Cancelled, DeadlineExceeded, Unavailable
from shared.clients.llm import LlmClient
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb

Seconds = Annotated[float, typer.Option(min=0.1, max=60, help="Seconds between two looks.")]
_PATIENCE_SECONDS = 3.0


def top(
    every: Seconds = 0.5,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the LLM service computes, live, until Ctrl-C.

    With --json it looks once.
    """
    run(_show(every, once, as_json))


async def _show(every: float, once: bool, as_json: bool) -> None:
    async with channel("llm") as opened:
        client = LlmClient(opened)
        if as_json:
            _print_json(await client.engine())
            return
        found = await client.model()
        if once:
            console.print(engine_view(found.name, found.engine))
        else:
            await _watch(client, found, every)


async def _watch(client: LlmClient, found: pb.GetModelResponse, every: float) -> None:
    first = engine_view(found.name, found.engine)
    if not console.is_terminal:  # a pipe gets one picture below the other
        console.print(first)
        async for view in _looks(client, found.name, every):
            console.print(view)
        return
    with Live(first, console=console, auto_refresh=False) as live:
        async for view in _looks(client, found.name, every):
            live.update(view, refresh=True)


async def _looks(client: LlmClient, model: str, every: float) -> AsyncIterator[RenderableType]:
    """Yield a picture every so often; a service that is away is asked until it is back."""
    answered = time.monotonic()
    while True:
        await asyncio.sleep(every)
        try:
            found = await client.model(_PATIENCE_SECONDS)
        except (Unavailable, DeadlineExceeded, Cancelled) as error:
            yield away_view(model, time.monotonic() - answered, str(error))
        else:
            model, answered = found.name, time.monotonic()
            yield engine_view(model, found.engine)


def _print_json(found: pb.GetEngineResponse) -> None:
    print_json(
        MessageToDict(
            found, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
    )
