"""What `core.ports.KnowledgeBase` promises, held by the fake and by a real knowledge service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from core.errors import DeadlineExceeded, InvalidInput, Unavailable
from core.ports import KnowledgeBase, Passage
from shared.clients import KnowledgeClient
from shared.testing import DEFAULT, FakeKnowledge
from tests.conformance.ports.calling import FailpointGate, FakeGate, Gate, new_call
from tests.integration.mesh import Mesh

PORT = "# Ports\n\nThe agent listens on port 7400.\n\nThe tools listen on port 7402.\n"
ODD = "# Zeichen\n\nGrüße, 日本語, 😀 und „Anführungszeichen“.\n"
LONG = "# The log\n\n" + "\n\n".join(
    f"On day {day} the ship passed the island number {day * 7}, and nobody was seen. " * 4
    for day in range(40)
)
LIBRARY: Mapping[str, Mapping[str, str]] = {
    DEFAULT: {"ports.md": PORT, "odd.md": ODD, "log.md": LONG},
    "other": {"elsewhere.md": "# Other\n\nThe other agent listens on port 9.\n"},
}
"""The sources by collection; each has a name that no other one ends like."""


@dataclass(frozen=True)
class Subject:
    """A knowledge base that holds `LIBRARY`, and one that nobody serves."""

    knowledge: KnowledgeBase
    away: KnowledgeBase
    gate: Gate


@pytest.fixture(params=["fake", "service"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """The implementations."""
    if request.param == "fake":
        fake = FakeKnowledge(
            collections={name: paragraphs(sources) for name, sources in LIBRARY.items()}
        )
        yield Subject(fake, FakeKnowledge(away=True), FakeGate(fake.calls))
        return
    mesh: Mesh = request.getfixturevalue("module_mesh")
    async with AsyncExitStack() as stack:
        yield await served(mesh, stack)


def paragraphs(sources: Mapping[str, str]) -> list[Passage]:
    """Return a passage a paragraph, each with a score of its own."""
    found: list[Passage] = []
    for source, text in sources.items():
        line = 1
        for part in text.strip().split("\n\n"):
            last = line + part.count("\n")
            found.append(Passage(source, line, last, part, 1 - 0.03 * len(found)))
            line = last + 2
    return found[::-1]


async def served(mesh: Mesh, stack: AsyncExitStack) -> Subject:
    """Return clients of the service, which is started once and gets the library then."""
    new = not mesh.started
    if new:
        await mesh.start("chroma", failpoints={"chroma": "watch"})
    client, away = [
        KnowledgeClient(await stack.enter_async_context(mesh.channel(name)))
        for name in ("chroma", "llm")
    ]
    if new:
        for collection, sources in LIBRARY.items():
            for source, text in sources.items():
                await client.ingest(source, text.encode(), collection=collection)
    return Subject(client, away, FailpointGate.of(mesh, "chroma.before_query"))


@pytest.fixture
def knowledge(subject: Subject) -> KnowledgeBase:
    """The implementation that answers."""
    return subject.knowledge


@pytest.mark.parametrize("limit", [1, 3, 8])
async def test_no_more_passages_come_than_asked_for(knowledge: KnowledgeBase, limit: int) -> None:
    found = await knowledge.query("which port?", limit, new_call())
    assert len(found) == limit
    assert len({(each.source, each.start_line) for each in found}) == limit


async def test_the_best_passages_come_first(knowledge: KnowledgeBase) -> None:
    found = await knowledge.query("which port?", 8, new_call())
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert all(-1 <= score <= 1.000001 for score in scores)
    fewer = await knowledge.query("which port?", 3, new_call())
    assert [each.text for each in fewer] == [each.text for each in found[:3]]


async def test_a_passage_is_a_piece_of_its_source_word_for_word(knowledge: KnowledgeBase) -> None:
    found = await knowledge.query("Grüße und Zeichen", 50, new_call())
    assert {each.source for each in found} == set(LIBRARY[DEFAULT])
    for each in found:
        lines = LIBRARY[DEFAULT][each.source].split("\n")
        assert 1 <= each.start_line <= each.end_line <= len(lines)
        piece = "\n".join(lines[each.start_line - 1 : each.end_line])
        assert set(each.text.split()) <= set(piece.split())
        assert each.text.split("\n")[-1].strip() in piece
    assert "„Anführungszeichen“" in "".join(each.text for each in found)


async def test_a_collection_is_searched_alone(knowledge: KnowledgeBase) -> None:
    other = await knowledge.query("which port?", 50, new_call(), "other")
    assert {each.source for each in other} == set(LIBRARY["other"])
    named = await knowledge.query("which port?", 50, new_call(), DEFAULT)
    assert await knowledge.query("which port?", 50, new_call()) == named
    assert not {each.source for each in named} & set(LIBRARY["other"])


async def test_a_collection_without_sources_has_no_passages(knowledge: KnowledgeBase) -> None:
    assert await knowledge.query("which port?", 5, new_call(), "empty") == []


@pytest.mark.parametrize("limit", [-1, 0, 51])
async def test_a_limit_out_of_bounds_is_refused(knowledge: KnowledgeBase, limit: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        await knowledge.query("which port?", limit, new_call())
    assert refused.value.field == "limit"


async def test_nobody_is_waited_for_longer_than_the_deadline(subject: Subject) -> None:
    subject.gate.close(1.0)
    with pytest.raises(DeadlineExceeded):
        await subject.knowledge.query("which port?", 5, new_call(seconds=0.3))
    assert await subject.knowledge.query("which port?", 5, new_call())


async def test_what_nobody_serves_is_unavailable(subject: Subject) -> None:
    with pytest.raises(Unavailable):
        await subject.away.query("which port?", 5, new_call())
