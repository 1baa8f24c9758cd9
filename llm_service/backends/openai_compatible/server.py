"""The server that generates: where it is, what it is asked for and with which key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from core.errors import StartupError
from shared.proxies import is_loopback

JsonMode = Literal["json_schema", "json_object", "tool"]

NO_KEY = SecretStr("")


@dataclass(frozen=True, slots=True)
class OpenAiServer:
    """An OpenAI-compatible server. The key is shown nowhere."""

    base_url: str
    """Up to and without ``/chat/completions``; most end in ``/v1``."""
    model: str = ""
    """What the server calls the model; empty: the only one that it has."""
    api_key: SecretStr = NO_KEY
    json_mode: JsonMode = "json_schema"
    silence_seconds: float = 120.0
    """How long the server may say nothing before it counts as unavailable."""
    context_tokens: int = 0
    """Tokens of context; 0: what the server tells, else 8192."""

    def __post_init__(self) -> None:
        """Check the address and the key. Raises: StartupError, which never shows the key."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise StartupError(
                f"OPENAI_BASE_URL={self.base_url!r} is no http address: LLM_BACKEND=openai needs "
                "the server's, such as http://127.0.0.1:8080/v1"
            )
        if parts.username is not None or parts.password is not None:
            raise StartupError("OPENAI_BASE_URL holds a password: OPENAI_API_KEY_FILE is for keys")
        key = self.api_key.get_secret_value()
        if not key.isascii() or not key.isprintable() or " " in key:
            raise StartupError("the OpenAI API key holds a space or a character that no key has")

    @property
    def on_this_machine(self) -> bool:
        """Whether no network lies between."""
        return is_loopback(self.base_url)

    @property
    def sends_key_in_the_clear(self) -> bool:
        """Whether the key crosses a network without encryption."""
        clear = urlsplit(self.base_url).scheme == "http" and not self.on_this_machine
        return clear and bool(self.api_key.get_secret_value())


def read_api_key(path: Path) -> SecretStr:
    """Return the key that a file holds, without the space around it. Raises: StartupError."""
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(
            f"OPENAI_API_KEY_FILE={path} cannot be read: {type(error).__name__}"
        ) from error
    if not key:
        raise StartupError(f"OPENAI_API_KEY_FILE={path} is empty")
    return SecretStr(key)
