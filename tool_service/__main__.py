"""Start the tool service: ``python -m tool_service``."""

from __future__ import annotations

from shared.server import run_service
from tool_service.app import serve

if __name__ == "__main__":
    run_service("tool", serve)
