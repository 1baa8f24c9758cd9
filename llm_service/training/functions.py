"""All the functions that the model learns to write, besides the list pipelines."""

from __future__ import annotations

from llm_service.training.functions_on_dicts import ON_DICTS
from llm_service.training.functions_on_lists import ON_LISTS
from llm_service.training.functions_on_numbers import ON_NUMBERS
from llm_service.training.functions_on_text import ON_TEXT

FUNCTIONS = ON_TEXT + ON_NUMBERS + ON_LISTS + ON_DICTS
