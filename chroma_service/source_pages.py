"""Pages of sources that fit into a message, however many there are and whatever their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chroma_service.manifest import SourceVersion
from core.errors import InvalidInput
from core.json_text import read_json, write_json
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb

MAX_PAGE = 1000
_DEFAULT_PAGE = 500
# Below the 4 MiB that a gRPC client takes unless it is told otherwise.
_MAX_PAGE_BYTES = 3 * 1024 * 1024


def page_of_sources(
    sources: Sequence[SourceVersion],
    to_proto: Callable[[SourceVersion], pb.Source],
    page_size: int,
    page_token: str,
) -> pb.ListSourcesResponse:
    """Return the ``sources``, which are in order, that follow the one that the token names.

    One that comes or goes meanwhile moves no other: each is in the pages once. Raises: InvalidInput
    (the token is none).
    """
    after = _place(page_token) if page_token else None
    page = pb.ListSourcesResponse()
    room = _MAX_PAGE_BYTES
    for source in sources:
        if after is not None and place_of(source) <= after:
            continue
        message = to_proto(source)
        room -= message.ByteSize()
        if page.sources and (len(page.sources) == (page_size or _DEFAULT_PAGE) or room < 0):
            return page
        page.sources.append(message)
        page.next_page_token = write_json(place_of(source))
    page.ClearField("next_page_token")
    return page


def place_of(source: SourceVersion) -> list[str]:
    """Return what the sources are in the order of."""
    return [source.collection, source.source]


def _place(page_token: str) -> list[str]:
    try:
        place = read_json(page_token)
    except ValueError:
        place = None
    if not isinstance(place, list) or len(place) != 2 or not all(type(x) is str for x in place):
        raise InvalidInput("page_token is none that a page came with", "page_token")
    return place
