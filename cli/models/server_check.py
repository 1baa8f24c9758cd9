"""What `mesh doctor` says about the OpenAI-compatible server that generates."""

from __future__ import annotations

import json
import subprocess
import sys

from cli.finding import Finding

_CHECK = "language model"
_MODULE = "llm_service.backends.openai_compatible.check"
_SECONDS = 60.0
_REMEDY = "start the server, or set OPENAI_BASE_URL, OPENAI_MODEL and OPENAI_API_KEY_FILE"


def check_server() -> Finding:
    """Let the LLM service's own check ask the server of this environment."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", _MODULE],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding(_CHECK, "failed", f"no answer in {_SECONDS:g} s", _REMEDY)
    try:
        found = json.loads(done.stdout)
    except json.JSONDecodeError:
        said = done.stderr.strip().splitlines() or ["it says nothing"]
        return Finding(_CHECK, "failed", f"the check ended early: {said[-1]}", _REMEDY)
    outcome = found["outcome"]
    return Finding(_CHECK, outcome, found["detail"], "" if outcome == "ok" else _REMEDY)
