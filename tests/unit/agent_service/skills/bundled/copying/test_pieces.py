"""Values of a call must come out of a request to the letter."""

from __future__ import annotations

import pytest

from agent_service.skills.bundled.copying.arithmetic import expressions
from agent_service.skills.bundled.copying.code import programs
from agent_service.skills.bundled.copying.contents import contents
from agent_service.skills.bundled.copying.number_words import with_digits
from agent_service.skills.bundled.copying.paths import files, folders
from agent_service.skills.bundled.copying.patterns import patterns
from agent_service.skills.bundled.copying.spans import MARK, polite_end, quoted
from agent_service.skills.bundled.copying.zones import zones


@pytest.mark.parametrize(
    ("said", "expression"),
    [
        ("add 312 and 88", "312 + 88"),
        ("15 % of 80", "15 / 100 * 80"),
        ("12.5 percent of 640", "12.5 / 100 * 640"),
        ("the square root of 2", "sqrt(2)"),
        ("7 squared", "7 ** 2"),
        ("half of 90", "90 / 2"),
        ("subtract 19 from 250", "250 - 19"),
        ("the sum of 4, 8 and 15", "4 + 8 + 15"),
        ("the average of 10, 20 and 60", "(10 + 20 + 60) / 3"),
        ("2 to the power of 12", "2 ** 12"),
        ("two plus twenty five", "2 + 25"),
        ("1,200 + 300", "1200 + 300"),
        ("1024/16-3?", "1024/16-3"),
        ("(18 - 4.5) * 3.", "(18 - 4.5) * 3"),
    ],
)
def test_arithmetic_in_words_or_signs_is_an_expression(said: str, expression: str) -> None:
    assert [value for value, _ in expressions(said)] == [expression]


def test_what_is_no_arithmetic_gives_no_expression() -> None:
    assert expressions("it is 5 o'clock in report-2024-01.txt") == []
    assert expressions("1 + 1" + " and more" * 1000) == []


def test_number_words_become_numbers_each_on_its_own() -> None:
    assert with_digits("two and three") == "2 and 3"
    assert with_digits("two thousand three hundred and five") == "2305"
    assert with_digits("someone gave one third of seventeen") == "someone gave one third of 17"


def test_files_are_quoted_or_have_an_ending_or_are_called_files() -> None:
    assert [piece.value for piece in files("cat ./src/main.py, i.e. now.")] == ["./src/main.py"]
    assert [piece.value for piece in files("open 'my notes.txt'!")] == ["my notes.txt"]
    assert [piece.value for piece in files("read the Makefile")] == ["Makefile"]
    assert [piece.value for piece in files("read the hosts file")] == ["hosts"]
    assert files("what is 4.5 + 1/2?") == []


def test_folders_are_no_files() -> None:
    assert [piece.value for piece in folders("list the invoices folder")] == ["invoices"]
    assert [piece.value for piece in folders("the folder named taxes")] == ["taxes"]
    assert [piece.value for piece in folders("ls photos/2023")] == ["photos/2023"]
    assert [piece.value for piece in folders('files in the "old drafts" folder')] == ["old drafts"]
    assert folders("what is in notes.txt?") == []


def test_zones_are_named_by_city_country_or_name() -> None:
    assert [piece.value for piece in zones("time in new york?")] == ["America/New_York"]
    assert [piece.value for piece in zones("in europe/lisbon")] == ["Europe/Lisbon"]
    assert [piece.value for piece in zones("Japan's time, and utc")] == ["Asia/Tokyo", "UTC"]
    assert zones("what time is it") == []


@pytest.mark.parametrize(
    "text",
    [
        "run print(1 + 1)",
        "what does this print in python: print(1 + 1)",
        "execute `print(1 + 1)` please",
        "can you run print(1 + 1) in python?",
        "run this:\n```python\nprint(1 + 1)\n```",
    ],
)
def test_code_is_the_part_that_is_python(text: str) -> None:
    assert [value for value, _ in programs(text)] == ["print(1 + 1)"]


def test_prose_is_no_code() -> None:
    assert programs("run the tests") == []
    assert programs("ls -l") == []


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (f'write "see you" to {MARK}', "see you"),
        (f"save buy bread and butter in {MARK}", "buy bread and butter"),
        (f"a file called {MARK} that says Hello, world!", "Hello, world!"),
        (f"write to {MARK}: all 42 checks passed.", "all 42 checks passed."),
        (f"add a line saying water the plants to {MARK}, please.", "water the plants"),
        (f"set {MARK} to 2.0.1", "2.0.1"),
        (f"put this in {MARK}:\n```\nx = 1\ny = 2\n```", "x = 1\ny = 2"),
        (f"add to {MARK}: she said 'no' again", "she said 'no' again"),
        (f"add 'ratio: 3' to {MARK}", "ratio: 3"),
    ],
)
def test_content_stands_between_the_wish_and_the_file(text: str, content: str) -> None:
    assert [value for value, _ in contents(text)] == [content]


def test_two_files_are_two_wishes() -> None:
    assert contents(f"append milk to a.txt and bread to {MARK}") == []


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("search for banana", "banana"),
        ("which files mention Mr. Smith?", "Mr. Smith"),
        ("find every line that contains TODO", "TODO"),
        ("where did i write about the budget", "the budget"),
        (f"search {MARK} for the word deprecated", "deprecated"),
        (f"find unpaid in {MARK}", "unpaid"),
        ("is the word penguin anywhere in my files?", "penguin"),
    ],
)
def test_a_pattern_is_what_is_looked_for(text: str, pattern: str) -> None:
    assert [value for value, _ in patterns(text)] == [pattern]


def test_quotes_hold_apostrophes_and_politeness_ends() -> None:
    assert [piece.value for piece in quoted("don't say \"it's late\" or 'so'")] == [
        "it's late",
        "so",
    ]
    assert polite_end("run it for me, please.") == "run it"
