"""From a command to the services: settings, channels, and errors as one line."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar, overload

import grpc

from cli.output import FAILED, USAGE, fail
from core.errors import InvalidInput, MeshError, NotFound, StartupError, Unavailable
from core.ports import CallContext
from shared.clients import open_channel
from shared.settings import CommonSettings, load_settings

_SHOWN = 40
T = TypeVar("T")
SettingsT = TypeVar("SettingsT", bound=CommonSettings)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine; an error of the mesh becomes one line and an exit status."""
    with one_line_errors():
        return asyncio.run(work)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn an error of the mesh into one line and an exit status."""
    try:
        yield
    except Unavailable as error:
        fail(f"{error}\nIs the stack up? `mesh status` says so, `mesh up` starts it.")
    except InvalidInput as error:
        fail(str(error), USAGE)
    except NotFound as error:
        fail(str(error), FAILED)
    except MeshError as error:
        fail(f"{error} ({error.reason})" if not isinstance(error, StartupError) else str(error))
    except UnicodeEncodeError as error:
        # Protobuf takes no text with bytes that are no UTF-8, as arguments and file names may be.
        around = error.object[max(0, error.start - _SHOWN) : error.start + _SHOWN]
        fail(f"“{around}” is no UTF-8 text", USAGE)
    except OSError as error:
        where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        fail(f"{where}{error.strerror or error}")
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None


@overload
def settings() -> CommonSettings: ...


@overload
def settings(kind: type[SettingsT]) -> SettingsT: ...


def settings(kind: type[CommonSettings] = CommonSettings) -> CommonSettings:
    """Return the settings of this environment; what is wrong with them becomes one line."""
    try:
        return load_settings(kind)
    except StartupError as error:
        fail(str(error), USAGE)


@asynccontextmanager
async def channel(service: str) -> AsyncIterator[grpc.aio.Channel]:
    """Open a channel to a service."""
    chosen = settings()
    async with open_channel(chosen.address_of(service), chosen) as opened:
        yield opened


def new_call(seconds: float = 60.0) -> CallContext:
    """Return the context of a call that belongs to no task."""
    return CallContext(
        call_id=f"cli:{uuid.uuid4()}",
        task_id="",
        correlation_id=str(uuid.uuid4()),
        deadline_seconds=seconds,
    )
