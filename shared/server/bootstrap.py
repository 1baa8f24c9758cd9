"""Start, serve, drain: the life of every service process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from core.errors import StartupError, Unavailable
from shared import failpoints
from shared.heartbeat import ServiceIdentity, send_heartbeats
from shared.home_lock import share_home
from shared.observability import setup_observability
from shared.server.interceptors import MeshInterceptor
from shared.server.reflection import serve_reflection
from shared.settings import CommonSettings, load_settings

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
_MAX_CONCURRENT = 512
_TELL_SECONDS = 1.0
_STARTUP_EXIT_STATUS = 78
_FAILED_EXIT_STATUS = 1
_OPTIONS = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # A second process on the same port must fail instead of sharing it.
    ("grpc.so_reuseport", 0),
    # A client that is gone without a word is noticed after 80 seconds.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # Clients may ping every second, with a call or without; gRPC's own limits are five minutes and
    # two hours, after which it cuts the connection (ENHANCE_YOUR_CALM, too_many_pings).
    ("grpc.http2.min_ping_interval_without_data_ms", 1_000),
    ("grpc.keepalive_permit_without_calls", 1),
]
_log = logging.getLogger(__name__)

__all__ = ["MeshServer", "ServiceIdentity", "run_service"]


@dataclass(frozen=True, slots=True)
class _Service:
    full_name: str
    add_to_server: Callable[[Any, grpc.aio.Server], None]
    servicer: object


class MeshServer:
    """A grpc.aio server with health, reflection, heartbeats and a graceful drain."""

    def __init__(self, identity: ServiceIdentity, settings: CommonSettings) -> None:
        """Serve as ``identity`` on the port that the settings give it."""
        self._identity = identity
        self._settings = settings
        self._services: list[_Service] = []
        self._health = health.aio.HealthServicer()

    def add_service(
        self,
        full_name: str,
        add_to_server: Callable[[Any, grpc.aio.Server], None],
        servicer: object,
    ) -> None:
        """Serve a service too; ``full_name`` is its proto name."""
        self._services.append(_Service(full_name, add_to_server, servicer))

    async def set_health(self, serving: bool) -> None:
        """Report every service as serving or not."""
        statuses = health_pb2.HealthCheckResponse
        status = statuses.SERVING if serving else statuses.NOT_SERVING
        for name in ("", *(service.full_name for service in self._services)):
            await self._health.set(name, status)

    async def run(self, before_stop: Callable[[], Awaitable[None]] | None = None) -> None:
        """Serve until SIGTERM or SIGINT, then drain.

        ``before_stop`` runs once no new work is taken. Raises: StartupError (port in use, no
        token, unreadable certificate).
        """
        stop = _stop_signal()
        server = self._build()
        await server.start()
        await self.set_health(True)
        _log.info("%s serves on %s", self._identity.name, self._address())
        try:
            async with asyncio.TaskGroup() as group:
                told = asyncio.Event()
                beats = group.create_task(
                    send_heartbeats(self._identity, self._settings, stop, told)
                )
                await stop.wait()
                _log.info("%s drains", self._identity.name)
                await self._health.enter_graceful_shutdown()
                if before_stop is not None:
                    await before_stop()
                await server.stop(self._settings.mesh_drain_seconds)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), _TELL_SECONDS)
                beats.cancel()
        finally:
            await server.stop(0)  # does nothing to one that is stopped

    def _build(self) -> grpc.aio.Server:
        interceptor = MeshInterceptor(self._settings.read_token(), _MAX_CONCURRENT)
        server = grpc.aio.server(interceptors=[interceptor], options=_OPTIONS)
        for service in self._services:
            service.add_to_server(service.servicer, server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = [service.full_name for service in self._services]
        serve_reflection([*names, health.SERVICE_NAME], server)
        self._bind(server)
        return server

    def _bind(self, server: grpc.aio.Server) -> None:
        credentials = _server_credentials(self._settings)
        try:
            if credentials is None:
                server.add_insecure_port(self._address())
            else:
                server.add_secure_port(self._address(), credentials)
        except RuntimeError as error:
            raise StartupError(
                f"cannot listen on {self._address()}: is the port in use? "
                "Stop what uses it, or set MESH_PORT_BASE"
            ) from error

    def _address(self) -> str:
        return f"{self._settings.mesh_host}:{self._settings.port_of(self._identity.name)}"


def run_service(name: str, serve: Callable[[], Coroutine[Any, Any, None]]) -> NoReturn:
    """Run a service to its end; a StartupError becomes one line and exit status 78.

    So does an Unavailable, with status 1, upon which a supervisor starts the service again.
    """
    logging.basicConfig(
        level=logging.INFO, format=f"%(asctime)s {name} %(levelname)s %(name)s: %(message)s"
    )
    status = 0
    try:
        settings = load_settings(CommonSettings)
        failpoints.configure(settings.mesh_failpoint, settings.mesh_home)
        with share_home(settings.mesh_home), setup_observability(name, settings):
            asyncio.run(serve())
    except (StartupError, Unavailable) as error:
        status = _report(name, error)
    except ExceptionGroup as group:
        known, others = group.split((StartupError, Unavailable))
        if known is None or others is not None:
            raise
        status = _report(name, _first(known))
    sys.exit(status)


def _report(name: str, error: BaseException) -> int:
    sys.stderr.write(f"{name}: {error}\n")
    return _STARTUP_EXIT_STATUS if isinstance(error, StartupError) else _FAILED_EXIT_STATUS


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error of a group, whose members may be groups themselves."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop


def _server_credentials(settings: CommonSettings) -> grpc.ServerCredentials | None:
    certificate, key = settings.mesh_tls_cert_file, settings.mesh_tls_key_file
    if certificate is None or key is None:
        return None
    try:
        return grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
    except OSError as error:
        raise StartupError(
            f"cannot read MESH_TLS_CERT_FILE or MESH_TLS_KEY_FILE: {error}"
        ) from error
