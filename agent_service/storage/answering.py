"""Which question of a task an answer is for, and whether the task takes it."""

from __future__ import annotations

from agent_service.storage.questions import answer_json
from agent_service.storage.records import TaskRecord
from core.errors import InvalidInput, WrongState
from core.json_text import write_json
from core.ports import Answer, AnswerKind, Question

_TAKEN = {
    AnswerKind.EFFECT: "whether an effect happened",
    AnswerKind.TEXT: "a text",
    AnswerKind.JSON: "a JSON value",
}


def answered_question(task: TaskRecord, answer: Answer, call_id: str = "") -> Question | None:
    """Return the question that ``answer`` answers; None for a repeat, which changes nothing.

    ``call_id`` names the question; empty: the one that waits, or else the last that was answered.
    An answer repeats only the answer to the same question. Raises: InvalidInput (the question
    takes another kind of answer), WrongState (it does not wait, or was answered otherwise).
    """
    waiting = task.question
    if waiting is not None and call_id in ("", waiting.call_id):
        if waiting.kind is not answer.kind:
            raise InvalidInput(
                f"the question of task {task.task_id} takes {_TAKEN[waiting.kind]}, and not "
                f"{_TAKEN[answer.kind]}",
                "answer",
            )
        return waiting
    named = call_id or ["", *task.answers][-1]
    known = task.answers.get(named)
    if known is None:
        what = f"the question {call_id} does not wait" if call_id else "it asks nothing"
        raise WrongState(f"task {task.task_id} is {task.status.value}: {what}")
    if _compared(known) != _compared(answer):
        raise WrongState(f"the question {named} of task {task.task_id} was answered otherwise")
    return None


def _compared(answer: Answer) -> str:
    """Return what two equal answers share: in Python, true would be 1."""
    return write_json(answer_json(answer), sort_keys=True)
