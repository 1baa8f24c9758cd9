"""What of a MESH_HOME is worth keeping, and where it lies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.settings import CommonSettings

AGENT = "agent/mesh.db"
LEDGER = "tool/ledger.db"
SOURCES = "chroma/sources.db"
PASSAGES = "chroma/passages"
WORKSPACE = "workspace"

KNOWN_VERSIONS: Mapping[str, int] = {AGENT: 6, LEDGER: 1, SOURCES: 3}
"""The newest schema of each database that this version of the mesh reads (a test compares)."""


class KeepingSettings(CommonSettings):
    """The settings of services that say where they keep things (a test compares)."""

    checkpoint_db_path: Path | None = None
    """As the agent's."""
    tool_workspace: Path | None = None
    """As the tool service's."""


@dataclass(frozen=True, slots=True)
class Places:
    """The databases and folders of one stack; names are those in a backup."""

    home: Path
    agent: Path
    workspace: Path

    @classmethod
    def of(cls, settings: KeepingSettings) -> Places:
        """Return where the services with these settings keep things, as absolute paths."""
        home = _absolute(settings.mesh_home)
        return cls(
            home,
            _absolute(settings.checkpoint_db_path or home / AGENT),
            _absolute(settings.tool_workspace or home / WORKSPACE),
        )

    @property
    def databases(self) -> dict[str, Path]:
        """The databases that one service writes each, whether they are there or not."""
        generations = sorted((self.home / "llm").glob("*.db"))
        return {
            AGENT: self.agent,
            LEDGER: self.home / LEDGER,
            SOURCES: self.home / SOURCES,
            **{f"llm/{path.name}": path for path in generations},
        }

    @property
    def folders(self) -> dict[str, Path]:
        """The folders that are kept as a whole, whether they are there or not."""
        return {PASSAGES: self.passages, WORKSPACE: self.workspace}

    @property
    def passages(self) -> Path:
        """Chroma's folder."""
        return self.home / PASSAGES

    def live(self, name: str) -> Path:
        """Return where what a backup calls ``name`` lies. Raises: KeyError."""
        known = {**self.databases, **self.folders}
        if name in known:
            return known[name]
        folder, _, file = name.partition("/")
        if folder == "llm" and file.endswith(".db") and "/" not in file:
            return self.home / name
        raise KeyError(name)


def _absolute(path: Path) -> Path:
    # Not resolved: the services open the path as it is given, links and all.
    return Path(os.path.abspath(path))  # noqa: PTH100
