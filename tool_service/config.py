"""The tool service's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.settings import CommonSettings
from tool_service.sandbox.limits import SandboxLimits

_MEBIBYTE = 1024 * 1024


class ToolSettings(CommonSettings):
    """Settings of the tool service; the environment variable is the field's name in capitals."""

    tool_workspace: Path | None = None
    """The folder that file tools are confined to; default MESH_HOME/workspace."""
    tool_witness_file: Path | None = None
    """For tests: offers the tool witness, which adds its call id to this file."""
    tool_max_running: Annotated[int, Field(ge=1, le=256)] = 8
    """Tool calls that run at once; others wait."""
    tool_run_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0
    """How long run_python, or all checks of a review together, may take."""
    tool_run_cpu_seconds: Annotated[int, Field(ge=1, le=600)] = 5
    """CPU time that run_python, or a copy of reviewed code, may use."""
    tool_run_memory_mib: Annotated[int, Field(ge=64)] = 512
    """Address space of run_python, or of reviewed code, in MiB."""

    @property
    def workspace(self) -> Path:
        """The folder that file tools are confined to."""
        return self.tool_workspace or self.mesh_home / "workspace"

    @property
    def sandbox_limits(self) -> SandboxLimits:
        """What code in the sandbox may use."""
        return SandboxLimits(
            wall_seconds=self.tool_run_seconds,
            cpu_seconds=self.tool_run_cpu_seconds,
            memory_bytes=self.tool_run_memory_mib * _MEBIBYTE,
        )
