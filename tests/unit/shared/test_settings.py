"""Settings: derived values, and errors that a person can act on."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StartupError
from shared.clients.structs import from_struct, to_struct
from shared.settings import CommonSettings, load_settings


def test_addresses_count_up_from_the_base_unless_they_are_given() -> None:
    settings = CommonSettings(mesh_port_base=9000, llm_address="gpu:1234")
    assert [settings.address_of(name) for name in ("agent", "llm", "tool", "chroma")] == [
        "127.0.0.1:9000",
        "gpu:1234",
        "127.0.0.1:9002",
        "127.0.0.1:9003",
    ]


def test_a_value_that_is_not_allowed_names_the_variable_and_the_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MESH_PORT_BASE", "99999")
    monkeypatch.setenv("OBS_MODE", "loud")
    with pytest.raises(StartupError) as refused:
        load_settings(CommonSettings)
    assert "MESH_PORT_BASE='99999'" in str(refused.value)
    assert "OBS_MODE='loud'" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_PORT_BASE", "")
    monkeypatch.setenv("MESH_AUTH_TOKEN_FILE", "")
    settings = load_settings(CommonSettings)
    assert settings.mesh_port_base == 7400
    assert settings.mesh_auth_token_file is None


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_token_that_cannot_be_used_is_said(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(StartupError, match="token"):
        CommonSettings(mesh_home=tmp_path).read_token()


def test_a_struct_comes_back_with_whole_numbers_and_sorted_keys() -> None:
    values = {"b": 1, "a": {"d": [1.5, 2.0, None, True], "c": "x"}}
    plain = from_struct(to_struct(values))
    assert plain == values
    assert list(plain) == ["a", "b"]
    assert list(plain["a"]) == ["c", "d"]
    assert isinstance(plain["b"], int)
