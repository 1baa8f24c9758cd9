"""Every role with the bundled model, and texts that fill its context: none fails, all is said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
import pytest_asyncio

from core.config import WorkflowConfig
from core.errors import PromptTooLong
from core.hop_frame import hop_node
from core.ports import (
    CallContext,
    ChatMessage,
    Generation,
    GenerationSettings,
    ModelInfo,
    ToolDescription,
)
from core.roles.coder import CODER, write_code
from core.roles.operator import operate
from core.roles.responder import RESPONDER, respond
from core.roles.reviewer import review
from core.state import HopRecord, PassageRecord, ReviewRecord, TaskState, initial_state
from core.workflows import BUILT_IN
from llm_service.backends.llama import LlamaBackend, LlamaSettings
from llm_service.config import BUNDLED_MODEL
from llm_service.prompt import PromptMessage
from shared.testing import (
    CHECKS_PASS,
    FakeModel,
    FakeServices,
    FakeTool,
    FakeToolbox,
    say_plainly,
)
from tests.hops import BUNDLED, INSTRUCT, hop_in, services_of
from tests.odd_texts import ODD_TEXTS

CODE = "def f(x):\n    return 2 * x"
QUESTION = "which port does the agent listen on?"
KINDS = pytest.mark.parametrize("kind", ODD_TEXTS)
STYLES = pytest.mark.parametrize("style", [BUNDLED, INSTRUCT])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def backend() -> AsyncIterator[LlamaBackend]:
    found = await LlamaBackend.open(LlamaSettings(path=BUNDLED_MODEL))
    yield found
    await found.close()


REVIEWS = {
    "assertions": '{"assertions": ["assert f(2) == 4"]}',
    "opinion": '{"approve": true, "comment": ""}',
}
READ_AS: dict[str, Literal["user"]] = {"system": "user"}


@dataclass(kw_only=True)
class Reader(FakeModel):
    """The bundled model reads every prompt; what it would say is known before."""

    backend: LlamaBackend

    async def describe(self) -> ModelInfo:
        """Return the real model, which may take part in everything."""
        found = await self.backend.describe()
        return ModelInfo(found.name, found.context_tokens, self.answer_style, found.larger_context)

    async def count_tokens(self, prompts: Sequence[Sequence[ChatMessage]]) -> list[int]:
        """Count as the real model does, as if its chat template read all of what a system says."""
        given = [
            (
                PromptMessage("system", prompt[0].content.split("\n")[0]),
                *(PromptMessage(READ_AS.get(e.role, e.role), e.content) for e in prompt),
            )
            for prompt in prompts
        ]
        return list((await self.backend.count_tokens(given)).tokens)

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        """Hold the prompt against the context, as the real model does."""
        [count] = await self.count_tokens([messages])
        assert count + settings.max_tokens <= (await self.describe()).context_tokens
        return await super().generate(messages, settings, context)


class World(FakeServices):
    """The bundled model beside tools of the test's, where every check passes."""

    def __init__(
        self,
        backend: LlamaBackend,
        answer_style: str = BUNDLED,
        says: str = CODE,
        tools: Sequence[FakeTool] = (),
    ) -> None:
        super().__init__(
            model=Reader(
                backend=backend,
                says=lambda asked: (
                    REVIEWS.get(asked.position)
                    or (says if asked.schema is None else say_plainly(asked))
                ),
                answer_style=answer_style,
            ),
            tools=FakeToolbox(tools=[CHECKS_PASS, *tools]),
        )

    @property
    def prompts(self) -> list[list[ChatMessage]]:
        """What the model was shown."""
        return [list(asked.messages) for asked in self.model.asked]

    @property
    def settings(self) -> list[GenerationSettings]:
        """How it was to answer."""
        return [asked.settings for asked in self.model.asked]


def task(text: str = QUESTION, **more: Any) -> TaskState:
    state = initial_state(
        task_id="t", correlation_id="c", text=text, requested_workflow="", max_review_cycles=2
    )
    return TaskState(**{**state, **more})  # type: ignore[typeddict-item]


def passages(text: str, count: int = 3) -> list[PassageRecord]:
    near = "The agent listens on port 7400."
    rest = [
        PassageRecord(source=f"{n}.csv", start_line=1, end_line=150, text=text, score=0.6)
        for n in range(count)
    ]
    return [
        PassageRecord(source="a.md", start_line=7, end_line=7, text=near, score=0.9),
        *rest,
    ]


async def sent_by(act: Any, state: TaskState, world: World) -> dict[str, Any]:
    """Return the content of the message that a hop sends, and beside it what was left out."""
    role = RESPONDER if act is respond else CODER
    node = hop_node(replace(role, act=act), BUILT_IN, services_of(world))
    update = await node(state)
    sent = update["messages"][-1]
    return {**sent["content"], "left_out": sent["left_out"]}


@pytest.mark.asyncio(loop_scope="module")
@KINDS
@STYLES
async def test_an_answer_from_another_document_needs_no_room_for_this_one(
    backend: LlamaBackend, kind: str, style: str
) -> None:
    world = World(backend, style, says="The agent listens on port 7400.")
    state = task(workflow="answer", passages=passages(ODD_TEXTS[kind]))
    sent = await sent_by(respond, state, world)
    assert "The agent listens on port 7400." in sent["text"]
    assert sent["sources"][0]["source"] == "a.md"
    if ODD_TEXTS[kind].strip():
        assert [(each["kind"], each["total"]) for each in sent["left_out"]] == [("passage", 4)]
    shown = world.prompts[0][-1].content
    assert "[1] " in shown and "The agent listens on port 7400." in shown
    again = World(backend, style, says="x")
    await sent_by(respond, state, again)
    assert (again.prompts, again.settings) == (world.prompts, world.settings)


@pytest.mark.asyncio(loop_scope="module")
@KINDS
@STYLES
async def test_code_is_written_and_revised_whatever_was_found(
    backend: LlamaBackend, kind: str, style: str
) -> None:
    world = World(backend, style)
    state = task("a function f that doubles", workflow="code", passages=passages(ODD_TEXTS[kind]))
    first = await sent_by(write_code, state, world)
    assert first["code"] == CODE
    assert [(each["kind"], each["total"]) for each in first["left_out"]] == [("passage", 4)]
    assert "The agent listens on port 7400." in world.prompts[0][0].content
    failure = ODD_TEXTS[kind][-1990:] + "\nAssertionError: f(2) == 4"
    state["code"], state["review"] = (
        CODE,
        ReviewRecord(approved=False, output=failure, assertions=[]),
    )
    state["hops"] = [HopRecord(index=0, role="coder", attempt=1)]
    await sent_by(write_code, state, world)
    asked = world.prompts[-1]
    roles = [each.role for each in asked if each.role != "system" or style == BUNDLED]
    assert roles == ["system", "user", "assistant", "user"][style != BUNDLED :]
    assert asked[-2].content == (CODE if style == BUNDLED else f"```python\n{CODE}\n```")
    assert "AssertionError: f(2) == 4" in asked[-1].content


@pytest.mark.asyncio(loop_scope="module")
@KINDS
async def test_what_a_tool_returned_is_reported_as_far_as_it_fits(
    backend: LlamaBackend, kind: str
) -> None:
    world = World(backend, answer_style=INSTRUCT, says="It is done.")
    output = {"tool": "read_file", "arguments": {}, "ok": True, "output": ODD_TEXTS[kind]}
    output["data"] = {}
    sent = await sent_by(respond, task("read it", workflow="tool", tool_result=output), world)
    assert sent["text"] == "It is done."
    assert world.settings[0].max_tokens == 256


@pytest.mark.asyncio(loop_scope="module")
@KINDS
async def test_a_review_goes_by_the_code_that_fits(backend: LlamaBackend, kind: str) -> None:
    world = World(backend, answer_style=INSTRUCT)
    # A fork may have edited the code to any length.
    code = CODE + "\n" + "".join(f"# {line}\n" for line in ODD_TEXTS[kind][:60_000].split("\n"))
    outcome = await review(task("double a number", code=code), await hop_in(world, "reviewer"))
    assert outcome.update["approved"]
    assert CODE in world.prompts[0][-1].content


@pytest.mark.asyncio(loop_scope="module")
async def test_the_operator_is_told_of_as_many_tools_as_fit(backend: LlamaBackend) -> None:
    schema = {"type": "object", "properties": {"q": {"type": "string"}}}
    many = [ToolDescription(f"tool_{n}", "It does things. " * 20, schema, True) for n in range(60)]
    world = World(backend, answer_style=INSTRUCT, tools=[FakeTool(each) for each in many])
    hop = await hop_in(world, "operator")
    await operate(task("call tool_3 now"), hop)
    assert "tool_0" in world.prompts[0][0].content
    assert [(each.kind, each.total) for each in hop.left_out] == [("tool", 60)]


REQUESTS = {
    "direct": (respond, {"workflow": "direct"}),
    "answer": (respond, {"workflow": "answer", "passages": passages("x")}),
    "code": (write_code, {"workflow": "code", "passages": passages("x")}),
    "tool": (operate, {"workflow": "tool"}),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("route", REQUESTS)
@pytest.mark.parametrize("kind", sorted(set(ODD_TEXTS) - {"line breaks", "emoji"}))
async def test_a_request_over_the_context_fails_with_a_remedy(
    backend: LlamaBackend, route: str, kind: str
) -> None:
    act, more = REQUESTS[route]
    world = World(backend, answer_style=INSTRUCT)
    text = (ODD_TEXTS[kind] * 4)[: 60 * 1024]
    with pytest.raises(PromptTooLong, match=r"shorten the request, or .*`mesh models use NAME`"):
        await act(task(text, **more), await hop_in(world, "responder"))
    assert world.prompts == []


@pytest.mark.asyncio(loop_scope="module")
async def test_a_request_that_leaves_no_room_for_passages_is_answered_without(
    backend: LlamaBackend,
) -> None:
    world = World(backend, answer_style=INSTRUCT, says="f")
    text = "double the number " * 400
    state = task(text, workflow="code", passages=passages("a passage " * 40))
    sent = await sent_by(write_code, state, world)
    assert sent["left_out"] == [{"kind": "passage", "total": 4, "shown": 0, "in_part": 0}]
    assert 64 <= world.settings[0].max_tokens < WorkflowConfig().max_code_tokens
    await review(task(text, code=CODE), await hop_in(world, "reviewer"))
