"""The manifest: what a backup holds, so that it can be told whole from cut or damaged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from core.errors import DataLoss, InvalidInput

NAME = "manifest.json"
"""The last entry of the archive: a backup that was cut has none."""

FORMAT = 1


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file in a backup: its size in bytes and the sha256 of its content, in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``databases`` gives the schema version of each."""

    made_at: str
    mesh_version: str
    sqlite_version: str
    python_version: str
    databases: Mapping[str, int]
    files: Mapping[str, FileEntry]
    folders: Sequence[str] = field(default_factory=list)
    left_out: Sequence[str] = field(default_factory=list)
    """Links and special files, which a backup does not hold."""

    @property
    def size(self) -> int:
        """The bytes of all files together, unpacked."""
        return sum(entry.size for entry in self.files.values())

    def to_json(self) -> bytes:
        """Return the manifest as it stands in the archive."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """Read a manifest. Raises: DataLoss, InvalidInput (of a newer version of the mesh)."""
        try:
            values = json.loads(content)
            found = values.pop("format")
            if found != FORMAT:
                raise InvalidInput(
                    f"the backup has format {found!r}, this version of the mesh reads {FORMAT}"
                )
            return cls(**{**values, "files": _files(values["files"])})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataLoss(f"the manifest of the backup is damaged ({error})") from error


def _files(values: Mapping[str, Mapping[str, Any]]) -> dict[str, FileEntry]:
    return {name: FileEntry(int(each["size"]), str(each["sha256"])) for name, each in
            values.items()}  # fmt: skip
