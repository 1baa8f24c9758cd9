"""The agent's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.config import WorkflowConfig
from shared.settings import EMBEDDING_MODEL, CommonSettings


class AgentSettings(CommonSettings):
    """Settings of the agent service; the environment variable is the field's name in capitals."""

    checkpoint_db_path: Path | None = None
    """The database of tasks, events and checkpoints; default MESH_HOME/agent/mesh.db."""
    router_model_path: Path | None = None
    """The router's GGUF: the embedding model that its head was fitted on, or an instruct model,
    which is then prompted; default EMBEDDING_MODEL_PATH."""
    router_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0
    """How long an instruct model may take for a decision before the fallback is taken."""
    embedding_model_path: Path = EMBEDDING_MODEL
    """The embedding GGUF that ``make setup`` prepares."""
    router_confidence_threshold: Annotated[float, Field(ge=0, le=1)] = 0.55
    """Below this confidence the fallback route is taken."""
    agent_max_review_cycles: Annotated[int, Field(ge=1, le=10)] = 2
    """Reviews of a code task at most."""
    agent_max_tool_calls: Annotated[int, Field(ge=1, le=64)] = 8
    """Tool calls of a task at most."""
    agent_max_running_tasks: Annotated[int, Field(ge=1, le=1024)] = 4
    """Tasks that run at once."""
    agent_queue_limit: Annotated[int, Field(ge=1)] = 10_000
    """Unfinished tasks at most; past it a submission is refused."""
    agent_max_crashes: Annotated[int, Field(ge=1)] = 3
    """Crashes of the agent in one hop of a task before the task counts as a crash loop."""
    agent_service_wait_seconds: Annotated[float, Field(ge=0)] = 600
    """How long a task waits for a service that is down before it fails."""

    @property
    def database_path(self) -> Path:
        """The file of tasks, events and checkpoints."""
        return self.checkpoint_db_path or self.mesh_home / "agent" / "mesh.db"

    @property
    def router_path(self) -> Path:
        """The GGUF that the router decides with."""
        return self.router_model_path or self.embedding_model_path

    @property
    def router_path_variable(self) -> str:
        """The setting that named `router_path`."""
        return "ROUTER_MODEL_PATH" if self.router_model_path else "EMBEDDING_MODEL_PATH"

    def workflow(self) -> WorkflowConfig:
        """Return the workflow's own settings."""
        return WorkflowConfig(
            router_confidence_threshold=self.router_confidence_threshold,
            max_review_cycles=self.agent_max_review_cycles,
            max_tool_calls=self.agent_max_tool_calls,
        )
