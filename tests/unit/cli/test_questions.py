"""A question as people and programs see it, and the answers that a command line takes."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable
from typing import Any

import pytest
import typer
from google.protobuf.json_format import ParseDict

from cli.commands import questions
from cli.output import SafeConsole
from cli.view.event_view import event_line
from cli.view.task_view import print_result, task_json
from core.ports import Answer, EffectAnswer, JsonAnswer, TextAnswer
from shared.clients.structs import to_value
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

TASK_ID = "01a1fc85-c72b-711a-becc-59c323955830"
CALL_ID = f"{TASK_ID}:3:check"
KINDS = {
    pb.ANSWER_KIND_EFFECT: "--happened (or --did-not-happen)",
    pb.ANSWER_KIND_TEXT: "--text TEXT",
    pb.ANSWER_KIND_JSON: "--value JSON",
}


def asking(kind: int, call_id: str = CALL_ID, **fields: Any) -> pb.Task:
    question = pb.Question(text="Which one?", kind=kind, call_id=call_id, **fields)
    return pb.Task(task_id=TASK_ID, status=pb.TASK_STATUS_INPUT_REQUIRED, question=question)


def shown(task: pb.Task, width: int = 80) -> list[str]:
    console = SafeConsole(file=io.StringIO(), force_terminal=False, width=width)
    print_result(console, task)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_that_answers_stands_in_one_line_on_any_terminal(kind: int) -> None:
    command = f"Answer with: mesh respond {TASK_ID} --question {CALL_ID} {KINDS[kind]}"
    assert shown(asking(kind), 30) == ["input required", "Which one?", command]


@pytest.mark.parametrize("call_id", ["", f"{TASK_ID}:3:who's there; rm -r ~"])
def test_a_shell_reads_the_call_id_as_it_is(call_id: str) -> None:
    [command] = [each for each in shown(asking(pb.ANSWER_KIND_TEXT, call_id)) if "mesh" in each]
    named = ["--question", call_id] if call_id else []
    words = shlex.split(command.removeprefix("Answer with: "))
    assert words == ["mesh", "respond", TASK_ID, *named, "--text", "TEXT"]


def test_a_payload_is_shown() -> None:
    payload = {"forms": ["ode", "haiku ü"]}
    task = asking(pb.ANSWER_KIND_JSON, payload=to_value(payload))
    assert "haiku ü" in "\n".join(shown(task))
    assert task_json(task, [])["question"] == {
        "text": "Which one?",
        "kind": "json",
        "payload": payload,
        "call_id": CALL_ID,
    }
    assert task_json(asking(pb.ANSWER_KIND_TEXT), [])["question"]["payload"] is None
    assert task_json(pb.Task(), [])["question"] is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"effect": {"happened": True, "output": ""}}, "the effect happened"),
        ({"effect": {"happened": False, "output": ""}}, "the effect did not happen"),
        ({"text": "for Ann\nand others"}, "for Ann …"),
        ({"value": None}, "null"),
        ({"value": {"a": [1, "ü"]}}, '{"a": [1, "ü"]}'),
        ({"text": "x" * 1000}, "x" * 199 + "…"),
    ],
)
def test_the_timeline_says_what_was_answered(answer: dict[str, Any], said: str) -> None:
    event = pb.TaskEvent(type=pb.EVENT_TYPE_RESPONDED)
    ParseDict({"call_id": CALL_ID, "answer": answer}, event.responded)
    assert event_line(event, 0.0).plain.endswith(f"! answered: {said}")


class Agent:
    """Keeps what it is answered; its task asks the question that ``waiting`` names."""

    def __init__(self, waiting: str = CALL_ID) -> None:
        self._waiting = waiting
        self.answered: list[tuple[str, Answer, str]] = []

    async def get(self, task_id: str) -> pb.Task:
        return asking(pb.ANSWER_KIND_TEXT, self._waiting)

    async def respond(self, task_id: str, answer: Answer, call_id: str) -> pb.Task:
        self.answered.append((task_id, answer, call_id))
        return pb.Task()


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Agent:
    """Stand in for the agent that the command calls."""
    known = Agent()

    async def go_on(reopen: Callable[[Any], Any], *, detach: bool, as_json: bool) -> int:
        await reopen(known)
        return 0

    monkeypatch.setattr(questions, "go_on", go_on)
    return known


def respond(*words: str) -> int:
    """Run ``mesh respond`` with options and return its exit status."""
    app = typer.Typer()
    app.command()(questions.respond)
    try:
        status = app([TASK_ID, *words], standalone_mode=False)
    except typer.Exit as ended:
        return ended.exit_code
    return int(status or 0)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--happened"], EffectAnswer(True)),
        (["--happened", "--note", "as seen"], EffectAnswer(True, "as seen")),
        (["--did-not-happen"], EffectAnswer(False)),
        (["--text", "Ann"], TextAnswer("Ann")),
        (["--text", "null"], TextAnswer("null")),
        (["--value", "null"], JsonAnswer(None)),
        (["--value", "false"], JsonAnswer(False)),
        (["--value", '{"a": [1, 2.5, "ü"]}'], JsonAnswer({"a": [1, 2.5, "ü"]})),
    ],
)
@pytest.mark.parametrize("named", ["", f"{TASK_ID}:1:other"])
def test_an_answer_of_every_kind_goes_to_the_question_that_waits_or_is_named(
    agent: Agent, words: list[str], answer: Answer, named: str
) -> None:
    question = ["--question", named] if named else []
    assert respond(*words, *question) == 0
    assert agent.answered == [(TASK_ID, answer, named or CALL_ID)]
    assert type(agent.answered[0][1]) is type(answer)


ONE_OF = "give one of --happened, --did-not-happen, --text and --value"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], ONE_OF),
        (["--note", "x"], ONE_OF),
        (["--happened", "--text", "x"], ONE_OF),
        (["--text", "x", "--value", "1"], ONE_OF),
        (["--text", "x", "--note", "x"], "--note goes with --happened"),
        (["--value", "1", "--note", "x"], "--note goes with --happened"),
        (["--value", ""], "--value is no JSON: Expecting value"),
        (["--value", "{'a': 1}"], "--value is no JSON: Expecting property name"),
        (["--value", "NaN"], "--value is no JSON: NaN is no JSON"),
        (["--value", "1e400"], "--value is no JSON: the number 1e400 is too large for a double"),
        (
            ["--value", "[" * 21 + "]" * 21],
            "--value" + "[0]" * 20 + " is nested over 20 levels deep",
        ),
        (["--value", "[" * 99_999], "--value is no JSON: it is nested over 20 levels deep"),
        (["--value", '{"a": "\\ud800"}'], "--value.a holds half of a surrogate pair"),
    ],
)
def test_what_is_no_answer_is_one_line_and_bad_usage(
    agent: Agent, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert respond(*words) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    [line] = heard.err.splitlines()
    assert line.startswith(f"mesh: {said}")
    assert agent.answered == []


@pytest.mark.parametrize(
    ("option", "answer"), [("--text", TextAnswer('["a"]\n')), ("--value", JsonAnswer(["a"]))]
)
def test_a_dash_reads_the_answer_from_stdin(
    agent: Agent, monkeypatch: pytest.MonkeyPatch, option: str, answer: Answer
) -> None:
    monkeypatch.setattr(questions, "read_input", lambda: '["a"]\n')
    assert respond(option, "-") == 0
    assert agent.answered == [(TASK_ID, answer, CALL_ID)]
