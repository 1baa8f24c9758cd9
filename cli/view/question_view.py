"""A question of a task, and the command that answers it."""

from __future__ import annotations

import json
import shlex
from typing import Any

from rich.console import Console
from rich.syntax import Syntax

from cli.visible_text import first_line
from core.json_text import write_json
from shared.clients.structs import from_value
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_ANSWER_CHARACTERS = 200
_OPTIONS = {
    pb.ANSWER_KIND_EFFECT: "--happened (or --did-not-happen)",
    pb.ANSWER_KIND_TEXT: "--text TEXT",
    pb.ANSWER_KIND_JSON: "--value JSON",
}


def question_json(question: pb.Question) -> dict[str, Any]:
    """Return a question as JSON; a payload that is not there is null."""
    return {
        "text": question.text,
        "kind": pb.AnswerKind.Name(question.kind).removeprefix("ANSWER_KIND_").lower(),
        "payload": from_value(question.payload),
        "call_id": question.call_id,
    }


def print_question(console: Console, task: pb.Task) -> None:
    """Print what a task asks, and the command that answers it, in one line to be copied."""
    asked = task.question
    console.print(asked.text, style="magenta")
    if asked.HasField("payload"):
        payload = json.dumps(from_value(asked.payload), ensure_ascii=False, indent=2)
        console.print(Syntax(payload, "json", background_color="default", word_wrap=True))
    named = ["--question", asked.call_id] if asked.call_id else []
    command = shlex.join(["mesh", "respond", task.task_id, *named])
    line = f"Answer with: {command} {_OPTIONS.get(asked.kind, '')}".rstrip()
    console.print(line, style="dim", soft_wrap=True)


def answer_sentence(answer: pb.Answer) -> str:
    """Return what an event says of an answer, in a line."""
    if answer.HasField("effect"):
        return f"the effect {'happened' if answer.effect.happened else 'did not happen'}"
    if answer.HasField("text"):
        return first_line(answer.text, _ANSWER_CHARACTERS)
    value = write_json(from_value(answer.value), ensure_ascii=False)
    return first_line(value, _ANSWER_CHARACTERS)
