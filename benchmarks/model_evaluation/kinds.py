"""The kinds of requests, each with the share that came out right."""

from __future__ import annotations

from dataclasses import dataclass

from agent_service.clock import new_task_id
from agent_service.skills.bundled.prompts import coder_prompt
from agent_service.skills.prompts import NO_ANSWER
from benchmarks.model_evaluation import cases
from benchmarks.model_evaluation.services import Bench, DocumentsHere
from benchmarks.model_evaluation.tasks import is_right, run_task, workflow_on
from core.checking import CHECK_TOOL, check_arguments
from core.code_text import error_line, extract_code
from core.ports import CallContext, GenerationSettings, ToolResult


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of a kind came out right, and which did not."""

    right: int
    asked: int
    wrong: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        """The share in a hundred."""
        return 100 * self.right / self.asked


async def first_answers(bench: Bench, asked: list[cases.CodeCase]) -> Rate:
    """Ask the model alone: its first answer, at temperature 0, runs against the checks."""
    wrong = []
    for case in asked:
        settings = GenerationSettings(max_tokens=bench.config.max_code_tokens)
        prompt = coder_prompt(case.text, [], "", "")
        generation = await bench.model.generate(prompt, settings, _new_call())
        if not await is_right(bench.sandbox, extract_code(generation.text), case.text, case.checks):
            wrong.append(f"{case.family}: {case.text}")
    return Rate(len(asked) - len(wrong), len(asked), tuple(wrong))


async def repairs(bench: Bench, asked: list[cases.RepairCase]) -> Rate:
    """Show the model what failed, as the coder does in its second turn; code that runs all right
    in spite of the mistake is left out.
    """
    wrong, failing = [], 0
    for number, case in enumerate(asked):
        run = await _check(bench, case.broken, case.checks)
        if run.ok:
            continue
        failing += 1
        output = error_line(run.output)
        settings = GenerationSettings(bench.config.max_code_tokens, temperature=0.7, seed=number)
        prompt = coder_prompt(case.text, [], case.broken, output)
        generation = await bench.model.generate(prompt, settings, _new_call())
        if not (await _check(bench, extract_code(generation.text), case.checks)).ok:
            wrong.append(case.text)
    return Rate(failing - len(wrong), failing, tuple(wrong))


async def _check(bench: Bench, code: str, checks: tuple[str, ...]) -> ToolResult:
    return await bench.tools.call(CHECK_TOOL, check_arguments(code, checks), _new_call())


def _new_call() -> CallContext:
    task_id = new_task_id()
    return CallContext(f"{task_id}:0:evaluation", task_id, task_id)


async def end_to_end(
    bench: Bench, asked: list[cases.CodeCase], name: str = ""
) -> tuple[Rate, Rate]:
    """Run whole tasks, routed by the router unless a workflow is named.

    Returns the rate of approved and right code, and how many approvals were deserved.
    """
    workflow = workflow_on(bench, bench.empty)
    wrong, undeserved, approved = [], [], 0
    for case in asked:
        state = await run_task(workflow, case.text, name)
        right = await is_right(bench.sandbox, state.get("code", ""), case.text, case.checks)
        approved += state.get("approved", False)
        if not (right and state.get("approved", False)):
            why = (
                state["workflow"] if state["workflow"] != "code" else "right" if right else "wrong"
            )
            said = "approved" if state.get("approved", False) else "not approved"
            wrong.append(f"{case.family}: {case.text} [{why}, {said}]")
        if state.get("approved", False) and not right:
            undeserved.append(case.text)
    return (
        Rate(len(asked) - len(wrong), len(asked), tuple(wrong)),
        Rate(approved - len(undeserved), max(1, approved), tuple(undeserved)),
    )


async def tool_calls(bench: Bench, asked: list[cases.ToolCase]) -> Rate:
    """Run tool tasks; the call that was made must be the expected one, or none."""
    workflow = workflow_on(bench, bench.empty)
    wrong = []
    for case in asked:
        made = (await run_task(workflow, case.text, "tool"))["tool_result"]
        call = (made["tool"], _normal(made["tool"], made["arguments"]))
        if call != (case.tool, _normal(case.tool, dict(case.arguments))):
            wrong.append(f"{case.text} [{made['tool']} {made['arguments']}]")
    return Rate(len(asked) - len(wrong), len(asked), tuple(wrong))


async def answers(bench: Bench) -> dict[str, Rate]:
    """Run answer tasks over documents that the model never saw."""
    knowledge = DocumentsHere(bench.embedder)
    for source, text in cases.documents().items():
        await knowledge.ingest(source, text)
    workflow = workflow_on(bench, knowledge)
    answerable, other = [], []
    missed, invented = [], []
    for case in cases.questions():
        result = (await run_task(workflow, case.question, "answer"))["result"]
        if case.gold:
            answerable.append(case)
            if case.gold not in result:
                missed.append(f"{case.question} [{result}]")
        else:
            other.append(case)
            if not result.startswith((NO_ANSWER, "The ingested documents hold nothing")):
                invented.append(f"{case.question} [{result}]")
    return {
        "answers with the gold sentence": Rate(
            len(answerable) - len(missed), len(answerable), tuple(missed)
        ),
        "unanswerable, declined": Rate(len(other) - len(invented), len(other), tuple(invented)),
    }


def _normal(tool: str, arguments: dict[str, object]) -> dict[str, object]:
    """Leave out what says nothing: the folder "." is the one that list_files takes anyway."""
    if tool in ("list_files", "search_text") and arguments.get("path") in (".", ""):
        return {name: value for name, value in arguments.items() if name != "path"}
    return arguments
