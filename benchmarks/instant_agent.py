"""The agent service, whole, on services that answer at once: ``python -m``."""

from __future__ import annotations

from agent_service.app import serve
from benchmarks.instant_services import open_instant_services
from shared.server import run_service

if __name__ == "__main__":
    run_service("agent", lambda: serve(open_instant_services))
