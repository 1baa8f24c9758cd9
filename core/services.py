"""Everything that the workflow works with, in one frozen object."""

from __future__ import annotations

from dataclasses import dataclass

from core.config import WorkflowConfig
from core.ports import (
    Clock,
    HopJournal,
    KnowledgeBase,
    LanguageModel,
    Router,
    ServiceHealth,
    Skills,
    Toolbox,
)


@dataclass(frozen=True, slots=True)
class WorkflowServices:
    """The ports that a workflow is built with, and its settings."""

    model: LanguageModel
    knowledge: KnowledgeBase
    tools: Toolbox
    router: Router
    health: ServiceHealth
    journal: HopJournal
    clock: Clock
    skills: Skills
    config: WorkflowConfig
