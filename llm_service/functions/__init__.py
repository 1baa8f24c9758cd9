"""The functions and classes that the bundled model learns to write, and how people ask for them."""

from llm_service.functions.catalogue import FUNCTIONS
from llm_service.functions.function import Constants, Function

__all__ = ["FUNCTIONS", "Constants", "Function"]
