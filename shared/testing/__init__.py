"""The ports of the core in memory, for tests and benchmarks alone."""

from shared.testing.calls import Calls
from shared.testing.embedder import FakeEmbedder
from shared.testing.journal import FakeJournal
from shared.testing.knowledge_base import DEFAULT, FakeKnowledge
from shared.testing.model import Asked, FakeModel, say_plainly
from shared.testing.router import FakeRouter
from shared.testing.services import FakeClock, FakeHealth, FakeServices
from shared.testing.toolbox import CHECKS_PASS, FakeTool, FakeToolbox, passed

__all__ = [
    "CHECKS_PASS",
    "DEFAULT",
    "Asked",
    "Calls",
    "FakeClock",
    "FakeEmbedder",
    "FakeHealth",
    "FakeJournal",
    "FakeKnowledge",
    "FakeModel",
    "FakeRouter",
    "FakeServices",
    "FakeTool",
    "FakeToolbox",
    "passed",
    "say_plainly",
]
