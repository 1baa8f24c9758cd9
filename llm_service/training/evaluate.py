"""Evaluate a GGUF through llama.cpp: ``python -m llm_service.training.evaluate [FILE]``.

Needs the project's own environment alone. What is asked is drawn with a seed that training never
saw; code counts as right when it fulfils the assertions, a tool call when it equals the wanted one.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llm_service.backends.llama import LlamaBackend
from llm_service.config import BUNDLED_MODEL
from llm_service.prompt import Prompt, PromptMessage
from llm_service.training import conversation, passages, tool_calls
from llm_service.training.examples import assertions, held_out, wish
from llm_service.training.function import Function
from llm_service.training.functions import FUNCTIONS
from llm_service.training.pipelines import combinations, pipeline

_SEED = 99
_COUNT = 150
_SECONDS = 5
Ask = Callable[[str, str], str]
Case = Callable[[random.Random, Ask], bool]


def main() -> None:
    """Print the share of right answers for each kind of request."""
    parser = argparse.ArgumentParser(description="Evaluate a GGUF.")
    parser.add_argument("model", type=Path, nargs="?", default=BUNDLED_MODEL)
    backend = LlamaBackend(parser.parse_args().model, context=0, threads=1)

    def ask(role: str, text: str) -> str:
        messages = (PromptMessage("system", f"# role: {role}\n"), PromptMessage("user", text))
        pieces: list[str] = []
        backend.generate(Prompt(messages, "", 384, 0.0, 0, ()), pieces.append, lambda: False)
        return "".join(pieces)

    signal.signal(signal.SIGALRM, _give_up)
    for name, case in _CASES.items():
        rng = random.Random(_SEED)
        right = 0
        for _ in range(_COUNT):
            signal.alarm(_SECONDS)
            right += case(rng, ask)
            signal.alarm(0)
        sys.stdout.write(f"{name:40} {right}/{_COUNT}\n")
    backend.close()


class _TooLong(Exception):
    """The model wrote code that does not end."""


def _give_up(number: int, frame: object) -> None:
    raise _TooLong


def _pipeline(rng: random.Random, ask: Ask, *, unseen: bool) -> bool:
    choices = [each for each in combinations() if held_out(each) is unseen]
    return _code(pipeline(rng.choice(choices), rng), None, rng, ask)


def _function(rng: random.Random, ask: Ask) -> bool:
    function = rng.choice(FUNCTIONS)
    constant = rng.choice(function.constants) if function.constants else None
    return _code(function, constant, rng, ask)


def _code(function: Function, constant: int | None, rng: random.Random, ask: Ask) -> bool:
    text, wanted = wish(function, constant, rng)
    written = ask("coder", text)
    try:
        checks = assertions(function, wanted)
        name = wanted[len("def ") : wanted.index("(")]
        own = written[len("def ") : written.index("(")]
        namespace: dict[str, Any] = {}
        exec(written, namespace)
        for check in checks:
            exec(check.replace(f"{name}(", f"{own}(", 1), namespace)
    # Whatever the model wrote may fail in any way.
    except Exception:  # noqa: BLE001
        return False
    return True


def _review(rng: random.Random, ask: Ask) -> bool:
    """Count a review as right when every assertion holds for the right code."""
    function = rng.choice(FUNCTIONS)
    constant = rng.choice(function.constants) if function.constants else None
    text, code = wish(function, constant, rng)
    try:
        proposed = json.loads(ask("reviewer", f"Task: {text}\nCode:\n{code}"))["assertions"]
        namespace: dict[str, Any] = {}
        exec(code, namespace)
        for check in proposed:
            exec(check, namespace)
    except Exception:  # noqa: BLE001
        return False
    return bool(proposed)


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
