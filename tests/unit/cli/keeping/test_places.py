"""The command line finds things where the services keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_service.config import AgentSettings
from agent_service.storage.sqlite.schema import SCHEMA as AGENT_SCHEMA
from chroma_service.manifest import SCHEMA as SOURCES_SCHEMA
from cli.keeping.places import AGENT, KNOWN_VERSIONS, LEDGER, SOURCES, KeepingSettings, Places
from tool_service.config import ToolSettings
from tool_service.ledger.ledger import SCHEMA as LEDGER_SCHEMA


@pytest.mark.parametrize(
    "environment",
    [
        {"MESH_HOME": "/somewhere"},
        {"MESH_HOME": "/here", "CHECKPOINT_DB_PATH": "/there/a.db", "TOOL_WORKSPACE": "/ws"},
    ],
)
def test_the_services_keep_things_there(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    places = Places.of(KeepingSettings())
    assert places.agent == AgentSettings().database_path
    assert places.workspace == ToolSettings().workspace
    assert places.databases[LEDGER] == Path(environment["MESH_HOME"]) / "tool" / "ledger.db"
    assert places.databases[SOURCES] == Path(environment["MESH_HOME"]) / "chroma" / "sources.db"


def test_the_known_versions_are_those_of_the_services() -> None:
    services = {AGENT: AGENT_SCHEMA, LEDGER: LEDGER_SCHEMA, SOURCES: SOURCES_SCHEMA}
    assert {name: schema.version for name, schema in services.items()} == KNOWN_VERSIONS
