"""Typed clients of the services; those of core's ports implement them."""

from shared.clients.agent import AgentClient
from shared.clients.channel import is_serving, open_channel
from shared.clients.history import HistoryClient
from shared.clients.knowledge import KnowledgeClient
from shared.clients.llm import LlmClient
from shared.clients.registry import RegistryClient
from shared.clients.router import RouterClient
from shared.clients.tool import ToolClient

__all__ = [
    "AgentClient",
    "HistoryClient",
    "KnowledgeClient",
    "LlmClient",
    "RegistryClient",
    "RouterClient",
    "ToolClient",
    "is_serving",
    "open_channel",
]
