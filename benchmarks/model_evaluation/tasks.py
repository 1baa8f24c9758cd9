"""Runs tasks through the real workflow, and code through the real sandbox."""

from __future__ import annotations

from typing import Any, cast

from langgraph.checkpoint.memory import InMemorySaver

from agent_service.clock import SystemClock, new_task_id
from agent_service.skills.choice import ChosenSkills
from benchmarks.model_evaluation.services import Bench
from core.code_text import defined_names
from core.graph import Workflow, build_workflow
from core.ports import KnowledgeBase
from core.services import WorkflowServices
from core.state import TaskState, initial_state
from shared.testing import FakeHealth, FakeJournal
from tool_service.sandbox.sandbox import Sandbox


def workflow_on(bench: Bench, knowledge: KnowledgeBase) -> Workflow:
    """Return the workflow that the agent runs, over the services of ``bench``."""
    return build_workflow(
        WorkflowServices(
            model=bench.model,
            knowledge=knowledge,
            tools=bench.tools,
            router=bench.router,
            health=FakeHealth(),
            journal=FakeJournal(),
            clock=SystemClock(),
            skills=ChosenSkills(bench.model, finder=bench.model),
            config=bench.config,
        ),
        InMemorySaver(),
    )


async def run_task(workflow: Workflow, text: str, name: str = "") -> TaskState:
    """Run a task to its end; the router decides unless a workflow is named."""
    task_id = new_task_id()
    state = initial_state(
        task_id=task_id,
        correlation_id=task_id,
        text=text,
        requested_workflow=name,
        max_review_cycles=2,
    )
    config: Any = {"configurable": {"thread_id": task_id}}
    ended: Any = await workflow.ainvoke(state, config)
    return cast(TaskState, ended)


async def is_right(sandbox: Sandbox, code: str, text: str, checks: tuple[str, ...]) -> bool:
    """Say whether every check holds for what ``code`` defines.

    ``f`` stands for the definition whose name the request holds, else for the last one.
    """
    names = defined_names(code)
    if not names:
        return False
    named = [name for name in names if name in text]
    program = "\n".join([code, "", f"f = {(named or names)[-1]}", *checks, ""])
    run = await sandbox.run(program)
    return run.exit_code == 0 and not run.stopped_because
