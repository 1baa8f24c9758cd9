"""The architecture of a GGUF, and files that only look like one."""

from __future__ import annotations

import struct
from pathlib import Path

import gguf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import StartupError
from shared.gguf_file import read_architecture


def architecture(path: Path) -> str:
    return read_architecture(path, "ROUTER_MODEL_PATH", "make setup")


def test_it_is_found_behind_values_of_every_type(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "")
    writer.kv_data[0].clear()
    writer.add_uint8("a", 1)
    writer.add_int16("b", -1)
    writer.add_float32("c", 0.5)
    writer.add_uint64("d", 2**60)
    writer.add_bool("e", True)
    writer.add_string("f", "general.architecture")
    writer.add_array("g", ["one", "two"])
    writer.add_array("h", [1, 2, 3])
    writer.add_string("general.architecture", "qwen2")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert architecture(path) == "qwen2"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no GGUF"),
        (b"#!/bin/sh", "no GGUF"),
        (b"GGUF", "ends early"),
        (b"GGUF" + struct.pack("<IQQ", 99, 0, 0), "version 99"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "names no architecture"),
        (b"GGUF\x03\x00\x00\x00" + b"\x01" * 200, "damaged"),
    ],
)
def test_a_damaged_file_is_a_startup_error(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "odd.gguf"
    path.write_bytes(content)
    with pytest.raises(StartupError, match=said):
        architecture(path)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_word_or_a_startup_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 2**63) + content)
    with pytest.raises(StartupError):
        architecture(path)
