"""Start the agent: ``python -m agent_service``."""

from __future__ import annotations

from agent_service.app import serve
from shared.server import run_service

if __name__ == "__main__":
    run_service("agent", serve)
