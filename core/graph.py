"""The graph that runs every task: its router, then the roles of the workflow that it takes.

router -> researcher -> responder                  answer
       -> researcher -> coder -> reviewer          code
                          ^---------'              (while review cycles are left)
       -> operator -> responder                    tool
             ^--'                                  (while it has calls to make)
       -> responder                                direct

Roles that several workflows have are one node, so that a task keeps its way when workflows are
added.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypedDict, cast, get_type_hints

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from core.hop_frame import hop_node, next_role
from core.roles.router import router_of
from core.services import WorkflowServices
from core.state import TaskState
from core.workflows import BUILT_IN, Workflows

Workflow = CompiledStateGraph[TaskState, None, TaskState, TaskState]


def build_workflow(
    services: WorkflowServices,
    checkpointer: BaseCheckpointSaver[Any],
    workflows: Workflows = BUILT_IN,
) -> Workflow:
    """Return the compiled graph; run it with ``durability="sync"`` and the task as thread."""
    state = _state_of(workflows)
    graph: StateGraph[TaskState, None, TaskState, TaskState] = StateGraph(state)
    router = router_of(workflows)
    names = [role.name for role in workflows.roles]
    for role in (router, *workflows.roles):
        graph.add_node(role.name, hop_node(role, workflows, services), input_schema=state)
        graph.add_conditional_edges(role.name, _after(workflows, role.name), [*names, END])
    graph.add_edge(START, router.name)
    return graph.compile(checkpointer=checkpointer, name="task")


def _state_of(workflows: Workflows) -> type[TaskState]:
    """Return the channels of a task's state: the common ones, and those that roles bring along."""
    common = get_type_hints(TaskState, include_extras=True)
    own = {channel: Any for role in workflows.roles for channel in role.channels}
    if own.keys() <= common.keys():
        return TaskState
    # Called as a function would be: mypy reads this call for one with names written down.
    make: Any = TypedDict
    return cast("type[TaskState]", make("ExtendedState", {**own, **common}, total=False))


def _after(workflows: Workflows, role: str) -> Callable[[Mapping[str, Any]], Awaitable[str]]:
    # Async though it awaits nothing: LangGraph hands a plain function to a thread, at every hop.
    async def after(state: Mapping[str, Any]) -> str:
        return next_role(workflows, role, state) or END

    return after
