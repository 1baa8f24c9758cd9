"""The knowledge service, put together: embedder, Chroma, manifest, library and servicer."""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, datetime

from chroma_service.collection import open_collections
from chroma_service.config import ChromaSettings
from chroma_service.conversion.process import Converter
from chroma_service.embedders import open_embedders
from chroma_service.library import Library
from chroma_service.manifest import SCHEMA, Manifest
from chroma_service.servicer import KnowledgeServicer
from shared.pb.mesh.knowledge.v1.knowledge_service_pb2_grpc import (
    add_KnowledgeServiceServicer_to_server,
)
from shared.server import MeshServer, ServiceIdentity
from shared.settings import load_settings
from shared.sqlite import open_database

_log = logging.getLogger(__name__)


async def serve() -> None:
    """Run the knowledge service until it is told to stop."""
    settings = load_settings(ChromaSettings)
    state = settings.state_directory("chroma")
    async with (
        open_embedders(settings.embedding_model_path, settings.embedding_threads) as (
            embedder,
            model_name,
        ),
        open_database(state / "sources.db", SCHEMA) as database,
        open_collections(state / "passages") as passages,
    ):
        manifest = Manifest(database)
        await manifest.load()
        library = Library(
            manifest,
            passages,
            embedder,
            Converter(),
            new_generation=lambda: uuid.uuid4().hex,
            now_iso=lambda: datetime.now(UTC).isoformat(),
        )
        if leftovers := await library.tidy():
            _log.info("deleted what %d cut ingestions left behind", leftovers)
        identity = ServiceIdentity(
            "chroma",
            capabilities=("ingest", "query"),
            model=model_name,
            threads=settings.embedding_threads,
        )
        server = MeshServer(identity, settings)
        server.add_service(
            "mesh.knowledge.v1.KnowledgeService",
            add_KnowledgeServiceServicer_to_server,
            KnowledgeServicer(library),
        )
        await server.run()
