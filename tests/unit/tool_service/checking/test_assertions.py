"""What an assertion may say, and what equals what: plain data by value, never by an own `==`."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_service.functions.catalogue import FUNCTIONS
from tests.unit.tool_service.checking.in_process import failure
from tool_service.checking.plain_values import decode, encode
from tool_service.checking.subject import Subject
from tool_service.checking.things import same

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**30, max_value=10**40)
    | st.floats()
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.uuids()
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
        | st.frozensets(st.text() | st.integers(), max_size=4)
        | st.sets(st.tuples(st.integers(), st.text()), max_size=4)
    ),
    max_leaves=12,
)


def _nothing(value: Any) -> dict[str, Any]:
    raise AssertionError(f"{value!r} is plain data")


@given(_VALUES)
def test_plain_data_crosses_as_it_is(value: Any) -> None:
    found = decode(encode(value, _nothing), _nothing)
    assert type(found) is type(value)
    assert same(found, value)


@given(_VALUES, _VALUES)
def test_equal_is_what_python_calls_equal_but_for_truth_and_nan(left: Any, right: Any) -> None:
    if "True" not in repr((left, right)) and "False" not in repr((left, right)):
        assert same(left, right) is bool(left == right) or "nan" in repr((left, right))


@pytest.mark.parametrize(
    ("answer", "expected", "equal"),
    [
        ("2", "2.0", True),
        ("2.0", "2", True),
        ("[1.0, 2]", "[1, 2.0]", True),
        ("1", "True", False),
        ("True", "1", False),
        ("0", "False", False),
        ("[True]", "[1]", False),
        ("{True: 1}", "{1: 1}", False),
        ("{1}", "{True}", False),
        ("{'a': False}", "{'a': 0}", False),
        ("'1'", "1", False),
        ("b'a'", "'a'", False),
        ("(1, 2)", "[1, 2]", False),
        ("[(1, 2)]", "[[1, 2]]", False),
        ("{1, 2}", "{2, 1}", True),
        ("frozenset([1])", "{1}", True),
        ("{'b': 1, 'a': 2}", "{'a': 2, 'b': 1}", True),
        ("float('nan')", "float('nan')", True),
        ("float('inf')", "float('-inf')", False),
        ("-0.0", "0.0", True),
        ("0.1 + 0.2", "0.3", False),
        ("10**400", "10**400", True),
        ("10**400", "10**400 + 1", False),
        ("None", "None", True),
        ("''", "None", False),
        ("[]", "()", False),
        ("range(3)", "range(3)", True),
        ("range(3)", "[0, 1, 2]", False),
        ("dict.fromkeys('ab').keys()", "{'a', 'b'}", True),
        ("Counter('aab')", "{'a': 2, 'b': 1}", True),
        ("defaultdict(list, a=[1])", "{'a': [1]}", True),
        ("Fraction(1, 2)", "0.5", True),
        ("Decimal('1.50')", "Decimal('1.5')", True),
        ("date(2026, 1, 2)", "datetime.date(2026, 1, 2)", True),
        ("'\\ud800'", "'\\ud800'", True),
        ("int", "int", True),
        ("Pair(1, 2)", "(1, 2)", True),
        ("Level.LOW", "1", True),
        ("Level.LOW", "True", False),
        ("Colour.RED", "'red'", True),
        ("Items([1, 2])", "[1, 2]", True),
        ("Items([1, 2])", "[1, 3]", False),
        ("Yes()", "3", False),
        ("[Yes()]", "[3]", False),
        ("{'a': Yes()}", "{'a': 3}", False),
        ("Yes()", "None", False),
        ("Number(4)", "3", False),
        ("Number(3)", "3", True),
    ],
)
def test_what_equals_what(
    answer: str, expected: str, equal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "from collections import Counter, defaultdict, namedtuple\nfrom datetime import date\n"
        "from decimal import Decimal\nfrom enum import Enum, IntEnum\n"
        "from fractions import Fraction\n"
        "Pair = namedtuple('Pair', 'a b')\nLevel = IntEnum('Level', 'LOW')\n"
        "class Colour(str, Enum): RED = 'red'\n"
        "class Items(list): __eq__ = lambda *_: True\n"
        "class Number(int): __eq__ = lambda *_: True\n"
        "class Yes: __eq__ = lambda *_: True\n"
        f"def f(): return {answer}\n"
    )
    for check, holds in ((f"f() == {expected}", equal), (f"{expected} != f()", not equal)):
        assert (failure(code, f"assert {check}", monkeypatch) == "") is holds, check
    assert (failure(code, f"assert f() in [{expected}]", monkeypatch) == "") is equal


_CODE = """
import math, copy, itertools, json
from dataclasses import dataclass, asdict
from functools import reduce

@dataclass(order=True)
class Point:
    x: int
    y: int = 0
    def moved(self, dx): return Point(self.x + dx, self.y)
    def __add__(self, other): return Point(self.x + other.x, self.y + other.y)
    def __mul__(self, by): return Point(self.x * by, self.y * by)
    def __abs__(self): return math.hypot(self.x, self.y)
    def __hash__(self): return hash((self.x, self.y))

class Bag:
    def __init__(self, *items): self.items = list(items)
    def __contains__(self, item): return item in self.items
    def __len__(self): return len(self.items)
    def __iter__(self): return iter(self.items)
    def __getitem__(self, place): return self.items[place]
    def map(self, function): return [function(each) for each in self.items]
    def __str__(self): return 'a bag'
    def __repr__(self): return f'Bag{tuple(self.items)}'

class Animal: pass
class Dog(Animal): sound = 'Woof!'

def add(a, b): return a + b
def apply(function, values): return [function(each) for each in values]
def sort(values): values.sort()
def sorted_copy(values): return sorted(values)
def same_list(values): return values
def numbers():
    yield from itertools.count(1)
def counter():
    seen = []
    return lambda: seen.append(1) or len(seen)
def find(text): return None if text == '' else text.upper()
def fail(): raise ValueError('no')
"""


@pytest.mark.parametrize(
    "check",
    [
        "add(1, 2) == 3 == add(2, 1)",
        "1 < add(1, 1) <= 2 < add(2, 2)",
        "add(1, 2) in (3, 4) and add(1, 2) not in [5]",
        "not add(0, 0)",
        "add(add(1, 2), 3) == 6",
        "add('a', 'b').upper() == 'AB'",
        "abs(add(0.1, 0.2) - 0.3) < 1e-9",
        "math.isclose(add(0.1, 0.2), 0.3)",
        "round(add(0.1, 0.2), 2) == 0.3",
        "len(add([1], [2])) == 2 and sum(add([1], [2])) == 3",
        "isinstance(add(1, 2), int) and not isinstance(add(1, 2), (str, list))",
        "type(add(1, 2)) is int and type(add(1.0, 2)) == float",
        "all(add(n, n) == 2 * n for n in range(5))",
        "[add(n, m) for n, m in zip([1, 2], [3, 4])] == [4, 6]",
        "{n: add(n, 1) for n in (1, 2)} == {1: 2, 2: 3}",
        "f'{add(1, 2)}!' == '3!'",
        "(lambda n: add(n, n))(4) == 8",
        "apply(lambda n: n + 1, [1, 2]) == [2, 3]",
        "[k := 3, apply(lambda n: n + k, [1])][-1] == [4]",
        "apply(str, [1]) == ['1'] and apply(math.sqrt, [4]) == [2]",
        "reduce(add, [1, 2, 3]) == 6",
        "add(*[1, 2]) == 3 and add(**{'a': 1, 'b': 2}) == 3",
        "[v := [3, 1], sort(v), v][-1] == [1, 3]",
        "(lambda v: (sort(v), v)[1])([3, 1]) == [1, 3]",
        "[v := [3, 1], sorted_copy(v), v][-1] == [3, 1]",
        "[v := [1], same_list(v) is v][-1]",
        "[v := [1], copy.copy(v) is not v][-1]",
        "find('') is None and find('a') is not None",
        "json.loads(json.dumps(add([1], [2]))) == [1, 2]",
        "list(itertools.islice(numbers(), 3)) == [1, 2, 3]",
        "[g := numbers(), next(g), next(g)][1:] == [1, 2]",
        "[c := counter(), c(), c()][-1] == 2",
        "list(map(add, [1], [2])) == [3]",
        "Point(1, 2) == Point(1, 2) != Point(2, 1)",
        "Point(1, 2).x == 1 and Point(1).moved(2) == Point(3)",
        "Point(1, 2) + Point(1, 1) == Point(2, 3)",
        "Point(1, 2) * 2 == Point(2, 4) and abs(Point(3, 4)) == 5",
        "Point(1, 2) < Point(2, 0) and max(Point(1), Point(2)).x == 2",
        "sorted([Point(2), Point(1)])[0].x == 1",
        "len({Point(1), Point(1), Point(2)}) == 2",
        "Point(1) in [Point(2), Point(1)]",
        "asdict(Point(1, 2)) == {'x': 1, 'y': 2} == vars(Point(1, 2))",
        "repr(Point(1, 2)) == 'Point(x=1, y=2)'",
        "isinstance(Dog(), Animal) and issubclass(Dog, Animal) and not isinstance(Dog(), int)",
        "type(Dog()).__name__ == 'Dog' and type(Dog()) is not int",
        "hasattr(Dog(), 'sound') and not hasattr(Dog(), 'age') and getattr(Dog(), 'age', 3) == 3",
        "callable(counter()) and not callable(add(1, 2))",
        "[b := Bag(1, 2), 2 in b, 3 not in b, len(b), list(b), b[0]][2:] == [True, 2, [1, 2], 1]",
        "[b := Bag(1, 2), b.map(lambda n: n * 2)][-1] == [2, 4]",
        "str(Bag()) == 'a bag' and f'{Bag(1)!r}' == 'Bag(1,)' and not Bag()",
        "[x.x for x in [Point(1), Point(2)]] == [1, 2]",
        "[n for n in Bag(1, 2)] == [1, 2] and sum(Bag(1, 2)) == 3",
        "(add(1, 2) if find('a') else None) == 3",
    ],
)
def test_an_assertion_may_say_what_python_may(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exec(f"{_CODE}\nassert {check}", {"__name__": __name__})
    assert failure(_CODE, f"assert {check}", monkeypatch) == ""
    assert failure(_CODE, f"assert not ({check})", monkeypatch) != ""


_NEAR = """
class Near:
    __sub__ = __rsub__ = __abs__ = __round__ = lambda *_: 0
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = lambda *_: True
    __class__ = property(lambda self: float)
    __hash__ = lambda self: 0
def root(x): return Near()
def all(values): return True
def abs(value): return 0
isinstance = len = lambda *_: True
math = Near()
math.pi = 0
def area(r): return 0
def shuffled(values):
    values.clear()
    return values
"""


@pytest.mark.parametrize(
    "check",
    [
        "abs(root(2) - 1.4142) < 0.001",
        "abs(1.4142 - root(2)) < 0.001",
        "round(root(2) - 1.4142, 3) == 0",
        "root(2) < 1.5",
        "1.4 <= root(2) <= 1.5",
        "3 in root(2)",
        "isinstance(root(2), float)",
        "root(2) in (1, 2)",
        "all(root(n) == n for n in (1, 2))",
        "len(str(area(2))) == 9",
        "area(2) == math.pi * 4",
        "math.isclose(root(2), 1.4142)",
        "all(shuffled(v) == sorted(v) for v in [[2, 1], [1]])",
        "[v := [2, 1], shuffled(v) == sorted(v)][-1]",
    ],
)
def test_no_operator_of_the_code_decides_about_plain_data(
    check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert failure(_NEAR, f"assert {check}", monkeypatch) != ""


@pytest.mark.parametrize("name", ["sum", "max", "statistics", "string", "type", "Counter"])
def test_code_that_bears_a_known_name_is_what_is_checked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"from collections import Counter\ndef {name}(values): return [7]"
    assert failure(code, f"assert {name}([1, 2]) == [7]", monkeypatch) == ""
    assert failure(code, f"assert {name}([1, 2]) == [8]", monkeypatch) != ""


@pytest.mark.parametrize(
    "form",
    [
        '{"is": "type", "of": "eval"}',
        '{"is": "Fraction", "of": ["0x1", "0x0"]}',
        '{"is": "Decimal", "of": "one"}',
        '{"is": "set", "of": [{"is": "list", "of": []}]}',
        '{"is": "dict", "of": [[1]]}',
        '{"is": "object", "of": "none"}',
        '{"is": "what", "of": 3}',
        "[3]",
        "[" * 100_000,
        "3} {",
    ],
)
def test_an_answer_that_is_no_value_is_no_answer(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = f'{{"value": {form}}}'
    code = (
        "from tool_service.checking.subject import Subject\n"
        f"def f(): Subject.answer = lambda *_: {answer!r}"
    )
    monkeypatch.setattr(Subject, "answer", Subject.answer)
    assert failure(code, "assert (f(), f() is not None)[1]", monkeypatch).startswith("Gone: ")


def test_what_the_families_of_the_bundled_model_assert_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for function in FUNCTIONS:
        constants = function.constants[0] if function.constants else {}
        code = function.code(constants=constants)
        for check in function.assertions(constants=constants):
            assert failure(code, check, monkeypatch) == "", check


def test_nan_is_told_from_numbers() -> None:
    assert same([math.nan], [math.nan])
    assert not same(math.nan, 1.0)
