"""Says a request in the words that the bundled model learned."""

from llm_service.rewording.opening import open_reworder
from llm_service.rewording.rewording import Reworder

__all__ = ["Reworder", "open_reworder"]
