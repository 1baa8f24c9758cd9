"""The router that asks an instruct model."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from agent_service.router.generative_decision import decision_of, failed_decision
from agent_service.router.router_model import RouterModel, RouterModelError
from core.ports import CallContext
from core.routing import RouteDecision
from core.workflows import BUILT_IN, Workflows

_log = logging.getLogger(__name__)


class GenerativeRouter:
    """Classifies by prompting a model (`core.ports.Router`).

    Whatever goes wrong with the model becomes a decision that says so and that the policy turns
    into its fallback: a task is never lost to its router.
    """

    def __init__(
        self,
        model: RouterModel,
        thread: ThreadPoolExecutor,
        timeout_seconds: float,
        workflows: Workflows = BUILT_IN,
    ) -> None:
        """Ask ``model`` on ``thread``, an executor of one; a decision may take so many seconds."""
        self._model = model
        self._thread = thread
        self._timeout = timeout_seconds
        self._workflows = workflows

    async def route(self, text: str, context: CallContext) -> RouteDecision:
        """Return the model's decision; waiting for the thread counts as time taken."""
        seconds = min(self._timeout, context.deadline_seconds)
        given_up = threading.Event()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                completion = await loop.run_in_executor(
                    self._thread, self._model.complete, text, given_up.is_set
                )
        except TimeoutError:
            return self._failed(f"no decision within {seconds:g} s")
        except RouterModelError as error:
            return self._failed(f"the router's model failed: {error}")
        finally:
            given_up.set()  # the thread stops at its next look, also when the task was cancelled
        if completion is None:
            return self._failed("the router was stopped")
        return decision_of(completion, self._workflows)

    def _failed(self, reason: str) -> RouteDecision:
        _log.warning("%s", reason)
        return failed_decision(reason, workflows=self._workflows)
