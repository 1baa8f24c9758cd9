"""mesh route."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from cli.connection import channel, new_call, run
from cli.output import AsJson, console, print_json
from cli.view.scores_view import score_lines
from shared.clients import RouterClient
from shared.pb.mesh.router.v1 import router_service_pb2 as pb


def route(
    text: Annotated[str, typer.Argument(help="What would be asked.")], as_json: AsJson = False
) -> None:
    """Say which workflow a request would take."""
    answer = run(_route(text))
    if as_json:
        print_json(
            {
                "decision": answer.decision,
                "confidence": answer.confidence,
                "fallback": answer.fallback,
                "latency_ms": answer.latency_ms,
                "scores": dict(answer.scores),
                "failure": answer.failure,
                "workflow": answer.workflow,
                "reason": answer.reason,
                "closed": dict(answer.closed),
            }
        )
        return
    console.print(
        Text.assemble(
            (answer.decision, "bold"),
            f" with confidence {answer.confidence:.2f} (below the threshold: {answer.fallback}), "
            f"decided in {answer.latency_ms:.1f} ms",
        )
    )
    if answer.failure:
        console.print(f"the router could not decide: {answer.failure}", style="yellow")
    for line in score_lines(answer.scores, answer.closed):
        console.print(line)
    if answer.workflow:
        console.print(f"a task would take {answer.workflow}: {answer.reason}")


async def _route(text: str) -> pb.RouteResponse:
    async with channel("agent") as opened:
        return await RouterClient(opened).response(text, new_call())
