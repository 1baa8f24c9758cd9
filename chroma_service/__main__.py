"""Start the knowledge service: ``python -m chroma_service``."""

from __future__ import annotations

from chroma_service.app import serve
from shared.server import run_service

if __name__ == "__main__":
    run_service("chroma", serve)
