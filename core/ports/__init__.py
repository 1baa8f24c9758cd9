"""What the workflow needs from outside, as Protocols. Services hand in the real ones."""

from core.ports.call_context import CallContext
from core.ports.clock import Clock
from core.ports.embedder import Embedder
from core.ports.hop_journal import Decision, HopJournal, StartedHop
from core.ports.knowledge_base import KnowledgeBase, Passage
from core.ports.language_model import (
    ChatMessage,
    Generation,
    GenerationSettings,
    LanguageModel,
    ModelInfo,
)
from core.ports.router import Router
from core.ports.service_health import ServiceHealth
from core.ports.skills import CitedAnswer, Draft, Skill, Skills, ToolChoice
from core.ports.toolbox import EffectAnswer, Toolbox, ToolDescription, ToolResult

__all__ = [
    "CallContext",
    "ChatMessage",
    "CitedAnswer",
    "Clock",
    "Decision",
    "Draft",
    "EffectAnswer",
    "Embedder",
    "Generation",
    "GenerationSettings",
    "HopJournal",
    "KnowledgeBase",
    "LanguageModel",
    "ModelInfo",
    "Passage",
    "Router",
    "ServiceHealth",
    "Skill",
    "Skills",
    "StartedHop",
    "ToolChoice",
    "ToolDescription",
    "ToolResult",
    "Toolbox",
]
