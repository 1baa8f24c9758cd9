"""The tool service, put together: workspace, sandbox, tools, ledger and servicer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from shared.pb.mesh.tool.v1.tool_service_pb2_grpc import add_ToolServiceServicer_to_server
from shared.server import MeshServer, ServiceIdentity
from shared.settings import load_settings
from shared.sqlite import open_database
from tool_service.calls import CallRunner
from tool_service.config import ToolSettings
from tool_service.ledger.ledger import SCHEMA, Ledger
from tool_service.registry import ToolRegistry
from tool_service.sandbox.sandbox import Sandbox, open_sandbox
from tool_service.servicer import ToolServicer
from tool_service.tools.append_line import append_line
from tool_service.tools.calculator import CALCULATOR
from tool_service.tools.check_python import check_python
from tool_service.tools.current_time import current_time
from tool_service.tools.list_files import list_files
from tool_service.tools.read_file import read_file
from tool_service.tools.run_python import run_python
from tool_service.tools.search_text import search_text
from tool_service.tools.witness import witness
from tool_service.tools.write_file import write_file
from tool_service.workspace import Workspace


async def serve() -> None:
    """Run the tool service until it is told to stop."""
    settings = load_settings(ToolSettings)
    state = settings.state_directory("tool")
    workspace = Workspace(settings.workspace)
    sandbox = await open_sandbox(state / "scratch", settings.sandbox_limits)
    registry = register(workspace, sandbox, settings.tool_witness_file)
    async with open_database(state / "ledger.db", SCHEMA) as database:
        calls = CallRunner(
            Ledger(database, lambda: datetime.now(UTC).isoformat()), settings.tool_max_running
        )
        level = sandbox.level.value if sandbox.level else "none"
        identity = ServiceIdentity("tool", capabilities=(*registry.names, f"sandbox:{level}"))
        server = MeshServer(identity, settings)
        server.add_service(
            "mesh.tool.v1.ToolService",
            add_ToolServiceServicer_to_server,
            ToolServicer(registry, calls),
        )
        await server.run(before_stop=calls.drain)


def register(
    workspace: Workspace, sandbox: Sandbox, witness_file: Path | None = None
) -> ToolRegistry:
    """Return the registry of all tools, with `witness` where there is a file for it."""
    return ToolRegistry(
        [
            CALCULATOR,
            current_time(datetime.now),
            run_python(sandbox),
            check_python(sandbox),
            read_file(workspace),
            list_files(workspace),
            search_text(workspace),
            write_file(workspace),
            append_line(workspace),
            *([] if witness_file is None else [witness(witness_file)]),
        ]
    )
