"""How an instruct model works with tools: step by step, each one JSON object held by a grammar.

Small models copy the form of what they see, so they are shown two tasks from the first step to the
last. Tried on Qwen2.5-Coder-1.5B with the first 16 of 24 tasks made up for it: 8 ended rightly with
the rules alone, 14 with an example.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent_service.skills.instruct.tool_call_shape import shape_of_arguments
from core.calls import fit_prompt, generate_json
from core.conversation import exchange_parts, newest_exchanges
from core.fitting import Part
from core.hops import Hop
from core.json_text import write_json
from core.ports import (
    ChatMessage,
    GenerationSettings,
    NoCall,
    ToolAnswer,
    ToolCall,
    ToolDescription,
    ToolStep,
)
from core.state import CallRecord, TaskState
from core.tool_steps import calls_so_far, changes_so_far, outcome_text

_THOUGHT = {"type": "string", "maxLength": 200}
_NO_STEP = "the model's next step was cut short"
_LEFT_OUT = "(left out for want of room)"

_RULES = """You do what a person asks with tools, one step at a time. Each of your messages is one \
JSON object, a step:
{"thought": "...", "tool": "...", "arguments": {...}} calls a tool. You are then told its result.
{"thought": "...", "answer": "..."} ends the work, once all that was asked is done.

Tools:
%s

- You don't know what is in a file before you have read it.
- Write exactly the text that is wanted, without words around it.
- Do every part of the request, and nothing that was not asked for.
- If a call failed, try another way.
- In the answer say only what the results show."""

_LAST = "Nothing more can be called. Answer now: say what was done, and what was not."

_Step = tuple[str, Mapping[str, Any], str]
_EXAMPLES: Sequence[tuple[str, Sequence[_Step], tuple[str, str]]] = (
    (
        "What do tea.txt and cake.txt cost together?",
        (
            (
                "I must read tea.txt and cake.txt and add. First I read tea.txt.",
                {"tool": "read_file", "arguments": {"path": "tea.txt"}},
                "3",
            ),
            (
                "tea.txt holds 3. Next I read cake.txt.",
                {"tool": "read_file", "arguments": {"path": "cake.txt"}},
                "4",
            ),
            (
                "cake.txt holds 4. Next I add 3 and 4.",
                {"tool": "calculator", "arguments": {"expression": "3 + 4"}},
                "7",
            ),
        ),
        (
            "The sum is 7. Nothing was to be written, so all is done.",
            "Together they cost 3 + 4 = 7.",
        ),
    ),
    (
        "Put the first word of x.txt and then all of y.txt into z.txt.",
        (
            (
                "I must read x.txt and y.txt and write z.txt. First I read x.txt.",
                {"tool": "read_file", "arguments": {"path": "x.txt"}},
                "big small",
            ),
            (
                "The first word of x.txt is big. Next I read y.txt.",
                {"tool": "read_file", "arguments": {"path": "y.txt"}},
                "green\nyellow",
            ),
            (
                "I have the first word and y.txt. Next I write both into z.txt.",
                {
                    "tool": "write_file",
                    "arguments": {"path": "z.txt", "content": "big\ngreen\nyellow"},
                },
                "wrote 16 bytes to z.txt",
            ),
        ),
        ("z.txt is written, so all is done.", "I wrote big and the lines of y.txt into z.txt."),
    ),
)


async def next_step(
    state: TaskState, tools: Sequence[ToolDescription], hop: Hop, *, may_call: bool
) -> ToolStep:
    """Let the model write its next step: a call, or the answer once there was a call."""
    calls = calls_so_far(state)
    changed = [changes_so_far(calls[: count + 1], tools) for count in range(len(calls))]
    settings = GenerationSettings(max_tokens=hop.services.config.max_code_tokens)
    # The newest results matter most.
    results = [Part("result", outcome_text(call), 20) for call in reversed(calls)]
    lines = [Part("tool", _line(tool), None) for tool in tools]
    fitted, settings = await fit_prompt(
        hop,
        lambda texts: step_prompt(
            state["text"],
            calls,
            changed,
            texts[: len(lines)],
            texts[len(lines) : len(lines) + len(results)],
            newest_exchanges(state, len(texts[len(lines) + len(results) :])),
            last=not may_call,
        ),
        [*lines, *results, *exchange_parts(state)],
        settings,
    )
    schema = step_schema(tools if may_call else (), may_answer=bool(calls) or not may_call)
    written = await generate_json(hop, "choose", fitted.messages, schema, settings)
    return _step(written)


def step_schema(tools: Sequence[ToolDescription], *, may_answer: bool) -> dict[str, Any]:
    """Return the JSON Schema of a step: a call of one of ``tools``, or the answer."""
    steps = [
        _object(
            thought=_THOUGHT,
            tool={"const": tool.name},
            arguments=shape_of_arguments(tool.parameters_schema),
        )
        for tool in tools
    ]
    if may_answer:
        steps.append(_object(thought=_THOUGHT, answer={"type": "string", "minLength": 1}))
    return {"anyOf": steps}


def step_prompt(
    text: str,
    calls: Sequence[CallRecord],
    changed: Sequence[Sequence[str]],
    tool_lines: Sequence[str],
    results: Sequence[str],
    earlier: Sequence[ChatMessage] = (),
    *,
    last: bool,
) -> list[ChatMessage]:
    """Ask for the next step, after those before.

    ``changed`` says after each call what was changed so far, ``results`` are those of the newest
    calls, last first; ``earlier`` is what was said before. ``last``: only the answer is left.
    """
    messages = [ChatMessage("system", _RULES % "\n".join(tool_lines)), *_examples()]
    messages += [_as_step(each) for each in earlier]
    messages.append(ChatMessage("user", text))
    shown = {len(calls) - 1 - place: result for place, result in enumerate(results)}
    for place, call in enumerate(calls):
        step: dict[str, Any] = {"thought": call.get("thought", ""), "tool": call["tool"]}
        step["arguments"] = call["arguments"]
        messages += _exchange(step, shown.get(place, _LEFT_OUT), changed[place])
    if last:
        end = messages.pop()
        messages.append(ChatMessage(end.role, f"{end.content}\n\n{_LAST}"))
    return messages


def _examples() -> list[ChatMessage]:
    messages = []
    for request, steps, (thought, answer) in _EXAMPLES:
        messages.append(ChatMessage("user", request))
        changed: list[str] = []
        for why, call, result in steps:
            if call["tool"] == "write_file":
                changed.append(f"write_file({call['arguments']['path']})")
            messages += _exchange({"thought": why, **call}, result, changed)
        messages.append(_said({"thought": thought, "answer": answer}))
    return messages


def _exchange(step: Mapping[str, Any], result: str, changed: Sequence[str]) -> list[ChatMessage]:
    """Return a step and its result, with what was changed so far: small models claim too much."""
    so_far = ", ".join(changed) or "nothing"
    content = f"Result of {step['tool']}:\n{result}\nChanged so far: {so_far}"
    return [_said(step), ChatMessage("user", content)]


def _as_step(said: ChatMessage) -> ChatMessage:
    """Return an earlier answer in the form that all answers of this prompt have."""
    if said.role != "assistant":
        return said
    return _said({"thought": "All is done.", "answer": said.content})


def _said(step: Mapping[str, Any]) -> ChatMessage:
    return ChatMessage("assistant", write_json(step, ensure_ascii=False))


def _line(tool: ToolDescription) -> str:
    """Return a tool with the names of its arguments, those that may be left out with a mark."""
    properties = tool.parameters_schema.get("properties", {})
    required = tool.parameters_schema.get("required", [])
    names = [name if name in required else f"{name}?" for name in properties]
    return f"- {tool.name}({', '.join(names)}): {tool.description}"


def _step(written: Any) -> ToolStep:
    if not isinstance(written, dict):
        return NoCall(_NO_STEP)
    if "answer" in written:
        return ToolAnswer(str(written["answer"]).strip())
    return ToolCall(
        str(written["tool"]), dict(written["arguments"]), str(written.get("thought", ""))
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
