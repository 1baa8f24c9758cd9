"""mesh respond."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.tasks import Detach, TaskId, go_on
from cli.connection import one_line_errors, run
from cli.output import USAGE, AsJson, fail
from cli.standard_streams import read_input
from core.json_text import JsonError, read_json
from core.ports import Answer, EffectAnswer, JsonAnswer, TextAnswer
from shared.clients import AgentClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb


def respond(
    task_id: TaskId,
    happened: Annotated[
        bool | None,
        typer.Option("--happened/--did-not-happen", help="Whether the effect asked about did."),
    ] = None,
    note: Annotated[
        str, typer.Option(help="What the call said, as far as you know; for --happened.")
    ] = "",
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A text; - reads it from stdin.")
    ] = None,
    value: Annotated[
        str | None, typer.Option(metavar="JSON", help="A JSON value; - reads it from stdin.")
    ] = None,
    question: Annotated[
        str, typer.Option(metavar="CALL_ID", help="Answer this question; else the one that waits.")
    ] = "",
    detach: Detach = False,
    as_json: AsJson = False,
) -> None:
    """Answer the question of a task, which then goes on."""
    answer = _answer(happened, note, text, value)
    again = go_on(
        lambda client: _respond(client, task_id, answer, question), detach=detach, as_json=as_json
    )
    raise typer.Exit(run(again))


async def _respond(client: AgentClient, task_id: str, answer: Answer, call_id: str) -> pb.Task:
    """Answer a question by its name: one that comes later must not get the answer of this one."""
    named = call_id or (await client.get(task_id)).question.call_id
    return await client.respond(task_id, answer, named)


def _answer(happened: bool | None, note: str, text: str | None, value: str | None) -> Answer:
    if sum(each is not None for each in (happened, text, value)) != 1:
        fail("give one of --happened, --did-not-happen, --text and --value", USAGE)
    if happened is not None:
        return EffectAnswer(happened, note)
    if note:
        fail("--note goes with --happened", USAGE)
    if text is not None:
        return TextAnswer(_read(text))
    try:
        return JsonAnswer(read_json(_read(value or "")))
    except JsonError as error:
        fail(f"--value{error.path} {error}", USAGE)
    except ValueError as error:
        fail(f"--value is no JSON: {error}", USAGE)


def _read(word: str) -> str:
    if word != "-":
        return word
    with one_line_errors():
        return read_input()
