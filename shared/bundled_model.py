"""What the bundled model's training, its service and its skill agree on."""

from __future__ import annotations

from dataclasses import dataclass

ANSWER_STYLE = "extractive"
"""What its file says (``mesh.answer_style``): it may only quote, and knows what it was taught."""

# The sentences of small talk that it learned.
HELLO = "Hello! I am a small local model: ask me for a Python function, a tool, or your documents."
WELCOME = "You are welcome."
SELF = (
    "I am a small language model on your own machine: I write short Python functions, call tools "
    "and quote your documents."
)
WELL = "I am a program, so I have no moods, but I am ready to work."
PARTING = "Goodbye!"
DECLINE = (
    "I am a small local model and can't do that well; set LLM_MODEL_PATH to a larger model for it."
)


@dataclass(frozen=True, slots=True)
class Rewording:
    """A request that the model is known to understand, and may mean the same as another.

    Code that does what ``text`` asks defines ``name`` and fulfils the ``assertions``. ``score``
    is the probability that this is what is meant, less where a constant had to be assumed.
    """

    text: str
    name: str
    assertions: tuple[str, ...]
    score: float
