"""A grammar holds its output, and none that llama.cpp stumbles over reaches it."""

from __future__ import annotations

import re

import pytest

from core.errors import InvalidInput
from llm_service.backends.llama.grammars.grammar import grammar_of
from tests.unit.llm_service.backends.structured import asking, opened, written

MANY_WAYS = "\n".join(f'r{n} ::= r{n + 1} "x" | r{n + 1} "y"' for n in range(40))
DEEP_RULES = "\n".join(f"r{n} ::= r{n + 1}" for n in range(2_000))
REFUSED = {
    "no rule": ("garbage", "line 1: 'garbage' stands before the first rule"),
    "no root": ('x ::= "a"', "no rule named root"),
    "nothing": ("# a comment", "no rule named root"),
    "undefined": ("root ::= a\na ::= b", "the rule b, which a refers to, is not defined"),
    "twice": ('root ::= "a"\nroot ::= "b"', "line 2: the rule root is there twice"),
    "open text": ('root ::= "a\n', "line 1: cannot be read"),
    "open set": ("root ::= [a", "line 1: cannot be read"),
    "open bracket": ("root ::= (", "a bracket is not closed"),
    "closed bracket": ('root ::= "a")', "a bracket is closed that is not open"),
    "escape": (r'root ::= "\xZZ"', "line 1: cannot be read"),
    "nul": ('root ::= "a\0b"', "NUL"),
    "itself": ("root ::= root", "comes back to itself before any text: root"),
    "left recursion": ('root ::= a "x" | "y"\na ::= root', "comes back to itself"),
    "hidden recursion": ('root ::= a root "x"\na ::= b\nb ::= "" | "y"', "comes back to itself"),
    "empty for ever": ('root ::= a*\na ::= b\nb ::= "" | "x"', "may stand for no text"),
    "empty often": ('root ::= ("a"?){0,900}', "may stand for no text"),
    "optional for ever": ('root ::= "a"?*', "repeats what may be left out"),
    "large count": ('root ::= "a"{1000000}', "at most 1000"),
    "endless count": ('root ::= "a"{' + "9" * 5000 + "}", "at most 1000"),
    "backward count": ('root ::= "a"{5,2}', "at least 5 and at most 2"),
    "much text": ('root ::= "' + "x" * 60_000 + '"{1000}', "too much"),
    "deep": ("root ::= " + "(" * 9_000 + '"a"' + ")" * 9_000, "deeper than 300"),
    "many ways": (f'root ::= r0\n{MANY_WAYS}\nr40 ::= "z"', "too many ways"),
    "deep rules": (f'root ::= r0\n{DEEP_RULES}\nr2000 ::= "z"', "too many ways"),
    "long": ("root ::= " + '"a" ' * 20_000, "bytes long"),
}
FITS = {
    "choice": ('root ::= "yes" | "no"', r"yes|no"),
    "any bytes": ('root ::= "é" "日本" "😀" "\\xff"', "é日本😀ÿ"),
    "counted": ("root ::= [a-c]{3,5}", r"[a-c]{3,5}"),
    "brackets": ("root ::= " + "(" * 250 + '"a"' + ")" * 250, "a"),
    "nothing": ('root ::= ""', ""),
    "empty set": ('root ::= [] [^] "x"', "x"),
    "no space": ('root::="a"|"b" # "c"\r\n', r"a|b"),
    "ends": ('root ::= "(" root ")" | [0-9]', r"\(*[0-9]\)*"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_llama_cpp_would_not_survive_is_refused_with_its_reason(case: str) -> None:
    grammar, why = REFUSED[case]
    with pytest.raises(InvalidInput, match=re.escape(why)) as refused:
        grammar_of(asking(grammar=grammar))
    assert refused.value.field == "grammar"
    assert len(str(refused.value)) < 300


def test_a_schema_beside_a_grammar_is_refused() -> None:
    with pytest.raises(InvalidInput, match="exclude each other"):
        grammar_of(asking({"type": "null"}, 'root ::= "a"'))


def test_the_grammar_is_a_part_of_what_a_call_id_names() -> None:
    digests = {asking(grammar=each).digest for each in ("", 'root ::= "a"', 'root ::= "b"')}
    assert len(digests) == 3


async def test_the_output_fits_the_grammar() -> None:
    async with opened() as backend:
        for name, (grammar, pattern) in FITS.items():
            text, end = await written(backend, asking(grammar=grammar))
            assert end.finish_reason == "stop", name
            assert re.fullmatch(pattern, text), (name, text)


async def test_llama_cpp_has_the_last_word_and_goes_on() -> None:
    async with opened() as backend:
        for grammar in ('root ::= "a"\n | "b"', "root ::= <nonesuch>"):
            with pytest.raises(InvalidInput, match=r"llama\.cpp cannot read") as refused:
                await written(backend, asking(grammar=grammar))
            assert refused.value.field == "grammar"
        assert await written(backend, asking(grammar='root ::= "a"'))


async def test_a_grammar_that_allows_nothing_ends_its_call_alone() -> None:
    async with opened() as backend:
        for grammar in ("root ::= [z-a]", 'root ::= "a" [z-a]', "root ::= <[99999999]>"):
            with pytest.raises(InvalidInput, match="allows no further text") as refused:
                await written(backend, asking(grammar=grammar))
            assert refused.value.field == "grammar"
        assert backend.statistics().busy == 0
        assert (await written(backend, asking(grammar='root ::= "a"')))[0] == "a"
