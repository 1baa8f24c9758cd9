"""All of a request is done, or nothing of it and the words that were in the way are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_service.skills.bundled.copying.candidates import understand
from core.ports import ToolDescription
from tool_service.app import register
from tool_service.sandbox.limits import SandboxLimits
from tool_service.sandbox.sandbox import Sandbox
from tool_service.workspace import Workspace


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> list[ToolDescription]:
    """The tools as the tool service registers them."""
    folder: Path = tmp_path_factory.mktemp("tools")
    registry = register(Workspace(folder), Sandbox(None, folder, SandboxLimits()))
    return [
        ToolDescription(each.name, each.description, each.parameters_schema, each.idempotent)
        for each in registry.tools
    ]


@pytest.mark.parametrize(
    "text",
    [
        "what time is it in Narnia?",
        "time in Gotham please",
        "what time is it in Tokyo and London?",
        "Tell me the time in Paris and Berlin",
        "what's the time in Rome, not in Madrid",
        "what time will it be tomorrow in Tokyo",
        "what date is tomorrow",
        "what's the date next friday",
        "what will the time be in an hour?",
        "what time was it two hours ago in Oslo",
        "what is the date a week from today",
        "what day was yesterday?",
        "the time in Lisbon in 12 hour format",
        "is it Monday in Tokyo or in London",
        "what is 2 + 2 in binary?",
        "2 + 2 in roman numerals",
        "compute 10 / 3 rounded to two digits",
        "what's 5 km + 3 miles",
        "what is not 2 + 2",
        "how much is 60 minus 15 percent",
        "what is 7 * 6, as a word",
        "add 3 and 4 then square it",
        "read a.txt backwards",
        "read a.txt and translate it to French",
        "read notes.txt and save it as b.txt",
        "read a.txt and write it into b.txt",
        "show me the last three lines of log.txt",
        "read every second line of log.txt",
        "don't read a.txt",
        "do not show me notes.txt",
        "read a.txt but only if it is shorter than 1 KB",
        "read a.txt except the header",
        "list the files in docs sorted by size",
        "list the files in docs except a.txt",
        "list hidden files",
        "list files in docs and in src",
        "list the files that were changed today",
        "which files are larger than 1 MB",
        "search for banana but not in docs",
        "find TODO except in tests",
        "find foo case sensitively",
        "search for cat twice",
        "search for foo as a regex",
        "write hello to a.txt twice",
        "write hello twice to a.txt",
        "write hello in uppercase to a.txt",
        "write 'hello' in French to a.txt",
        "put hello three times in a.txt",
        "append milk to list.txt unless it is there",
        "append milk to list.txt if it is not there yet",
        "append milk to list.txt before the last line",
        "add the line x at the top of a.txt",
        "write hello to a.txt tomorrow",
        "write hello to a.txt without a newline",
        "write hello to a.txt and encrypt it",
        "do not write hello to a.txt",
        "run print(1) three times",
        "run print(1) with python 2",
        "run print(1) tomorrow",
        "run `print(2)` on the server",
        "execute print(3) without the sandbox",
        "What time is it? Tomorrow I mean.",
        "What time is it in Tokyo? I mean yesterday.",
        "List the files. Only those changed today.",
    ],
)
def test_half_of_a_request_is_not_done(tools: list[ToolDescription], text: str) -> None:
    assert understand(text, tools).calls == []


@pytest.mark.parametrize(
    ("text", "left_over"),
    [
        ("what time is it in Narnia?", ("Narnia",)),
        ("Tell me the time in Paris and Berlin", ("Berlin",)),
        ("what will the time be in an Hour?", ("in an Hour",)),
        ("what is 2 + 2 in Binary?", ("Binary",)),
        ("append milk to list.txt unless it rains", ("unless", "rains")),
        ("read a.txt and save it as b.txt", ("save",)),
        ("write hello twice to a.txt", ("twice",)),
        ("2 + 2 in roman numerals", ("roman", "numerals")),
        ("delete old.txt", ("delete",)),
        ("sing a song", ()),
    ],
)
def test_what_was_not_understood_is_named_as_it_was_written(
    tools: list[ToolDescription], text: str, left_over: tuple[str, ...]
) -> None:
    assert understand(text, tools).left_over == left_over


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("hi, what's the time in Kyoto right now please", "current_time"),
        ("I was wondering what time it is in New York", "current_time"),
        ("what's the time in UTC+2", "current_time"),
        ("time in GMT-03:30 please", "current_time"),
        ("what time is it at UTC +5:30?", "current_time"),
        ("I'm in Tokyo. What time is it?", "current_time"),
        ("do you happen to have the time?", "current_time"),
        ("what day is it today, by any chance?", "current_time"),
        ("if you could, tell me today's date", "current_time"),
        ("Is today a Friday?", "current_time"),
        ("what is 10 / 3 rounded to 2 decimals", "calculator"),
        ("22/7 to three decimal places please", "calculator"),
        ("whats 3 times 14 mate", "calculator"),
        ("could you do a quick sum for me: 12 + 30", "calculator"),
        ("I need to pay 12.5 and 7. How much is 12.5 + 7?", "calculator"),
        ("calculate the area 3.14 * 5 * 5", "calculator"),
        ('python -c "print(1)"', "run_python"),
        ("try running print(4 ** 0.5)", "run_python"),
        ("read the csv prices.csv", "read_file"),
        ("show me what's in todo.md when you have a minute", "read_file"),
        ("please open notes/today.txt so I can read it", "read_file"),
        ("can I see the contents of config.yaml?", "read_file"),
        ("what does report.md say", "read_file"),
        ("ls -la docs", "list_files"),
        ("how many files are in the workspace", "list_files"),
        ("which files are there in docs right now?", "list_files"),
        ("what do I have in the folder photos", "list_files"),
        ("grep -r password .", "search_text"),
        ("find lines with TODO in src", "search_text"),
        ('search my notes for the word "invoice"', "search_text"),
        ("which of my files mention penguins?", "search_text"),
        ("write 'hello there' to greeting.txt please", "write_file"),
        ("make a file called a.txt that says good night", "write_file"),
        ("append buy milk to todo.txt, thanks a lot", "append_line"),
        ('add "call mum" to the list list.txt', "append_line"),
        ("jot down water the plants in garden.txt", "append_line"),
    ],
)
def test_politeness_and_talk_are_in_nobodys_way(
    tools: list[ToolDescription], text: str, tool: str
) -> None:
    assert tool in [call.tool for call in understand(text, tools).calls]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("what's the time in UTC+2", {"timezone": "UTC+2"}),
        ("time in gmt -03:30 please", {"timezone": "GMT-03:30"}),
        ("the time in Etc/GMT+2", {"timezone": "Etc/GMT+2"}),
        ("what is 10 / 3 rounded to two decimal places", {"expression": "round(10 / 3, 2)"}),
        ("search for cats in docs", {"pattern": "cats", "path": "docs"}),
    ],
)
def test_what_can_be_done_of_such_requests_is_done_whole(
    tools: list[ToolDescription], text: str, arguments: dict[str, str]
) -> None:
    assert arguments in [call.arguments for call in understand(text, tools).calls]
