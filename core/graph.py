"""The shape of a task: which role acts after which.

route -> researcher -> responder                  answer
      -> researcher -> coder -> reviewer          code
                         ^---------'              (while review cycles are left)
      -> operator -> responder                    tool
      -> responder                                direct
"""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from core.budget import review_again
from core.hops import RoleFunction, hop_node
from core.messages import Role
from core.roles.coder import write_code
from core.roles.operator import operate
from core.roles.researcher import research
from core.roles.responder import respond
from core.roles.reviewer import review
from core.roles.router import FIRST_ROLE, route
from core.routing import Route
from core.services import WorkflowServices
from core.state import TaskState

_ROLES: dict[Role, RoleFunction] = {
    Role.ROUTER: route,
    Role.RESEARCHER: research,
    Role.CODER: write_code,
    Role.REVIEWER: review,
    Role.OPERATOR: operate,
    Role.RESPONDER: respond,
}

Workflow = CompiledStateGraph[TaskState, None, TaskState, TaskState]


def build_workflow(services: WorkflowServices, checkpointer: BaseCheckpointSaver[Any]) -> Workflow:
    """Return the compiled workflow; run it with ``durability="sync"`` and the task as thread."""
    graph: StateGraph[TaskState, None, TaskState, TaskState] = StateGraph(TaskState)
    for role, act in _ROLES.items():
        graph.add_node(role.value, hop_node(role, act, services))
    graph.add_edge(START, Role.ROUTER.value)
    graph.add_conditional_edges(
        Role.ROUTER.value, _after_route, sorted({role.value for role in FIRST_ROLE.values()})
    )
    graph.add_conditional_edges(
        Role.RESEARCHER.value, _after_research, [Role.CODER.value, Role.RESPONDER.value]
    )
    graph.add_edge(Role.CODER.value, Role.REVIEWER.value)
    graph.add_conditional_edges(Role.REVIEWER.value, _after_review, [Role.CODER.value, END])
    graph.add_edge(Role.OPERATOR.value, Role.RESPONDER.value)
    graph.add_edge(Role.RESPONDER.value, END)
    return graph.compile(checkpointer=checkpointer, name="task")


def _after_route(state: TaskState) -> str:
    return FIRST_ROLE[Route(state["route"])].value


def _after_research(state: TaskState) -> str:
    return Role.CODER.value if state["route"] == Route.CODE else Role.RESPONDER.value


def _after_review(state: TaskState) -> str:
    verdict = state["review"]
    again = review_again(approved=verdict["approved"], remaining_loops=state["remaining_loops"])
    return Role.CODER.value if again else END
