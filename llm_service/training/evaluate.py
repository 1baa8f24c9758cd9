"""Evaluate a GGUF through llama.cpp: ``python -m llm_service.training.evaluate [FILE]``.

Needs the project's own environment alone. What is asked is drawn with a seed that training never
saw; code counts as right when it fulfils the assertions, a tool call when it equals the wanted one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llm_service.backends.llama import LlamaBackend, LlamaSettings
from llm_service.backends.reading import read_all
from llm_service.config import BUNDLED_MODEL
from llm_service.functions import FUNCTIONS, Function
from llm_service.functions.pipelines import combinations, pipeline
from llm_service.functions.requests import known_request
from llm_service.prompt import Prompt, PromptMessage
from llm_service.training import conversation, passages, tool_calls

_SEED = 99
_COUNT = 150
_SECONDS = 5
Ask = Callable[[str, str], str]
Case = Callable[[random.Random, Ask], bool]


def main() -> None:
    """Print the share of right answers for each kind of request."""
    parser = argparse.ArgumentParser(description="Evaluate a GGUF.")
    parser.add_argument("model", type=Path, nargs="?", default=BUNDLED_MODEL)
    path = parser.parse_args().model
    with asyncio.Runner() as runner:
        backend = runner.run(LlamaBackend.open(LlamaSettings(path=path)))
        _evaluate(lambda prompt: runner.run(read_all(backend, prompt))[0])
        runner.run(backend.close())


def _evaluate(generate: Callable[[Prompt], str]) -> None:
    def ask(role: str, text: str) -> str:
        messages = (PromptMessage("system", f"# role: {role}\n"), PromptMessage("user", text))
        return generate(Prompt(messages, "", 384, 0.0, 0, ()))

    signal.signal(signal.SIGALRM, _give_up)
    for name, case in _CASES.items():
        rng = random.Random(_SEED)
        right = 0
        for _ in range(_COUNT):
            signal.alarm(_SECONDS)
            right += case(rng, ask)
            signal.alarm(0)
        sys.stdout.write(f"{name:40} {right}/{_COUNT}\n")


class _TooLong(Exception):
    """The model wrote code that does not end."""


def _give_up(number: int, frame: object) -> None:
    raise _TooLong


def _pipeline(rng: random.Random, ask: Ask, *, unseen: bool) -> bool:
    choices = [each for each in combinations() if each.held_out is unseen]
    return _code(pipeline(rng.choice(choices)), rng, ask)


def _function(rng: random.Random, ask: Ask) -> bool:
    return _code(rng.choice(FUNCTIONS), rng, ask)


def _code(function: Function, rng: random.Random, ask: Ask) -> bool:
    """Count code as right when it fulfils the assertions of what was asked for."""
    constants = rng.choice(function.constants) if function.constants else {}
    written = ask("coder", known_request(function, constants))
    return _hold(written, function.assertions(constants=constants))


def _review(rng: random.Random, ask: Ask) -> bool:
    """Count a review as right when every assertion holds for the right code."""
    function = rng.choice(FUNCTIONS)
    constants = rng.choice(function.constants) if function.constants else {}
    code = function.code(constants=constants)
    answer = ask("reviewer", f"Task: {known_request(function, constants)}\nCode:\n{code}")
    try:
        proposed = json.loads(answer)["assertions"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(proposed) and _hold(code, proposed)


def _hold(code: str, assertions: list[str]) -> bool:
    namespace: dict[str, Any] = {}
    try:
        for statement in (code, *assertions):
            exec(statement, namespace)
    # Whatever the model wrote may fail in any way.
    except Exception:  # noqa: BLE001
        return False
    return True


def _tool(rng: random.Random, ask: Ask) -> bool:
    text, call = tool_calls.draw(rng)
    try:
        return bool(json.loads(ask("operator", text)) == call)
    except json.JSONDecodeError:
        return False


def _passage(rng: random.Random, ask: Ask) -> bool:
    asked, answer = passages.draw(rng)
    return ask("responder", asked) == answer


def _talk(rng: random.Random, ask: Ask) -> bool:
    text, answer = conversation.draw(rng)
    return ask("direct", text) == answer


_CASES: dict[str, Case] = {
    "list pipelines": lambda rng, ask: _pipeline(rng, ask, unseen=False),
    "list pipelines, combinations unseen": lambda rng, ask: _pipeline(rng, ask, unseen=True),
    "functions on text, numbers, lists, dicts": _function,
    "assertions that hold": _review,
    "tool calls, to the letter": _tool,
    "quotes from passages": _passage,
    "small talk": _talk,
}

if __name__ == "__main__":
    main()
