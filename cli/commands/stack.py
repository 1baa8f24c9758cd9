"""mesh up, down, status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from cli.commands.keeping import finish_cut_restore
from cli.connection import channel, run, settings
from cli.output import DONE, FAILED, AsJson, console, errors, print_json
from cli.stack.paths import SERVICES
from cli.stack.stack import ServiceStatus, Stack
from core.errors import MeshError
from shared.clients import LlmClient


def up(
    wait: Annotated[float, typer.Option(min=1, help="Seconds to wait for every service.")] = 120,
) -> None:
    """Start the services and wait until every one is healthy."""
    finish_cut_restore()
    stack = Stack(settings())
    with errors.status("starting") as status:

        def on_change(health: dict[str, bool]) -> None:
            marks = (f"{'✓' if health[name] else '…'} {name}" for name in SERVICES)
            status.update("  ".join(marks))

        started = run(stack.up(wait, on_change))
    chosen = settings()
    console.print(
        f"{'The stack is up' if started else 'The stack was up already'}: "
        f"agent at {chosen.address_of('agent')}, state and logs in {stack.paths.home}",
        soft_wrap=True,
    )


def down() -> None:
    """Stop the services in good order; unfinished tasks go on at the next start."""
    stack = Stack(settings())
    with errors.status("stopping"):
        stopped = run(stack.down())
    console.print("The stack is down." if stopped else "The stack was not up.")


def status(as_json: AsJson = False) -> None:
    """Show the services: process, address, health. Exit status 1 unless all are healthy."""
    stack = Stack(settings())
    services = run(stack.status())
    model = run(_loaded_model(services))
    if as_json:
        print_json(
            {
                "home": str(stack.paths.home),
                "model": model,
                "services": [asdict(each) for each in services],
            }
        )
    else:
        table = Table(
            "SERVICE", "STATE", "HEALTH", "PID", "ADDRESS", "UP", box=None, pad_edge=False
        )
        for each in services:
            table.add_row(
                each.name,
                each.state,
                Text("healthy", "green") if each.healthy else Text("not healthy", "red"),
                str(each.pid or "-"),
                each.address,
                f"{each.uptime_seconds} s" if each.pid else "-",
            )
        console.print_table(table)
        for each in services:
            if each.reason:
                console.print(f"{each.name}: {each.reason}", soft_wrap=True)
        if model:
            console.print(f"model: {model}", style="dim")
    raise typer.Exit(DONE if all(each.healthy for each in services) else FAILED)


async def _loaded_model(services: Sequence[ServiceStatus]) -> str:
    """Return the name of the model that the LLM service has loaded, empty when it is not up."""
    if not any(each.name == "llm" and each.healthy for each in services):
        return ""
    try:
        async with channel("llm") as opened:
            return (await LlmClient(opened).model()).name
    except MeshError:
        return ""
