"""Tokens are counted by the server where it does that, else estimated, and never too low."""

from __future__ import annotations

import pytest

from core.errors import Unavailable
from llm_service.backends.llama.loaded_model import LoadedModel
from llm_service.backends.openai_compatible.token_counting import estimate
from llm_service.config import BUNDLED_MODEL
from llm_service.prompt import PromptMessage, TokenCounts
from shared.chat_template import read_chat_template
from shared.prompt_tokens import PromptTokens
from shared.vocabulary import Vocabulary
from tests.odd_texts import ODD_TEXTS
from tests.unit.llm_service.openai_compatible.fake_server import Reply, error
from tests.unit.llm_service.openai_compatible.prompts import answering

ABSENT = Reply(404, error("File Not Found"))
TWO = [(PromptMessage("user", "one"),), (PromptMessage("system", "s"), PromptMessage("user", "u"))]


async def test_vllm_counts_whole_conversations() -> None:
    counts = [Reply(body={"count": count, "max_model_len": 4096}) for count in (3, 7, 7)]
    async with answering(*counts) as (fake, backend):
        assert await backend.count_tokens(TWO) == TokenCounts((7, 7))
    assert {each["path"] for each in fake.asked} == {"/tokenize"}
    assert fake.asked[0]["messages"] == [{"role": "user", "content": "a"}]
    assert [each["model"] for each in fake.asked] == ["small"] * 3
    sent = [each["messages"][-1]["content"] for each in fake.asked[1:]]
    assert sorted(sent) == ["one", "u"]


@pytest.mark.parametrize(
    "refusal",
    [
        ABSENT,
        Reply(400, error("content is missing")),
        Reply(body={"tokens": []}),  # llama-server, which reads no messages there
        Reply(501, error("not implemented")),
        Reply(body="<html>"),
    ],
    ids=["404", "400", "no count", "501", "a page"],
)
async def test_llama_server_counts_a_rendered_prompt(refusal: Reply) -> None:
    rendered, tokens = Reply(body={"prompt": "<|a|>"}), Reply(body={"tokens": [1, 2, 3, 4]})
    async with answering(refusal, rendered, tokens, rendered, tokens) as (fake, backend):
        assert await backend.count_tokens(TWO[:1]) == TokenCounts((4,))
    assert [each["path"] for each in fake.asked[1:]] == ["/apply-template", "/tokenize"] * 2
    assert fake.asked[-1]["content"] == "<|a|>"
    assert fake.asked[-1]["parse_special"] is True


async def test_a_server_that_counts_for_nobody_is_asked_once_and_estimated() -> None:
    async with answering(ABSENT) as (fake, backend):
        first = await backend.count_tokens(TWO)
        assert await backend.count_tokens(TWO) == first
        assert first.estimated
        assert list(first.tokens) == [estimate(messages) for messages in TWO]
    assert [each["path"] for each in fake.asked] == ["/tokenize", "/apply-template"]


async def test_while_the_server_is_away_nothing_is_settled() -> None:
    """Else a task would be given other prompts by chance."""
    away = Reply(503, error("loading model"))
    count = Reply(body={"count": 5})
    async with answering(away, away, count) as (_, backend):
        for _ in range(2):
            with pytest.raises(Unavailable):
                await backend.count_tokens(TWO[:1])
        assert await backend.count_tokens(TWO[:1]) == TokenCounts((5,))
    with pytest.raises(Unavailable):
        await backend.count_tokens(TWO[:1])


@pytest.mark.parametrize("kind", ODD_TEXTS)
def test_an_estimate_is_not_too_low_for_a_model_of_few_words(kind: str) -> None:
    model = LoadedModel(BUNDLED_MODEL)
    try:
        template = read_chat_template(model, "")
        prompts = PromptTokens(template, Vocabulary(model.vocabulary, template.source))
        messages = [PromptMessage("user", ODD_TEXTS[kind][:50_000])]
        assert estimate(messages) >= len(prompts.of(messages))
    finally:
        model.close()
