"""Start the LLM service: ``python -m llm_service``."""

from __future__ import annotations

from llm_service.app import serve
from shared.server import run_service

if __name__ == "__main__":
    run_service("llm", serve)
