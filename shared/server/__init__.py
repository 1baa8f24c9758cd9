"""The server that every service runs in."""

from shared.call_metadata import CallMetadata, current_call
from shared.server.bootstrap import MeshServer, ServiceIdentity, run_service

__all__ = ["CallMetadata", "MeshServer", "ServiceIdentity", "current_call", "run_service"]
