"""mesh tools list, call."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.text import Text

from cli.connection import channel, new_call, run
from cli.output import FAILED, USAGE, AsJson, console, fail, print_json, print_result_text
from core.json_text import read_json
from core.ports import ToolDescription, ToolResult
from shared.clients import ToolClient

app = typer.Typer(help="Tools that tasks use.", no_args_is_help=True)


@app.command("list")
def list_tools(as_json: AsJson = False) -> None:
    """List the tools."""
    for tool in run(_list()):
        if as_json:
            print_json(
                {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters_schema": dict(tool.parameters_schema),
                    "idempotent": tool.idempotent,
                }
            )
        else:
            names = ", ".join(tool.parameters_schema.get("properties", {}))
            parts = (tool.name, "bold"), f"({names})  ", (tool.description, "dim")
            console.print(Text.assemble(*parts))


@app.command("call")
def call(
    name: Annotated[str, typer.Argument(help="The tool.")],
    arguments: Annotated[str, typer.Argument(metavar="JSON", help="A JSON object.")] = "{}",
    call_id: Annotated[
        str, typer.Option(help="Names the call: the same id again returns the recorded result.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Call a tool once."""
    try:
        parsed = read_json(arguments)
    except ValueError as error:
        fail(f"the arguments are no JSON: {error}", USAGE)
    if not isinstance(parsed, dict):
        fail("the arguments are no JSON object", USAGE)
    result = run(_call(name, parsed, call_id))
    if as_json:
        print_json(
            {
                "ok": result.ok,
                "output": result.output,
                "data": dict(result.data),
                "replayed": result.replayed,
            }
        )
    else:
        print_result_text(result.output, "" if result.ok else "red")
    raise typer.Exit(0 if result.ok else FAILED)


async def _list() -> list[ToolDescription]:
    async with channel("tool") as opened:
        return await ToolClient(opened).list_tools()


async def _call(name: str, arguments: dict[str, Any], call_id: str) -> ToolResult:
    context = new_call()
    if call_id:
        context = replace(context, call_id=call_id)
    async with channel("tool") as opened:
        return await ToolClient(opened).call(name, arguments, context)
