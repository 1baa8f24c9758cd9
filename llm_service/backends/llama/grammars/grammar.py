"""What a prompt asks its output to fit, as a grammar that llama.cpp samples by."""

from __future__ import annotations

from functools import lru_cache

from core.errors import InvalidInput
from llm_service.backends.llama.grammars.gbnf import BadGrammar
from llm_service.backends.llama.grammars.grammar_check import check_gbnf
from llm_service.backends.llama.grammars.schema_form import form_of
from llm_service.backends.llama.grammars.schema_grammar import write_grammar
from llm_service.json_schema import FIELD, read_schema
from llm_service.prompt import Prompt

_MAX_GRAMMAR_BYTES = 64 * 1024
_MAX_WRITTEN_BYTES = 512 * 1024
_KEPT = 64
_CONVERTER_FAILURES = (
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def grammar_of(prompt: Prompt) -> str:
    """Return the grammar of a prompt, empty for free text; llama.cpp survives reading it.

    Raises: InvalidInput, with the keyword of the schema or the line of the grammar.
    """
    if prompt.json_schema and prompt.grammar:
        raise InvalidInput("grammar and json_schema exclude each other", "grammar")
    if prompt.json_schema:
        return _grammar_of_schema(prompt.json_schema)
    if prompt.grammar:
        _check_grammar(prompt.grammar)
    return prompt.grammar


def _check_grammar(grammar: str) -> None:
    if len(grammar.encode()) > _MAX_GRAMMAR_BYTES:
        raise InvalidInput(
            f"grammar is over {_MAX_GRAMMAR_BYTES} bytes long: shorten it", "grammar"
        )
    try:
        check_gbnf(grammar)
    except BadGrammar as error:
        raise InvalidInput(f"grammar cannot be used: {error}", "grammar") from error


@lru_cache(_KEPT)
def _grammar_of_schema(json_schema: str) -> str:
    """Agents send the same few schemas again and again."""
    schema = read_schema(json_schema)
    try:
        text = write_grammar(*form_of(schema))
    # The converter walks whatever it is given and fails in its own ways on odd schemas.
    except _CONVERTER_FAILURES as error:
        raise InvalidInput(
            f"json_schema cannot be compiled: {type(error).__name__}: {error}", FIELD
        ) from error
    if len(text) > _MAX_WRITTEN_BYTES:
        raise InvalidInput(
            "json_schema cannot be compiled: its grammar is too large: ask for less", FIELD
        )
    try:
        check_gbnf(text)
    except BadGrammar as error:
        raise InvalidInput(
            f"json_schema cannot be compiled: its grammar: {error}", FIELD
        ) from error
    return text
