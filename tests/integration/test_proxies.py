"""The whole mesh with every proxy variable set: it works, and no proxy sees a byte of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.command import new_command_line
from tests.otlp_receiver import otlp_receiver
from tests.recording_proxy import leading_to, recording_proxy

CODE = "write a function that returns the sum of squares of even numbers"


def test_a_stack_runs_tasks_and_hands_its_spans_over(tmp_path: Path) -> None:
    mesh = new_command_line(tmp_path)
    (tmp_path / "sea.md").write_text("# Sea\n\nThe sea is deep blue.\n", encoding="utf-8")
    with recording_proxy() as proxy, otlp_receiver() as receiver:
        environment = {
            **proxy.environment(),
            "no_proxy": "",
            "NO_PROXY": "",
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
        }
        try:
            started = mesh("up", **environment)
            assert started.status == 0, started.err
            task = mesh("submit", CODE, "--json", **environment).json
            assert (task["status"], task["approved"]) == ("completed", True)
            assert mesh("docs", "add", str(tmp_path / "sea.md"), **environment).status == 0
            listed = mesh("docs", "list", "--json", **environment).out.splitlines()
            assert [json.loads(each)["source"] for each in listed]
            # 9 is the port of discard, which nothing listens on: the proxy is dead.
            assert mesh("status", **{**environment, **leading_to(9)}).status == 0
        finally:
            assert mesh("down", **environment).status == 0
        assert proxy.seen == []
        assert receiver.names["agent.task"] == 1
        assert receiver.names["mesh.tool.v1.ToolService/CallTool"] >= 1
