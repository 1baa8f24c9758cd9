"""The part of a model that is here already, and what says whose part it is."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from cli.models.catalogue import CatalogueEntry


@dataclass(frozen=True, slots=True)
class PartOrigin:
    """Which file a part belongs to; ``etag`` is the strong validator at ``address``, or empty."""

    address: str
    sha256: str
    etag: str


class Part:
    """NAME.gguf.part: bytes from the start of the file, appended to until it is whole."""

    def __init__(self, target: Path, entry: CatalogueEntry) -> None:
        """Open the part of ``target``, emptied if it belongs to another file than ``entry``."""
        self.target = target
        self.path = self.path_for(target)
        self._entry = entry
        self._address = entry.address or ""
        self._origin_file = self.origin_path_for(target)
        self._file: BinaryIO | None = None
        self.size = 0
        self.etag = ""

    @staticmethod
    def path_for(target: Path) -> Path:
        """Return where the part of ``target`` lies."""
        return target.with_name(f"{target.name}.part")

    @staticmethod
    def origin_path_for(target: Path) -> Path:
        """Return where it is said which file the part of ``target`` belongs to."""
        return target.with_name(f"{target.name}.part.json")

    def __enter__(self) -> Self:
        """Open it."""
        origin = self._read_origin()
        self._file = self.path.open("ab")
        self.size = self.path.stat().st_size
        # The same file may come from a hub and from packages, so its hash says whose part it is.
        ours = origin is not None and origin.sha256 == self._entry.sha256
        if origin is None or not ours or self.size > self._entry.size_bytes:
            self.start_over("")
        elif origin.address == self._address:
            self.etag = origin.etag
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it; what was received stays for the next time, also if power fails."""
        if self._file is not None:
            try:
                self._file.flush()
                os.fsync(self._file.fileno())
            finally:
                self._file.close()
                self._file = None

    def start_over(self, etag: str) -> None:
        """Throw away what is there; what comes now is of the version ``etag``."""
        self.cut(0)
        self.etag = etag
        origin = PartOrigin(self._address, self._entry.sha256, etag)
        self._origin_file.write_text(json.dumps(asdict(origin)), encoding="utf-8")

    def cut(self, size: int) -> None:
        """Keep the first ``size`` bytes alone."""
        self._open_file.flush()
        self._open_file.truncate(size)
        self.size = size

    def append(self, data: bytes) -> None:
        """Add bytes at the end. Raises: OSError (the disk is full)."""
        self._open_file.write(data)
        self.size += len(data)

    def remove(self) -> None:
        """Delete the part and what belongs to it."""
        self.path.unlink(missing_ok=True)
        self._origin_file.unlink(missing_ok=True)

    def become(self, target: Path) -> None:
        """Take the place of ``target``, which is whole from its first moment."""
        self.path.replace(target)
        self._origin_file.unlink(missing_ok=True)

    @property
    def _open_file(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("the part is not open")
        return self._file

    def _read_origin(self) -> PartOrigin | None:
        try:
            return PartOrigin(**json.loads(self._origin_file.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
