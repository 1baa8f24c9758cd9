"""What never goes through a proxy: calls between the services, and calls to this machine.

They carry the token and the prompts, and a proxy of the environment (``http_proxy``,
``https_proxy``, ``all_proxy``, ``grpc_proxy``) is seldom there for them.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

NO_PROXY: tuple[tuple[str, int | str], ...] = (
    ("grpc.enable_http_proxy", 0),
    # GRPC_ADDRESS_HTTP_PROXY is read apart from that: for no address.
    ("grpc.address_http_proxy_enabled_addresses", ""),
)
"""Options of a gRPC channel that no variable of the environment leads to a proxy."""


def is_loopback(address: str) -> bool:
    """Say whether an address leads to this machine: a URL, host:port, or a host alone."""
    host = _host(address)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        # Takes the short forms of IPv4 that resolvers take, such as 127.1.
        found = ipaddress.ip_address(socket.inet_aton(host) if ":" not in host else host)
    except (OSError, ValueError):
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return mapped.is_loopback or mapped.is_unspecified


def _host(address: str) -> str:
    bare = address.count(":") > 1 and not address.startswith("[") and "://" not in address
    location = f"//[{address}]" if bare else address if "://" in address else f"//{address}"
    try:
        host = urlsplit(location).hostname
    except ValueError:
        return ""
    return (host or "").rstrip(".")
