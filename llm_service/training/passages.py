"""Questions about passages, answered by a sentence of theirs."""

from __future__ import annotations

import random

NO_ANSWER = "The passages do not answer this."

_NAMES = (
    "agent",
    "server",
    "router",
    "worker",
    "client",
    "engine",
    "gateway",
    "scheduler",
    "parser",
    "cache",
    "broker",
    "indexer",
    "monitor",
    "runner",
    "builder",
    "planner",
    "loader",
    "ledger",
)
_SUBJECTS = tuple(f"the {name}" for name in _NAMES)
_PLACES = ("memory", "a file", "the database", "a table", "the log", "a queue", "a folder")
_FACTS = (
    ("{S} listens on port {n}.", ("which port does {s} use", "what port does {s} listen on")),
    ("{S} stores its data in {p}.", ("where does {s} store its data", "where is the data of {s}")),
    (
        "{S} retries a call {n} times.",
        ("how often does {s} retry", "how many retries does {s} make"),
    ),
    ("{S} is written in {l}.", ("what language is {s} written in", "in which language is {s}")),
    ("{S} was released in {y}.", ("when was {s} released", "what year was {s} released")),
    ("{S} needs at least {n} MB of memory.", ("how much memory does {s} need",)),
    ("{S} waits {n} seconds before it stops.", ("how long does {s} wait before it stops",)),
    (
        "{S} is configured by the variable {v}.",
        ("how is {s} configured", "which variable configures {s}"),
    ),
    ("{S} keeps at most {n} items.", ("how many items does {s} keep", "what is the limit of {s}")),
    ("{S} is started by {v}.", ("how is {s} started", "what starts {s}")),
    ("{S} talks to {o}.", ("what does {s} talk to", "which part does {s} talk to")),
    ("{S} fails when {o} is missing.", ("when does {s} fail", "why would {s} fail")),
)
_LANGUAGES = ("Python", "Rust", "Go", "Java", "C", "Ruby", "Kotlin")
_FILLER = (
    "It was chosen with care.",
    "Nothing else is needed.",
    "See the notes for more.",
    "This is the default.",
    "Most people leave it as it is.",
    "It can be changed later.",
)


def draw(rng: random.Random) -> tuple[str, str]:
    """Return a question with passages, and its answer."""
    subjects = rng.sample(_SUBJECTS, 4)
    kinds = [rng.choice(_FACTS) for _ in range(4)]
    facts = [_fill(kind[0], subject, rng) for kind, subject in zip(kinds, subjects, strict=True)]
    count = rng.randint(1, 3)
    texts = [_passage(fact, rng) for fact in facts[:count]]
    if rng.random() < 0.2:
        question = rng.choice(kinds[3][1]).format(s=subjects[3])
        answer = NO_ANSWER
    else:
        at = rng.randrange(count)
        question = rng.choice(kinds[at][1]).format(s=subjects[at])
        answer = f"{facts[at]} [{at + 1}]"
    if rng.random() < 0.5:
        question = question[0].upper() + question[1:] + "?"
    numbered = "\n".join(f"[{number}] {text}" for number, text in enumerate(texts, start=1))
    return f"Question: {question}\nPassages:\n{numbered}", answer


def _fill(pattern: str, subject: str, rng: random.Random) -> str:
    other = rng.choice([each for each in _SUBJECTS if each != subject])
    return pattern.format(
        S=subject[0].upper() + subject[1:],
        n=rng.choice((rng.randint(2, 20), rng.randint(20, 9999))),
        p=rng.choice(_PLACES),
        l=rng.choice(_LANGUAGES),
        y=rng.randint(1990, 2026),
        v="".join(rng.choice("ABCDEFGHKLMNPRSTUVW") for _ in range(4))
        + "_"
        + rng.choice(("PATH", "PORT", "MODE", "SIZE")),
        o=other,
    )


def _passage(fact: str, rng: random.Random) -> str:
    parts = [fact]
    if rng.random() < 0.5:
        parts.append(rng.choice(_FILLER))
    if rng.random() < 0.3:
        parts.insert(0, rng.choice(_FILLER))
    return " ".join(parts)
