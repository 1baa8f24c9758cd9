"""Chroma keeps the passages in their folder, whatever its own variables say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_OPENS = """
import asyncio, sys
from pathlib import Path
from chroma_service.collection import open_collections

async def main():
    async with open_collections(Path(sys.argv[1])):
        pass

asyncio.run(main())
"""
ELSEWHERE = {
    "CHROMA_API_IMPL": "chromadb.api.fastapi.FastAPI",
    "CHROMA_SERVER_HOST": "chroma.example",
    "CHROMA_SERVER_HTTP_PORT": "8000",
}


@pytest.mark.parametrize("from_a_file", [False, True], ids=["variables", ".env"])
@pytest.mark.parametrize(
    "settings",
    [
        ELSEWHERE,
        {"IS_PERSISTENT": "false"},
        {"PERSIST_DIRECTORY": "elsewhere"},
    ],
    ids=json.dumps,
)
def test_a_variable_of_chromas_own_changes_nothing(
    tmp_path: Path, settings: dict[str, str], from_a_file: bool
) -> None:
    root = Path(__file__).parents[3]
    kept = {**os.environ, "PYTHONPATH": str(root)}
    if from_a_file:
        lines = [f"{name}={value}" for name, value in settings.items()]
        (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", _OPENS, str(tmp_path / "passages")],
        cwd=tmp_path,
        env=kept if from_a_file else {**kept, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "passages" / "chroma.sqlite3").is_file()
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(
        ["passages", *([".env"] if from_a_file else [])]
    )
