"""llama.cpp's own log lines: kept out of ours."""

from __future__ import annotations

import ctypes
from functools import cache

from llama_cpp import llama_log_callback, llama_log_set


@cache
def silence_llama() -> None:
    """Drop what llama.cpp and ggml print; our own errors say what went wrong."""
    llama_log_set(_drop, ctypes.c_void_p(0))


@llama_log_callback  # type: ignore[untyped-decorator]
def _drop(level: int, text: bytes, user_data: ctypes.c_void_p) -> None:
    """Take a line and do nothing."""
