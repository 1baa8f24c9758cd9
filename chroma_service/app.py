"""The knowledge service, put together: embedder, Chroma, manifest, library and servicer."""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, datetime

from chroma_service.collection import open_collection
from chroma_service.config import ChromaSettings
from chroma_service.library import Library
from chroma_service.manifest import SCHEMA, Manifest
from chroma_service.servicer import KnowledgeServicer
from shared.embedding import LlamaEmbedder
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
        LlamaEmbedder(settings.embedding_model_path, settings.embedding_threads) as embedder,
        open_database(state / "sources.db", SCHEMA) as database,
        open_collection(state / "passages") as passages,
    ):
        manifest = Manifest(database)
        await manifest.load()
        library = Library(
            manifest,
            passages,
            embedder,
            new_generation=lambda: uuid.uuid4().hex,
            now_iso=lambda: datetime.now(UTC).isoformat(),
        )
        if leftovers := await library.tidy():
            _log.info("deleted what %d cut ingestions left behind", leftovers)
        identity = ServiceIdentity(
            "chroma",
            capabilities=("ingest", "query"),
            model=embedder.model_name,
            threads=settings.embedding_threads,
        )
        server = MeshServer(identity, settings)
        server.add_service(
            "mesh.knowledge.v1.KnowledgeService",
            add_KnowledgeServiceServicer_to_server,
            KnowledgeServicer(library),
        )
        await server.run()
