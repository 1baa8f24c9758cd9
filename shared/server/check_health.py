"""Asks this container's service for its health: ``python -m shared.server.check_health``.

MESH_SERVICE names the service. Exit status 0 when it serves.
"""

from __future__ import annotations

import asyncio
import os
import sys

import grpc

from core.errors import StartupError
from shared.clients import is_serving
from shared.proxies import NO_PROXY
from shared.settings import PORT_OFFSETS, CommonSettings, load_settings


async def _serves(service: str) -> bool:
    settings = load_settings(CommonSettings)
    address = f"127.0.0.1:{settings.port_of(service)}"
    if settings.mesh_tls_ca_file is None:
        channel = grpc.aio.insecure_channel(address, options=NO_PROXY)
    else:
        # The certificate names the service, not this loopback.
        authority = settings.mesh_tls_ca_file.read_bytes()
        channel = grpc.aio.secure_channel(
            address,
            grpc.ssl_channel_credentials(authority),
            options=[*NO_PROXY, ("grpc.ssl_target_name_override", service)],
        )
    async with channel:
        return await is_serving(channel)


def main() -> int:
    """Return the exit status."""
    service = os.environ.get("MESH_SERVICE", "agent")
    if service not in PORT_OFFSETS:
        sys.stderr.write(f"MESH_SERVICE={service}: there are {', '.join(PORT_OFFSETS)}\n")
        return 2
    try:
        return 0 if asyncio.run(_serves(service)) else 1
    except StartupError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
