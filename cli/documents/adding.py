"""Ingests files one beside the other, and goes on past those that cannot be taken."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cli.documents.naming import identity, readable
from cli.documents.progress import AddProgress
from cli.documents.walking import FoundFile
from core.errors import (
    DeadlineExceeded,
    LimitExceeded,
    MeshError,
    NotFound,
    StorageUnwritable,
    Unauthenticated,
    Unavailable,
)
from shared.clients import KnowledgeClient
from shared.document_types import MAX_DOCUMENT_BYTES, PLAIN, media_type_of
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb

_AT_ONCE = 4
# After these no other file would fare better.
_FATAL = (Unavailable, DeadlineExceeded, StorageUnwritable, Unauthenticated)

Status = Literal["ingested", "replaced", "unchanged", "skipped"]


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one file; ``reason`` says why it was skipped, ``note`` what else to know."""

    path: Path
    status: Status
    source: pb.Source | None = None
    reason: str = ""
    note: str = ""


class Adder:
    """Ingests into one collection."""

    def __init__(self, client: KnowledgeClient, collection: str, progress: AddProgress) -> None:
        """Ingest through ``client``."""
        self._client = client
        self._collection = collection
        self._progress = progress
        self._old: dict[str, pb.Source] = {}

    async def add(self, files: Sequence[FoundFile], report: Callable[[Added], None]) -> list[Added]:
        """Ingest ``files``; report each in their order, and return all.

        Raises: Unavailable, DeadlineExceeded, StorageUnwritable, Unauthenticated, InvalidInput
        (the collection's name).
        """
        listed = await self._client.list_sources(self._collection)
        self._old = {each.source: each for each in listed}
        places = asyncio.Semaphore(_AT_ONCE)
        tasks = [asyncio.create_task(self._one_of(each, places)) for each in files]
        added = []
        try:
            for task in tasks:
                added.append(await task)
                report(added[-1])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return added

    async def _one_of(self, file: FoundFile, places: asyncio.Semaphore) -> Added:
        async with places:
            added = await self._one(file)
        self._progress.done(readable(file.path))
        return added

    async def _one(self, file: FoundFile) -> Added:
        try:
            content = await asyncio.to_thread(_content, file.path)
            ended = await self._client.ingest(
                _source(file.path),
                content,
                collection=self._collection,
                # Whoever names a file of an unknown kind says that it is text.
                media_type=PLAIN if file.named and not media_type_of(file.path.name) else "",
                on_progress=lambda step: self._progress.step(readable(file.path), step),
            )
        except OSError as error:
            return Added(file.path, "skipped", reason=error.strerror or str(error))
        except _FATAL:
            raise
        except MeshError as error:
            return Added(file.path, "skipped", reason=_without(str(error), file.path))
        status: Status = "ingested"
        if ended.replaced:
            status = "unchanged" if ended.unchanged else "replaced"
        return Added(file.path, status, ended.source, note=await self._old_name(file, ended.source))

    async def _old_name(self, file: FoundFile, source: pb.Source) -> str:
        """Remove what the same file is kept as by its path as it was typed.

        Sources were named so once. One of other content may be another project's file, and stays.
        """
        old = self._old.get(str(file.path))
        if old is None or old.source == source.source:
            return ""
        if old.sha256 != source.sha256:
            return f"{old.source!r} is another source; `mesh docs remove` removes it"
        try:
            await self._client.delete_source(old.source, self._collection)
        except NotFound:
            return ""
        return f"in place of {old.source!r}"


def _content(path: Path) -> bytes:
    """Return a file's bytes. Raises: OSError, LimitExceeded."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise OSError(0, "it is no regular file")
    if about.st_size > MAX_DOCUMENT_BYTES:
        raise LimitExceeded(
            f"it has {about.st_size} bytes; at most {MAX_DOCUMENT_BYTES} are taken: split it"
        )
    return path.read_bytes()


def _source(path: Path) -> str:
    """Return what the file is known by. Raises: OSError."""
    source = identity(path)
    try:
        source.encode()
    except UnicodeEncodeError:
        raise OSError(0, "its name is no UTF-8: rename it") from None
    return source


def _without(message: str, path: Path) -> str:
    """Return the message without the path that it starts with, which is said anyway."""
    return message.removeprefix(f"{_source(path)} ")
