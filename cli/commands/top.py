"""mesh top."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from google.protobuf.json_format import MessageToDict
from rich.live import Live

from cli.connection import channel, run
from cli.output import AsJson, console, print_json
from cli.view.engine_view import engine_view
from shared.clients.llm import LlmClient

Seconds = Annotated[float, typer.Option(min=0.1, max=60, help="Seconds between two looks.")]


def top(
    every: Seconds = 0.5,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the LLM service computes, live, until Ctrl-C."""
    run(_show(every, once or as_json, as_json))


async def _show(every: float, once: bool, as_json: bool) -> None:
    async with channel("llm") as opened:
        client = LlmClient(opened)
        model = (await client.model()).name
        found = await client.engine()
        if as_json:
            print_json(
                MessageToDict(
                    found,
                    preserving_proto_field_name=True,
                    always_print_fields_with_no_presence=True,
                )
            )
            return
        if once:
            console.print(engine_view(model, found))
            return
        with Live(engine_view(model, found), console=console, auto_refresh=False) as live:
            while True:
                await asyncio.sleep(every)
                live.update(engine_view(model, await client.engine()), refresh=True)
