"""Start the LLM service: ``python -m llm_service``."""

from __future__ import annotations

from shared.llama_threads import limit_spinning
from shared.server import run_service

if __name__ == "__main__":
    limit_spinning()  # llama.cpp reads it when it is loaded, which the import below does
    from llm_service.app import serve

    run_service("llm", serve)
