"""All sources come in pages that a client with default limits takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chroma_service.manifest import SourceVersion
from chroma_service.servicer import KnowledgeServicer
from chroma_service.source_pages import page_of_sources
from shared.clients import KnowledgeClient
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb
from shared.pb.mesh.knowledge.v1.knowledge_service_pb2_grpc import (
    add_KnowledgeServiceServicer_to_server,
)
from shared.proxies import NO_PROXY

AT = "2026-11-26T00:00:00Z"


@dataclass
class Shelf:
    """A library that has only names."""

    sources: list[SourceVersion] = field(default_factory=list)

    def title(self, collection: str, source: str) -> str:
        """Call a source by its whole name."""
        return source


def version(name: str) -> SourceVersion:
    """A source; every other one is in a collection of its own, which comes after the others."""
    collection = "default" if len(name) % 2 else "other"
    return SourceVersion(collection, name, "g", 1, "0" * 64, AT, 1)


def in_order(names: Iterable[str]) -> list[SourceVersion]:
    return sorted(map(version, names), key=lambda each: (each.collection, each.source))


@pytest.mark.parametrize(("count", "length"), [(0, 1), (1, 1000), (501, 10), (9000, 1000)])
async def test_a_client_gets_every_source_once(count: int, length: int) -> None:
    names = sorted(f"{n:05}{'x' * length}" for n in range(count))
    server = grpc.aio.server()
    servicer = KnowledgeServicer(Shelf(in_order(names)))  # type: ignore[arg-type]
    add_KnowledgeServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=NO_PROXY) as channel:
            found = [each.source for each in await KnowledgeClient(channel).list_sources()]
            assert found == [each.source for each in in_order(names)]
    finally:
        await server.stop(None)


@given(
    st.sets(st.text(min_size=1, max_size=4000), max_size=30),
    st.lists(st.text(min_size=1, max_size=5), max_size=30),
    st.integers(0, 7),
)
def test_sources_that_come_and_go_move_no_other(
    stay: set[str], passing: list[str], page_size: int
) -> None:
    present, found, token = set(stay), [], ""
    coming = list(passing)
    while True:
        shelf = in_order(present)
        page = page_of_sources(shelf, lambda each: pb.Source(source=each.source), page_size, token)
        found += [each.source for each in page.sources]
        token = page.next_page_token
        if not token:
            break
        if coming:
            present ^= {coming.pop()} - stay
    assert [each.source for each in in_order(set(found))] == found
    assert stay <= set(found)
