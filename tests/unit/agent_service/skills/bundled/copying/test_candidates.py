"""A call is made of a whole request, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from agent_service.skills.bundled.copying.candidates import Call, shown, understand
from core.ports import ToolDescription


def _tool(
    name: str,
    properties: dict[str, Any],
    optional: tuple[str, ...] = (),
    *,
    idempotent: bool = True,
) -> ToolDescription:
    required = [each for each in properties if each not in optional]
    schema = {"type": "object", "properties": properties, "required": required}
    return ToolDescription(name, "Does things in a folder.", schema, idempotent)


_TEXT = {"type": "string"}
TOOLS = [
    _tool("append_line", {"line": _TEXT, "path": _TEXT}, idempotent=False),
    _tool("calculator", {"expression": _TEXT}),
    _tool("current_time", {"timezone": _TEXT}, ("timezone",)),
    _tool("list_files", {"path": _TEXT}, ("path",)),
    _tool("write_file", {"content": _TEXT, "path": _TEXT}, idempotent=False),
    _tool("set_light", {"level": {"type": "integer"}, "room": {"enum": ["hall", "attic"]}}),
]
TOOLS = [
    tool
    if tool.name == "list_files"
    else ToolDescription(tool.name, "Does things.", tool.parameters_schema, tool.idempotent)
    for tool in TOOLS
]


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("append buy milk to todo.txt", "append_line", {"path": "todo.txt", "line": "buy milk"}),
        ("write 'hi' to a.txt", "write_file", {"path": "a.txt", "content": "hi"}),
        ("I am at a shop. What is 2 plus 2?", "calculator", {"expression": "2 + 2"}),
        ("time in Tokyo", "current_time", {"timezone": "Asia/Tokyo"}),
        ("what time is it", "current_time", {}),
        ("which files are in docs?", "list_files", {"path": "docs"}),
        ("set the light in the attic to 40", "set_light", {"level": 40, "room": "attic"}),
    ],
)
def test_a_request_gives_its_call(text: str, tool: str, arguments: dict[str, Any]) -> None:
    [call] = understand(text, TOOLS).calls
    assert (call.tool, call.arguments) == (tool, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "delete old.txt",
        "add 17% of 340 to 12",
        "what time does the train to Rome leave?",
        "write hello to a.txt and then delete b.txt",
        "append milk to a.txt and bread to b.txt",
        "write hello to the moon",
        "how are you today",
        "write 'hi' to a.txt twice",
        "write a poem to poem.txt",
        "write it to a.txt",
        "write the contents of a.txt to b.txt",
        "write hello to a.txt. Then write bye to b.txt.",
        "write hello to a.txt\nwrite bye to b.txt",
        "write hello to a.txt if there is none",
        "write hi to a.txt and mail it to Bob",
        "zip the folder photos",
        "remove the files in docs",
        "",
        "add 1 and 2 " * 2000,
    ],
)
def test_a_request_that_no_tool_does_gives_none(text: str) -> None:
    assert understand(text, TOOLS).calls == []


def test_calls_that_explain_as_much_are_all_there_to_choose_from() -> None:
    calls = understand("new file colors.txt: red, green", TOOLS).calls
    assert {call.tool for call in calls} == {"append_line", "write_file"}


def test_the_model_sees_short_and_plain_values() -> None:
    call = Call("write_file", {"path": "a.txt", "content": '"\n' + "ä" * 500}, "")
    seen = shown(call)["arguments"]
    assert seen == {"path": "a.txt", "content": " " * 80}
