"""Standard input, output and errors in whatever state they are: full, closed, narrow, cut."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from cli.visible_text import ENCODING_ERRORS
from core.errors import InvalidInput
from core.state import MAX_TEXT_BYTES

_INPUT, _OUTPUT, _ERRORS = 0, 1, 2
_OUTPUT_LOST = 1


class OutputLost(Exception):
    """Standard output takes nothing more."""

    def __init__(self, error: OSError) -> None:
        """Keep why."""
        super().__init__(error.strerror or str(error))
        self.reader_left = error.errno == errno.EPIPE


class _Output(io.TextIOWrapper):
    """Standard output: an error tells itself from those of other files."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise OutputLost(error) from error

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise OutputLost(error) from error


class _Errors(io.TextIOWrapper):
    """Standard errors: where they cannot be written, there is nobody left to tell."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            return


@contextmanager
def standard_streams() -> Iterator[None]:
    """Make the standard streams safe for any text and any end.

    Output that cannot be written becomes one line and exit status 1; that a reader left, as
    ``head`` does, is said by nothing but the status of a program that SIGPIPE ends.
    """
    if sys.stdin is None:
        raw = io.FileIO(_stand_in(os.O_WRONLY), closefd=False)
        sys.stdin = io.TextIOWrapper(io.BufferedReader(raw), encoding="utf-8")
    sys.stdout = _guarded(_Output, sys.stdout)
    sys.stderr = _guarded(_Errors, sys.stderr)
    output = sys.stdout
    try:
        try:
            yield
        finally:
            output.flush()
    except OutputLost as lost:
        _drop(output)
        if lost.reader_left:
            raise SystemExit(128 + signal.SIGPIPE) from None
        sys.stderr.write(f"mesh: the output cannot be written: {lost}\n")
        sys.stderr.flush()
        raise SystemExit(_OUTPUT_LOST) from None


def read_input() -> str:
    """Return what standard input holds, a request at most. Raises: InvalidInput."""
    try:
        content = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"stdin cannot be read: {error.strerror}") from error
    if len(content) > MAX_TEXT_BYTES:
        raise InvalidInput(f"stdin holds more than {MAX_TEXT_BYTES} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"stdin is no UTF-8 text: see its byte {error.start}") from error


def _guarded(kind: type[_Output | _Errors], stream: TextIO | None) -> _Output | _Errors:
    """Return a stream that writes where ``stream`` does; None: it was closed at the start."""
    if stream is not None:
        stream.flush()
    descriptor = _stand_in(os.O_RDONLY) if stream is None else stream.fileno()
    raw = io.FileIO(descriptor, "w", closefd=False)
    return kind(
        io.BufferedWriter(raw),
        encoding="utf-8" if stream is None else stream.encoding,
        errors=ENCODING_ERRORS,
        line_buffering=kind is _Errors or raw.isatty(),
    )


def _stand_in(flags: int) -> int:
    """Open what fails as a closed stream does, in its place, before another file takes that."""
    descriptor = os.open(os.devnull, flags)
    os.set_inheritable(descriptor, descriptor <= _ERRORS)
    return descriptor


def _drop(output: TextIO) -> None:
    """Let what is still buffered go nowhere: the interpreter flushes once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output.fileno())
    os.close(nowhere)
