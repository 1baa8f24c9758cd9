"""What is said to do the same does: each fulfils the assertions of the other."""

from __future__ import annotations

from itertools import permutations

import pytest

from llm_service.functions import FUNCTIONS
from llm_service.functions.equals import EQUALS, group_of
from llm_service.functions.pipelines import combinations, pipeline

KNOWN = {function.name: function for function in FUNCTIONS} | {
    function.name: function for function in map(pipeline, combinations())
}


@pytest.mark.parametrize("names", EQUALS, ids=lambda names: names[0])
def test_each_fulfils_the_assertions_of_the_other(names: tuple[str, ...]) -> None:
    for one, other in permutations(names, 2):
        for constants in KNOWN[one].constants or ({},):
            namespace: dict[str, object] = {}
            exec(KNOWN[one].code("f", constants), namespace)
            for check in KNOWN[other].assertions("f", constants):
                exec(check, namespace)


def test_what_stands_alone_is_a_group_of_its_own() -> None:
    assert group_of("gcd") == "gcd"
    assert group_of("merge_sort") == group_of("sort_list")
