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
from core.ports.question import (
    Answer,
    AnswerKind,
    EffectAnswer,
    JsonAnswer,
    Question,
    TextAnswer,
)
from core.ports.router import Router
from core.ports.service_health import ServiceHealth
from core.ports.skills import (
    CitedAnswer,
    Draft,
    NoCall,
    Skill,
    Skills,
    ToolAnswer,
    ToolCall,
    ToolStep,
)
from core.ports.toolbox import Toolbox, ToolDescription, ToolResult

__all__ = [
    "Answer",
    "AnswerKind",
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
    "JsonAnswer",
    "KnowledgeBase",
    "LanguageModel",
    "ModelInfo",
    "NoCall",
    "Passage",
    "Question",
    "Router",
    "ServiceHealth",
    "Skill",
    "Skills",
    "StartedHop",
    "TextAnswer",
    "ToolAnswer",
    "ToolCall",
    "ToolDescription",
    "ToolResult",
    "ToolStep",
    "Toolbox",
]
