"""Functions on dictionaries."""

from __future__ import annotations

from llm_service.training.function import function

_DICTS = "{'a': 1, 'b': 2}; {}; {'x': 5}"

ON_DICTS = (
    function(
        "merge_dicts",
        "first, second",
        "return {**first, **second}",
        "merges two dictionaries | combines two dicts into one",
        "{'a': 1}, {'b': 2}; {}, {}",
    ),
    function(
        "invert_dict",
        "mapping",
        "return {value: key for key, value in mapping.items()}",
        "inverts a dictionary | swaps keys and values of a dict",
        _DICTS,
    ),
    function(
        "count_items",
        "items",
        "counts = {}\nfor item in items:\n    counts[item] = counts.get(item, 0) + 1\nreturn counts",
        "counts how often each item occurs | returns a dict of the items and their counts"
        " | builds a frequency table of a list",
        "[1, 1, 2]; []; ['a']",
    ),
    function(
        "group_by_length",
        "words",
        "groups = {}\nfor word in words:\n    groups.setdefault(len(word), []).append(word)\n"
        "return groups",
        "groups words by their length | returns a dict from length to words",
        "['a', 'bb', 'c']; []",
    ),
    function(
        "group_by_first_letter",
        "words",
        "groups = {}\nfor word in words:\n    groups.setdefault(word[0], []).append(word)\n"
        "return groups",
        "groups words by their first letter | returns a dict from first letter to words",
        "['ab', 'b', 'ac']; []",
    ),
    function(
        "most_common",
        "items",
        "return max(items, key=items.count)",
        "returns the most common item of a list | finds the element that occurs most often",
        "[1, 1, 2]; ['b']; [3, 2, 2]",
    ),
    function(
        "filter_dict",
        "mapping",
        "return {k: v for k, v in mapping.items() if v > {n}}",
        "keeps the entries of a dict whose value is over {n}"
        " | filters a dictionary by values greater than {n}",
        _DICTS,
        0,
        1,
        2,
        5,
    ),
    function(
        "sort_by_value",
        "mapping",
        "return dict(sorted(mapping.items(), key=lambda pair: pair[1]))",
        "sorts a dictionary by its values | orders a dict by value",
        _DICTS,
    ),
    function(
        "dict_keys",
        "mapping",
        "return list(mapping)",
        "returns the keys of a dictionary | lists the keys of a dict",
        _DICTS,
    ),
    function(
        "dict_values",
        "mapping",
        "return list(mapping.values())",
        "returns the values of a dictionary | lists the values of a dict",
        _DICTS,
    ),
    function(
        "sum_values",
        "mapping",
        "return sum(mapping.values())",
        "adds up the values of a dictionary | returns the sum of all values of a dict",
        _DICTS,
    ),
    function(
        "key_of_max",
        "mapping",
        "return max(mapping, key=mapping.get)",
        "returns the key with the largest value | finds the key of the highest value",
        "{'a': 1, 'b': 2}; {'x': 5}",
    ),
    function(
        "make_dict",
        "keys, values",
        "return dict(zip(keys, values))",
        "makes a dictionary of two lists | builds a dict out of keys and values",
        "['a', 'b'], [1, 2]; [], []",
    ),
    function(
        "char_counts",
        "text",
        "counts = {}\nfor c in text:\n    counts[c] = counts.get(c, 0) + 1\nreturn counts",
        "counts the characters of a string | returns how often each letter occurs in a text",
        "'aab'; ''; 'b'",
    ),
    function(
        "remove_none",
        "mapping",
        "return {k: v for k, v in mapping.items() if v is not None}",
        "removes the entries of a dict whose value is None | drops None values from a dictionary",
        "{'a': 1, 'b': None}; {}",
    ),
)
