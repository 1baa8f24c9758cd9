"""The protos are enough: a client without a line of this project's code drives the whole stack."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

from grpc_tools import protoc

from tests.integration.mesh import ROOT, Mesh


async def test_a_client_made_from_the_protos_alone_drives_every_service(
    mesh: Mesh, tmp_path: Path
) -> None:
    protos = sorted(str(path) for path in (ROOT / "proto").rglob("*.proto"))
    out = [f"--python_out={tmp_path}", f"--grpc_python_out={tmp_path}"]
    assert protoc.main(["protoc", f"-I{ROOT / 'proto'}", *_well_known(), *out, *protos]) == 0

    token = (mesh.home / "token").read_text(encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        shutil.copy(Path(__file__).with_name("plain_client.py"), tmp_path),
        str(mesh.port_base),
        token,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    found = json.loads(said)

    assert found["health"] == "SERVING"
    assert {
        "mesh.agent.v1.AgentService",
        "mesh.router.v1.RouterService",
        "mesh.registry.v1.RegistryService",
        "grpc.health.v1.Health",
    } <= set(found["reflection"])
    assert found["knowledge"] == ["# Sea\n\nThe sea is deep blue."]
    assert found["llm"]["finish"] == "FINISH_REASON_STOP"
    assert found["llm"]["dimensions"] == 384
    assert found["tool"] == {"output": "42", "replayed": [False, True]}
    assert found["route"] == "direct"
    assert found["services"] == ["agent", "chroma", "llm", "tool"]
    task = found["task"]
    assert task["status"] == "TASK_STATUS_COMPLETED"
    assert task["approved"] is True
    assert task["same_correlation_id"]
    assert task["sequences"] == list(range(1, len(task["sequences"]) + 1))
    assert task["trailing"]["mesh-task-id"] == task["task_id"]
    assert task["trailing"]["mesh-correlation-id"] == task["correlation_id"]
    assert task["trailing"]["mesh-workflow"] == "code"
    assert 0 < float(task["trailing"]["mesh-route-confidence"]) <= 1
    assert task["messages"] == [
        "task_assigned",
        "passages",
        "code",
        "result",
    ]


def _well_known() -> list[str]:
    import grpc_tools

    return [f"-I{Path(grpc_tools.__file__).parent / '_proto'}"]
