"""Downloads go by the proxy that is set, but for those from this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.models.model_error import ModelError
from cli.models.pulling import pull
from cli.models.transfer import Patience
from shared.model_choice import model_file
from tests.model_host import serve
from tests.recording_proxy import HTTP_VARIABLES, recording_proxy
from tests.unit.cli.models.seen import Seen

CONTENT = b"GGUF" + bytes(range(256)) * 100
QUICK = Patience(attempts=2, first_seconds=0.01, longest_seconds=0.01, read_seconds=5)
VARIABLES = [*HTTP_VARIABLES, *(each.upper() for each in HTTP_VARIABLES)]
BY_PROXY = [
    (scheme, variable)
    for scheme in ("http", "https")
    for variable in VARIABLES
    if variable.lower() in ("all_proxy", f"{scheme}_proxy")
]
LINES = {
    "http": "GET http://models.example/m.gguf HTTP/1.1",
    "https": "CONNECT models.example:443 HTTP/1.1",
}
UNKNOWN = ["socks5://127.0.0.1:9", "ftp://127.0.0.1:9", "http://127.0.0.1:no"]


@pytest.mark.parametrize("variable", VARIABLES)
async def test_from_this_machine_directly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with recording_proxy() as proxy, serve(CONTENT) as host:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        assert await pull(tmp_path, host.entry(), Seen(), QUICK)
        assert model_file(tmp_path, "served").read_bytes() == CONTENT
        assert proxy.seen == []


@pytest.mark.parametrize(("scheme", "variable"), BY_PROXY)
async def test_from_elsewhere_by_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, variable: str
) -> None:
    with recording_proxy() as proxy, serve(CONTENT) as host:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        entry = host.entry(address=f"{scheme}://models.example/m.gguf")
        with pytest.raises(ModelError):
            await pull(tmp_path, entry, Seen(), QUICK)
        assert set(proxy.seen) == {LINES[scheme]}
        assert host.asked == []


@pytest.mark.parametrize("proxy", UNKNOWN)
async def test_a_proxy_that_is_not_known_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("all_proxy", proxy)
    with serve(CONTENT) as host:
        entry = host.entry(address="http://models.example/m.gguf")
        with pytest.raises(ModelError, match="name an http proxy, or set no_proxy") as refused:
            await pull(tmp_path, entry, Seen(), QUICK)
        assert "\n" not in str(refused.value)
        assert await pull(tmp_path, host.entry(), Seen(), QUICK)
