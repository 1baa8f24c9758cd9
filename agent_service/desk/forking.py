"""Forks: new tasks that go on from a checkpoint of another one, with edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from agent_service.desk.history import History
from agent_service.running.checkpoints import place_state
from agent_service.storage.ports import TaskReader
from agent_service.storage.progress import Progress
from agent_service.storage.records import ForkOrigin, Submission
from core.errors import WrongState
from core.graph import Workflow
from core.state import TaskState, forked_state
from core.state_edits import check_edits
from core.workflows import BUILT_IN, Workflows


class Forks:
    """Makes submissions out of checkpoints."""

    def __init__(
        self,
        tasks: TaskReader,
        workflow: Workflow,
        history: History,
        max_review_cycles: int,
        workflows: Workflows = BUILT_IN,
    ) -> None:
        """Allow at most ``max_review_cycles`` in an edit of the loops left."""
        self._tasks = tasks
        self._workflow = workflow
        self._history = history
        self._workflows = workflows
        self._max_review_cycles = max_review_cycles

    async def submission(
        self, task_id: str, checkpoint_id: str, edits: Mapping[str, Any], *,
        correlation_id: str, trace_parent: str,
    ) -> Submission:  # fmt: skip
        """Return the submission of a fork, ready to be accepted.

        Raises: NotFound, InvalidInput (an edit), WrongState (nothing follows the checkpoint).
        """
        source = await self._tasks.get(task_id)
        checkpoint = await self._history.get(task_id, checkpoint_id)
        check_edits(edits, checkpoint.last_role, self._max_review_cycles, self._workflows)
        state = forked_state(checkpoint.values, edits, task_id="", correlation_id=correlation_id)
        if not await _next_roles(self._workflow, state):
            raise WrongState(
                f"nothing follows checkpoint {checkpoint_id}: fork from an earlier one, or edit "
                "what decides how it goes on (review and remaining_loops of a code task)"
            )
        return Submission(
            text=state["text"],
            correlation_id=correlation_id,
            context_id=source.context_id,
            workflow=state.get("requested_workflow", ""),
            trace_parent=trace_parent,
            collection=state.get("collection", ""),
            fork=ForkOrigin(
                task_id=task_id,
                checkpoint_id=checkpoint_id,
                edits=edits,
                workflow=state.get("workflow", ""),
                progress=Progress.of_state(state),
                remaining_loops=state["remaining_loops"],
            ),
        )


async def _next_roles(workflow: Workflow, state: TaskState) -> tuple[str, ...]:
    """Return which roles would act next, as the workflow itself decides in a rehearsal."""
    rehearsal = workflow.copy({"checkpointer": InMemorySaver()})
    return (await rehearsal.aget_state(await place_state(rehearsal, state))).next
