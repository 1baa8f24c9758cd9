"""Tasks of two and more steps on files, each with a check of the files or of the answer.

Nothing here was looked at while prompts were written: those were tried on other tasks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Files = Mapping[str, str]
Check = Callable[[Files, str], bool]
"""From the files as they are at the end, and the answer, to whether that is right."""


@dataclass(frozen=True, slots=True)
class WorkspaceTask:
    """A request, the files that there are, and what has to be there at the end."""

    request: str
    files: Files = field(default_factory=dict)
    check: Check = lambda files, answer: False


def holds(path: str, *lines: str) -> Check:
    """Check that a file has exactly these lines."""
    return lambda files, _: (
        [each.strip() for each in files.get(path, "").split("\n") if each] == [*lines]
    )


def names(*words: str, but: tuple[str, ...] = ()) -> Check:
    """Check that the answer has words, and has not others; case does not matter."""
    return lambda _, answer: (
        all(word.lower() in answer.lower() for word in words)
        and not any(word.lower() in answer.lower() for word in but)
    )


def number(value: float) -> Check:
    """Check that the answer has a number."""
    return lambda _, answer: value in _numbers(answer)


def number_in(path: str, value: float) -> Check:
    """Check that a file holds a number, and no other."""
    return lambda files, _: _numbers(files.get(path, "")) == [value]


def both(*checks: Check) -> Check:
    """Check all."""
    return lambda files, answer: all(check(files, answer) for check in checks)


def unchanged(files: Files) -> Check:
    """Check that files are as they were."""
    return lambda now, _: all(now.get(path) == text for path, text in files.items())


_NO = ("no such", "not exist", "n't exist", "cannot", "can't", "not found", "no file", "is no ")


def says_no(files: Files, answer: str) -> bool:
    """Check that the answer says that something is not there."""
    return any(words in answer.lower() for words in _NO)


def _numbers(text: str) -> list[float]:
    return [float(each.replace(",", "")) for each in re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)]


_INVOICES = {"march.txt": "120\n", "april.txt": "85\n", "may.txt": "95\n"}
_LETTER = "Dear Ms Quist,\nthe parcel arrived.\nKind regards\n"
_SHOPPING = "bread\neggs\nbutter\n"
_MEMBERS = "Amara\nBogdan\nChiara\nDilan\n"
_LOG = "start\nwarning: disk\nready\nwarning: heat\nstop\n"
_RECIPE = "Pancakes\nflour: 250 g\nmilk: 500 ml\neggs: 2\n"
_SETTINGS = "theme=dark\nlanguage=fr\nretries=7\n"

TASKS: tuple[WorkspaceTask, ...] = (
    # Two files, one number.
    WorkspaceTask("What do march.txt and april.txt add up to?", _INVOICES, number(205)),
    WorkspaceTask(
        "Subtract the number in may.txt from the one in march.txt.", _INVOICES, number(25)
    ),
    WorkspaceTask(
        "Add the numbers of march.txt, april.txt and may.txt and tell me the total.",
        _INVOICES,
        number(300),
    ),
    WorkspaceTask(
        "Multiply what is in width.txt by what is in height.txt and tell me the area.",
        {"width.txt": "14\n", "height.txt": "9\n"},
        number(126),
    ),
    WorkspaceTask(
        "Which of april.txt and may.txt holds the smaller number?",
        _INVOICES,
        names("april", but=("may.txt holds the smaller",)),
    ),
    WorkspaceTask(
        "Divide the number in total.txt by the number in people.txt. What does each one pay?",
        {"total.txt": "96\n", "people.txt": "4\n"},
        number(24),
    ),
    # A number into a file.
    WorkspaceTask(
        "Add march.txt and may.txt and write the sum to quarter.txt.",
        _INVOICES,
        number_in("quarter.txt", 215),
    ),
    WorkspaceTask(
        "Compute 17 * 23 and save the result in product.txt.", {}, number_in("product.txt", 391)
    ),
    WorkspaceTask(
        "Double the number in dose.txt and write it to double.txt.",
        {"dose.txt": "35\n"},
        number_in("double.txt", 70),
    ),
    WorkspaceTask(
        "Replace the number in counter.txt by the number one higher.",
        {"counter.txt": "41\n"},
        number_in("counter.txt", 42),
    ),
    WorkspaceTask(
        "The file temps.txt holds a temperature in Celsius. Write it in Fahrenheit to f.txt "
        "(times 9, divided by 5, plus 32).",
        {"temps.txt": "20\n"},
        number_in("f.txt", 68),
    ),
    WorkspaceTask(
        "Write the square root of the number in area.txt to side.txt.",
        {"area.txt": "144\n"},
        number_in("side.txt", 12),
    ),
    # Copies.
    WorkspaceTask(
        "Make a copy of letter.txt called letter-old.txt.",
        {"letter.txt": _LETTER},
        both(
            holds("letter-old.txt", "Dear Ms Quist,", "the parcel arrived.", "Kind regards"),
            unchanged({"letter.txt": _LETTER}),
        ),
    ),
    WorkspaceTask(
        "Copy shopping.txt to saturday.txt.",
        {"shopping.txt": _SHOPPING},
        both(
            holds("saturday.txt", "bread", "eggs", "butter"), unchanged({"shopping.txt": _SHOPPING})
        ),
    ),
    WorkspaceTask(
        "Put the text of manual/intro.txt into a new file summary.txt.",
        {"manual/intro.txt": "This tool sorts photos.\n"},
        holds("summary.txt", "This tool sorts photos."),
    ),
    WorkspaceTask(
        "Join head.txt and tail.txt into whole.txt, head.txt first.",
        {"head.txt": "once upon a time\n", "tail.txt": "the end\n"},
        holds("whole.txt", "once upon a time", "the end"),
    ),
    WorkspaceTask(
        "Swap the contents of left.txt and right.txt.",
        {"left.txt": "apple\n", "right.txt": "pear\n"},
        both(holds("left.txt", "pear"), holds("right.txt", "apple")),
    ),
    WorkspaceTask(
        "Copy the file in the folder inbox to a file done.txt.",
        {"inbox/order-17.txt": "two chairs\n"},
        holds("done.txt", "two chairs"),
    ),
    # Find, then act.
    WorkspaceTask(
        "One file mentions the word invoice. Add the line paid to that file.",
        {"a1.txt": "a note about lunch\n", "b2.txt": "invoice 88 for Tom\n", "c3.txt": "weather\n"},
        both(
            holds("b2.txt", "invoice 88 for Tom", "paid"),
            unchanged({"a1.txt": "a note about lunch\n", "c3.txt": "weather\n"}),
        ),
    ),
    WorkspaceTask(
        "Search for FIXME and tell me the file and what the line says.",
        {"lib/core.py": "x = 1\n# FIXME: slow loop\n", "lib/io.py": "y = 2\n"},
        names("core.py", "slow loop"),
    ),
    WorkspaceTask(
        "In which file does the name Marguerite occur?",
        {"p.txt": "Louis and Anne\n", "q.txt": "Marguerite and Paul\n", "r.txt": "Denise\n"},
        names("q.txt", but=("p.txt", "r.txt")),
    ),
    WorkspaceTask(
        "Find the file that contains the phone number of the plumber and tell me the number.",
        {"contacts.txt": "plumber: 555-0142\nbaker: 555-0199\n", "todo.txt": "buy nails\n"},
        names("555-0142", but=("555-0199",)),
    ),
    WorkspaceTask(
        "Find the line with 'warning: heat' in system.log and append it to alerts.txt.",
        {"system.log": _LOG},
        holds("alerts.txt", "warning: heat"),
    ),
    WorkspaceTask(
        "Which file holds the password? Only tell me the file's name, not the password.",
        {"x1.txt": "nothing\n", "keys.txt": "password=swordfish\n"},
        names("keys.txt", but=("swordfish",)),
    ),
    # Count.
    WorkspaceTask("How many lines does members.txt have?", {"members.txt": _MEMBERS}, number(4)),
    WorkspaceTask(
        "Count the warnings in system.log and write how many there are to warnings.txt.",
        {"system.log": _LOG},
        number_in("warnings.txt", 2),
    ),
    WorkspaceTask(
        "How many files are there in the folder photos?",
        {f"photos/{name}.txt": "x\n" for name in ("sea", "hill", "cat", "bus", "boat")},
        number(5),
    ),
    WorkspaceTask(
        "Write the number of lines of shopping.txt into n.txt.",
        {"shopping.txt": _SHOPPING},
        number_in("n.txt", 3),
    ),
    WorkspaceTask(
        "Are there more files in the folder old or in the folder new?",
        {"old/a.txt": "1", "new/b.txt": "2", "new/c.txt": "3", "new/d.txt": "4"},
        names("new", but=("more files in the folder old", "more files in old")),
    ),
    WorkspaceTask(
        "How many words does motto.txt have?", {"motto.txt": "slow and steady wins\n"}, number(4)
    ),
    # Read and tell.
    WorkspaceTask(
        "What language is set in settings.ini?", {"settings.ini": _SETTINGS}, names("fr")
    ),
    WorkspaceTask(
        "How much milk does the recipe in recipe.txt need?", {"recipe.txt": _RECIPE}, number(500)
    ),
    WorkspaceTask(
        "Who is the last member in members.txt?",
        {"members.txt": _MEMBERS},
        names("Dilan", but=("Amara", "Bogdan", "Chiara")),
    ),
    WorkspaceTask(
        "Read first.txt, which names another file, and tell me what that file says.",
        {"first.txt": "look into second.txt\n", "second.txt": "the treasure is under the oak\n"},
        names("under the oak"),
    ),
    WorkspaceTask(
        "Is the word 'urgent' in mail.txt? Answer yes or no.",
        {"mail.txt": "Please answer soon, it is urgent.\n"},
        names("yes"),
    ),
    WorkspaceTask(
        "Compare one.txt with two.txt: do they hold the same text? Answer yes or no.",
        {"one.txt": "blue\n", "two.txt": "green\n"},
        names("no", but=("yes",)),
    ),
    # Write what was read.
    WorkspaceTask(
        "Write the second line of members.txt to chosen.txt.",
        {"members.txt": _MEMBERS},
        holds("chosen.txt", "Bogdan"),
    ),
    WorkspaceTask(
        "Write the retries from settings.ini to retries.txt, the number alone.",
        {"settings.ini": _SETTINGS},
        number_in("retries.txt", 7),
    ),
    WorkspaceTask(
        "Write the title of the recipe in recipe.txt, its first line, to title.txt.",
        {"recipe.txt": _RECIPE},
        holds("title.txt", "Pancakes"),
    ),
    WorkspaceTask(
        "Write the names of the files in the folder reports to list.txt, one a line.",
        {"reports/jan.txt": "1", "reports/feb.txt": "2"},
        lambda files, _: (
            sorted(files.get("list.txt", "").replace("reports/", "").split())
            == ["feb.txt", "jan.txt"]
        ),
    ),
    WorkspaceTask(
        "Write the content of word.txt in capital letters to loud.txt.",
        {"word.txt": "thunder\n"},
        holds("loud.txt", "THUNDER"),
    ),
    WorkspaceTask(
        "Write the lines of members.txt in reverse order to reversed.txt.",
        {"members.txt": _MEMBERS},
        holds("reversed.txt", "Dilan", "Chiara", "Bogdan", "Amara"),
    ),
    # Change a file.
    WorkspaceTask(
        "Add milk to the end of shopping.txt and show me the list.",
        {"shopping.txt": _SHOPPING},
        both(holds("shopping.txt", "bread", "eggs", "butter", "milk"), names("bread", "milk")),
    ),
    WorkspaceTask(
        "Change the theme in settings.ini to light. Keep the other lines.",
        {"settings.ini": _SETTINGS},
        holds("settings.ini", "theme=light", "language=fr", "retries=7"),
    ),
    WorkspaceTask(
        "Empty draft.txt and write the single line 'new start' into it.",
        {"draft.txt": "old\nstuff\n"},
        holds("draft.txt", "new start"),
    ),
    WorkspaceTask(
        "Take the line eggs out of shopping.txt.",
        {"shopping.txt": _SHOPPING},
        holds("shopping.txt", "bread", "butter"),
    ),
    WorkspaceTask(
        "Append the number of members in members.txt as a last line to members.txt.",
        {"members.txt": _MEMBERS},
        holds("members.txt", "Amara", "Bogdan", "Chiara", "Dilan", "4"),
    ),
    WorkspaceTask(
        "Replace 'Ms Quist' by 'Ms Lind' in letter.txt.",
        {"letter.txt": _LETTER},
        holds("letter.txt", "Dear Ms Lind,", "the parcel arrived.", "Kind regards"),
    ),
    # Several files written.
    WorkspaceTask(
        "Make three files red.txt, green.txt and blue.txt; each holds its own colour as a word.",
        {},
        both(holds("red.txt", "red"), holds("green.txt", "green"), holds("blue.txt", "blue")),
    ),
    WorkspaceTask(
        "Write 6 * 7 to a.txt and 6 + 7 to b.txt, the results alone.",
        {},
        both(number_in("a.txt", 42), number_in("b.txt", 13)),
    ),
    WorkspaceTask(
        "Write the first member of members.txt to captain.txt and the last one to keeper.txt.",
        {"members.txt": _MEMBERS},
        both(holds("captain.txt", "Amara"), holds("keeper.txt", "Dilan")),
    ),
    WorkspaceTask(
        "Add the line 'reviewed' to both jan.md and feb.md.",
        {"jan.md": "January\n", "feb.md": "February\n"},
        both(holds("jan.md", "January", "reviewed"), holds("feb.md", "February", "reviewed")),
    ),
    # If and else, and things that are not there.
    WorkspaceTask(
        "If flag.txt says on, write yes to out.txt, otherwise write no to it.",
        {"flag.txt": "off\n"},
        holds("out.txt", "no"),
    ),
    WorkspaceTask(
        "If there is a file called license.txt, tell me its first line; if not, create it with the "
        "line MIT.",
        {"readme.txt": "hello\n"},
        holds("license.txt", "MIT"),
    ),
    WorkspaceTask(
        "Write the larger one of the numbers in m.txt and n.txt to max.txt.",
        {"m.txt": "58\n", "n.txt": "63\n"},
        number_in("max.txt", 63),
    ),
    WorkspaceTask(
        "Append 'low' to stock.txt if the number in nails.txt is below 10, and 'fine' otherwise.",
        {"stock.txt": "stock\n", "nails.txt": "3\n"},
        holds("stock.txt", "stock", "low"),
    ),
    WorkspaceTask(
        "Copy ghost.txt to copy.txt. Tell me if that cannot be done.",
        {"other.txt": "x\n"},
        both(lambda files, _: "copy.txt" not in files, says_no),
    ),
    WorkspaceTask(
        "What does chapter9.txt say? There may be no such file: then say so.",
        {"chapter1.txt": "It began.\n"},
        both(says_no, names(but=("It began",))),
    ),
    # Sums over a list.
    WorkspaceTask(
        "The file costs.txt has a number a line. Write their sum to sum.txt.",
        {"costs.txt": "12\n30\n8\n"},
        number_in("sum.txt", 50),
    ),
    WorkspaceTask(
        "What is the highest number in scores.txt?", {"scores.txt": "31\n87\n64\n"}, number(87)
    ),
    WorkspaceTask(
        "What is the average of the numbers in marks.txt?", {"marks.txt": "2\n4\n9\n"}, number(5)
    ),
    WorkspaceTask(
        "Add 19% tax to the price in price.txt and write the result to gross.txt.",
        {"price.txt": "200\n"},
        number_in("gross.txt", 238),
    ),
)
