"""The wall clock of every process of a mesh, to be moved by a test."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path


class JumpingClock:
    """A preloaded library that adds what a file says to the wall clock."""

    def __init__(self, folder: Path) -> None:
        """Compile the library into ``folder`` (set-up has a C compiler for llama.cpp already)."""
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        assert compiler is not None, "no C compiler was found"
        self._file = folder / "clock"
        self._library = folder / "jumping_clock.so"
        self.set(0)
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O2", "-o", str(self._library),
             str(Path(__file__).with_suffix(".c")), "-ldl"],
            check=True,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment."""
        return {"LD_PRELOAD": str(self._library), "CHAOS_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        """Let the clock be so many seconds ahead from now on; behind when negative."""
        content = struct.pack("=q", seconds)
        if self._file.exists():
            with self._file.open("r+b") as file:
                file.write(content)
        else:
            self._file.write_bytes(content)
