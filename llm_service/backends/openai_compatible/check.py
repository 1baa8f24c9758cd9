"""Asks the server what the service's start asks it, for `mesh doctor`.

``python -m llm_service.backends.openai_compatible.check`` prints one JSON object: ``outcome`` (ok,
warning or failed) and ``detail``. A process of its own, as the services are: the CLI shares no
code with them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace

from core.errors import MeshError
from llm_service.backends.openai_compatible.client import open_client
from llm_service.backends.openai_compatible.model_list import choose, read_models
from llm_service.backends.openai_compatible.server import OpenAiServer
from llm_service.config import LlmSettings
from shared.settings import load_settings

_SILENCE_SECONDS = 10.0


async def check(server: OpenAiServer) -> tuple[str, str]:
    """Return the outcome and what there is to say of it; a server that is mute is away."""
    impatient = replace(server, silence_seconds=min(server.silence_seconds, _SILENCE_SECONDS))
    async with open_client(impatient) as client:
        try:
            models = await read_models(client, impatient)
            model = choose(models, server)
        except MeshError as error:
            return "failed", str(error)
    if models and not model.listed:
        return "warning", f"{server.base_url} does not list OPENAI_MODEL={model.name}"
    return "ok", f"{model.name} at {server.base_url}"


def main() -> None:
    """Check the server that the environment names."""
    try:
        outcome, detail = asyncio.run(check(load_settings(LlmSettings).openai_server))
    except MeshError as error:
        outcome, detail = "failed", str(error)
    json.dump({"outcome": outcome, "detail": detail}, sys.stdout)


if __name__ == "__main__":
    main()
