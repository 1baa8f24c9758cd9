"""Settings that every service has, read once from the environment."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import StartupError

PORT_OFFSETS = {"agent": 0, "llm": 1, "tool": 2, "chroma": 3}
"""Ports count up from MESH_PORT_BASE."""

EMBEDDING_MODEL = Path(__file__).parents[1] / ".models" / "all-minilm-l6-v2.Q8_0.gguf"
"""The embedding GGUF that ``make setup`` prepares."""

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def _usable(path: Path) -> Path:
    """Return a path that every part of the mesh can write down and show."""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in str(path)):
        raise ValueError("the path holds a control character, or is not UTF-8: name another folder")
    return path


class CommonSettings(BaseSettings):
    """Settings of every service; the environment variable is the field's name in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    mesh_home: Annotated[Path, AfterValidator(_usable)] = Path(".mesh")
    """Everything that a running stack owns lies here."""
    mesh_host: str = "127.0.0.1"
    """The address that servers bind to."""
    mesh_port_base: Annotated[int, Field(ge=1, le=65_500)] = 7400
    """agent, llm, tool and chroma listen on this port and the three after it."""
    agent_address: str = ""
    llm_address: str = ""
    tool_address: str = ""
    chroma_address: str = ""
    router_address: str = ""
    """host:port of each service; empty: this host. Of the router: the agent's own."""
    mesh_auth_token_file: Path | None = None
    """The file with the token that every call carries; default MESH_HOME/token."""
    mesh_tls_cert_file: Path | None = None
    mesh_tls_key_file: Path | None = None
    mesh_tls_ca_file: Path | None = None
    """PEM files: certificate and key of the servers, and the authority that clients trust."""
    mesh_drain_seconds: Annotated[float, Field(ge=0, le=600)] = 10.0
    """How long running work may go on after SIGTERM."""
    mesh_failpoint: str = ""
    """Faults to inject, for tests: see shared/failpoints."""
    obs_mode: Literal["debug", "shipping"] = "debug"
    """debug keeps every span, shipping one in ten."""
    otel_exporter_otlp_endpoint: str = ""
    """Where spans go by OTLP; empty: into MESH_HOME/spans.db."""

    def address_of(self, service: str) -> str:
        """Return host:port of a service."""
        configured = str(getattr(self, f"{service}_address"))
        return configured or f"{self.mesh_host}:{self.port_of(service)}"

    def port_of(self, service: str) -> int:
        """Return the port that a service listens on."""
        return self.mesh_port_base + PORT_OFFSETS[service]

    def state_directory(self, service: str) -> Path:
        """Return MESH_HOME/<service>, made with mode 0700."""
        path = self.mesh_home / service
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    @property
    def token_file(self) -> Path:
        """The file with the token."""
        return self.mesh_auth_token_file or self.mesh_home / "token"

    def read_token(self) -> str:
        """Return the token. Raises: StartupError when there is none."""
        try:
            token = self.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StartupError(
                f"cannot read the auth token {self.token_file} ({error.__class__.__name__}): "
                "`mesh up` makes one, or set MESH_AUTH_TOKEN_FILE"
            ) from error
        if not token:
            raise StartupError(f"the auth token file {self.token_file} is empty")
        return token


def load_settings(settings_class: type[SettingsT]) -> SettingsT:
    """Read settings from the environment.

    Raises: StartupError with a line a variable: its name, its value and what is allowed.
    """
    try:
        return settings_class()
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in each['loc']).upper()}={each['input']!r}: "
            f"{each['msg']}"
            for each in error.errors()
        ]
        raise StartupError("; ".join(lines)) from error
