"""The HTTP client of the server."""

from __future__ import annotations

from httpx2 import AsyncHTTPTransport, InvalidURL
from openai import DEFAULT_CONNECTION_LIMITS, AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

from core.errors import StartupError
from llm_service.backends.openai_compatible.server import OpenAiServer

_CONNECT_SECONDS = 5.0
# The client refuses to be made without one; servers on this machine ignore it.
_NO_KEY = "none"


def open_client(server: OpenAiServer) -> AsyncOpenAI:
    """Return a client of ``server``, to be closed by the caller.

    It never asks twice: the callers of the LLM service do, and they know their deadlines. It
    reads OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS by itself, and the proxy
    variables of the environment for a server elsewhere. Raises: StartupError (such a proxy is of
    a kind that it does not know).
    """
    timeout = Timeout(server.silence_seconds, connect=_CONNECT_SECONDS)
    return AsyncOpenAI(
        base_url=server.base_url,
        api_key=server.api_key.get_secret_value() or _NO_KEY,
        timeout=timeout,
        max_retries=0,
        http_client=_http_client(server, timeout),
    )


def _http_client(server: OpenAiServer, timeout: Timeout) -> DefaultAsyncHttpxClient:
    if server.on_this_machine:
        # A client with a transport of its own looks for no proxy, but for SSL_CERT_FILE still.
        direct = AsyncHTTPTransport(limits=DEFAULT_CONNECTION_LIMITS)
        return DefaultAsyncHttpxClient(timeout=timeout, transport=direct)
    try:
        return DefaultAsyncHttpxClient(timeout=timeout)
    except (ImportError, ValueError, InvalidURL) as error:
        raise StartupError(
            f"a proxy variable of the environment is no use for {server.base_url} ({error}): "
            "name an http proxy, or set no_proxy"
        ) from error
