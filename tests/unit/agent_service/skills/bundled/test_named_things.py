"""A question that names a thing is answered from what is about that thing, or not at all."""

from __future__ import annotations

import pytest

from agent_service.skills.bundled.named_things import named_things, passages_about
from core.state import PassageRecord


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which Python versions does aiosqlite support?", ["python", "aiosqlite"]),
        ("is redis faster than its rivals?", ["redis"]),
        ("What is Kafka's default port?", ["kafka"]),
        ("how do I install py3langid", ["py3langid"]),
        ("where is mesh.db kept?", ["mesh.db"]),
        ("what does OBS_MODE do", ["obs_mode"]),
        ("How many GPUs are needed?", ["gpu"]),
        ("who maintains LangGraph", ["langgraph"]),
        ("what does chapter 2 of handbook.md say", ["handbook.md"]),
        ("Which port does the agent listen on?", []),
        ("What happens when a tool call was cut?", []),
        ("is it possible to restart?", []),
        ("Is there a limit?", []),
        ("What do students pay?", []),
        ("How Large Is The Mirror", []),
        ("How is memory being used?", ["memory"]),
    ],
)
def test_names_are_known_by_how_they_are_written(question: str, names: list[str]) -> None:
    assert sorted(named_things(question)) == sorted(names)


def _passage(source: str, text: str) -> PassageRecord:
    return PassageRecord(source=source, start_line=1, end_line=2, text=text, score=0.6)


SUPERVISOR = _passage("supervisor/README.md", "Supervisor supports Python 2.7 and 3.4 or later.")
TITLE = _passage("README.rst", "aiosqlite: a friendly bridge to SQLite.")
VERSIONS = _passage("README.rst", "It works with Python 3.9 and newer versions.")


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Which Python versions does aiosqlite support?", [TITLE, VERSIONS]),
        ("Which Python versions does supervisor support?", [SUPERVISOR]),
        ("Which Python versions does gunicorn support?", []),
        ("which versions are supported?", [SUPERVISOR, TITLE, VERSIONS]),
    ],
)
def test_passages_of_other_things_are_left_out(question: str, about: list[PassageRecord]) -> None:
    assert passages_about(question, [SUPERVISOR, TITLE, VERSIONS]) == about
