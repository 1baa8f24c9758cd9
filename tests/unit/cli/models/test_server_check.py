"""With a server elsewhere, `mesh doctor` asks that server and looks at no model file."""

from __future__ import annotations

import asyncio

import pytest

from cli.models.checks import check_model
from cli.models.settings import ModelsSettings
from tests.unit.llm_service.openai_compatible.fake_server import Reply, serving

LISTED = Reply(body={"object": "list", "data": [{"id": "small", "object": "model"}]})


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_BACKEND", "openai")
    monkeypatch.setenv("LLM_MODEL_PATH", "/no/such/model.gguf")


async def test_the_server_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(LISTED) as fake:
        monkeypatch.setenv("OPENAI_BASE_URL", fake.base_url)
        finding = await asyncio.to_thread(check_model, ModelsSettings())
    assert (finding.check, finding.outcome, finding.remedy) == ("language model", "ok", "")
    assert finding.detail == f"small at {fake.base_url}"

    gone = await asyncio.to_thread(check_model, ModelsSettings())
    assert (gone.outcome, "OPENAI_BASE_URL" in gone.remedy) == ("failed", True)
    assert f"the connection to {fake.base_url} failed" in gone.detail


def test_an_address_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "elsewhere")
    finding = check_model(ModelsSettings())
    assert (finding.outcome, "is no http address" in finding.detail) == ("failed", True)
