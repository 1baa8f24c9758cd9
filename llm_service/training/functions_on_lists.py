"""Functions on lists."""

from __future__ import annotations

from llm_service.training.function import function

_NUMBERS = "[1, 2, 3]; [4, 5]; [3, 1, 2]"

ON_LISTS = (
    function(
        "flatten",
        "lists",
        "return [item for inner in lists for item in inner]",
        "flattens a list of lists | turns a nested list into a flat one",
        "[[1], [2, 3]]; []; [[]]",
    ),
    function(
        "unique",
        "items",
        "return list(dict.fromkeys(items))",
        "removes duplicates from a list | returns the unique items of a list"
        " | dedupes a list and keeps the order",
        "[1, 1, 2]; []; [3, 2, 3]",
    ),
    function(
        "chunk",
        "items",
        "return [items[i:i + {n}] for i in range(0, len(items), {n})]",
        "splits a list into chunks of {n} | cuts a list into pieces of size {n}",
        "[1, 2, 3]; []; [1, 2, 3, 4]",
        2,
        3,
    ),
    function(
        "reverse_list",
        "items",
        "return items[::-1]",
        "reverses a list | returns the list backwards",
        _NUMBERS,
    ),
    function(
        "sort_list",
        "items",
        "return sorted(items)",
        "sorts a list | returns the items in ascending order | sorts numbers ascending",
        _NUMBERS,
    ),
    function(
        "sort_descending",
        "items",
        "return sorted(items, reverse=True)",
        "sorts a list in descending order | returns the items from largest to smallest",
        _NUMBERS,
    ),
    function(
        "top_n",
        "items",
        "return sorted(items, reverse=True)[:{n}]",
        "returns the {n} largest numbers of a list | finds the top {n} values",
        _NUMBERS,
        1,
        2,
        3,
    ),
    function(
        "smallest_n",
        "items",
        "return sorted(items)[:{n}]",
        "returns the {n} smallest numbers of a list | finds the {n} lowest values",
        _NUMBERS,
        1,
        2,
        3,
    ),
    function(
        "running_total",
        "numbers",
        "total = 0\nresult = []\nfor x in numbers:\n    total += x\n    result.append(total)\n"
        "return result",
        "returns the running totals of a list | computes the cumulative sum of a list",
        _NUMBERS,
    ),
    function(
        "rotate",
        "items",
        "return items[{n}:] + items[:{n}]",
        "rotates a list by {n} to the left | moves the first {n} items to the end",
        "[1, 2, 3]; [4, 5]; []",
        1,
        2,
    ),
    function(
        "pair_up",
        "first, second",
        "return list(zip(first, second))",
        "zips two lists into pairs | pairs the items of two lists",
        "[1, 2], [3, 4]; [], []; [1], ['a']",
    ),
    function(
        "interleave",
        "first, second",
        "result = []\nfor a, b in zip(first, second):\n    result += [a, b]\nreturn result",
        "interleaves two lists | merges two lists by taking items in turn",
        "[1, 2], [3, 4]; [], []",
    ),
    function(
        "second_largest",
        "numbers",
        "return sorted(set(numbers))[-2]",
        "returns the second largest number in a list | finds the second highest value",
        _NUMBERS,
    ),
    function(
        "index_of_max",
        "numbers",
        "return numbers.index(max(numbers))",
        "returns the index of the largest number | finds the position of the maximum",
        _NUMBERS,
    ),
    function(
        "count_item",
        "items, item",
        "return items.count(item)",
        "counts how often an item occurs in a list | returns how many times a value appears",
        "[1, 1, 2], 1; [], 5; [3], 3",
    ),
    function(
        "contains",
        "items, item",
        "return item in items",
        "checks if a list contains an item | tells whether a value is in a list",
        "[1, 2], 1; [], 5; [3], 4",
    ),
    function(
        "is_sorted",
        "items",
        "return items == sorted(items)",
        "checks if a list is sorted | tells whether the items are in ascending order",
        _NUMBERS,
    ),
    function(
        "common_items",
        "first, second",
        "return [item for item in first if item in second]",
        "returns the items that two lists share | finds the common elements of two lists",
        "[1, 2], [2, 3]; [], [1]; [1], [1]",
    ),
    function(
        "difference",
        "first, second",
        "return [item for item in first if item not in second]",
        "returns the items of the first list that are not in the second | subtracts one list from another",
        "[1, 2], [2, 3]; [], [1]; [1], [2]",
    ),
    function(
        "median",
        "numbers",
        "ordered = sorted(numbers)\nmiddle = len(ordered) // 2\nif len(ordered) % 2:\n"
        "    return ordered[middle]\nreturn (ordered[middle - 1] + ordered[middle]) / 2",
        "returns the median of a list | computes the median of some numbers",
        _NUMBERS,
    ),
    function(
        "take_every",
        "items",
        "return items[::{n}]",
        "returns every {n}th item of a list | takes each {n}th element",
        "[1, 2, 3]; [4, 5]; []",
        2,
        3,
    ),
    function(
        "words_longer_than",
        "words",
        "return [w for w in words if len(w) > {n}]",
        "returns the words longer than {n} characters | keeps words with more than {n} letters",
        "['a', 'abcd']; []; ['abcdefg', 'ab']",
        2,
        3,
        5,
    ),
    function(
        "word_lengths",
        "words",
        "return [len(w) for w in words]",
        "returns the lengths of the words in a list | maps every word to its length",
        "['a', 'abcd']; []; ['ab', 'abc']",
    ),
    function(
        "sort_by_length",
        "words",
        "return sorted(words, key=len)",
        "sorts words by their length | orders a list of strings by length",
        "['abc', 'a']; []; ['ab', 'b']",
    ),
    function(
        "transpose",
        "matrix",
        "return [list(row) for row in zip(*matrix)]",
        "transposes a matrix | swaps rows and columns of a list of lists",
        "[[1, 2], [3, 4]]; [[5]]",
    ),
    function(
        "row_sums",
        "matrix",
        "return [sum(row) for row in matrix]",
        "returns the sum of every row of a matrix | adds up each row",
        "[[1, 2], [3, 4]]; [[5]]; []",
    ),
    function(
        "binary_search",
        "items, target",
        "low, high = 0, len(items) - 1\nwhile low <= high:\n    middle = (low + high) // 2\n"
        "    if items[middle] == target:\n        return middle\n    if items[middle] < target:\n"
        "        low = middle + 1\n    else:\n        high = middle - 1\nreturn -1",
        "does a binary search in a sorted list | finds an item with binary search",
        "[1, 3, 5], 3; [1, 3, 5], 4; [], 1",
    ),
    function(
        "bubble_sort",
        "items",
        "items = list(items)\nfor i in range(len(items)):\n    for j in range(len(items) - 1 - i):\n"
        "        if items[j] > items[j + 1]:\n"
        "            items[j], items[j + 1] = items[j + 1], items[j]\nreturn items",
        "sorts a list with bubble sort | implements bubble sort",
        _NUMBERS,
    ),
)
