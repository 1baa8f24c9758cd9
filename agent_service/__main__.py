"""Start the agent: ``python -m agent_service``."""

from __future__ import annotations

from shared.llama_threads import limit_spinning
from shared.server import run_service

if __name__ == "__main__":
    limit_spinning()  # llama.cpp reads it when it is loaded, which the import below does
    from agent_service.app import serve

    run_service("agent", serve)
