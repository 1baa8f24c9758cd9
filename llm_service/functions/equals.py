"""Functions that do the same where their inputs allow it: to mean one is to mean the other."""

from __future__ import annotations

_SAME = """
product_of_list product_numbers
average average_numbers
count_items char_counts
flatten flatten_matrix
reverse_list reverse_string
sort_list bubble_sort insertion_sort selection_sort merge_sort quick_sort heap_sort shell_sort
all_different has_unique_chars
is_palindrome_list is_palindrome
first_repeated first_repeated_char
first_non_repeated first_unique_char
count_item count_char
contains contains_substring has_key
find_all char_indices
chunk chunk_string
rotate rotate_string
take_every every_nth_char
first_n truncate
last_n last_n_chars
even_index_items every_other_char
dict_length string_length
dict_keys split_chars
primes_up_to sieve_of_eratosthenes
factorial factorial_recursive
fibonacci fibonacci_recursive
same_items is_anagram
sublists all_substrings
remove_at remove_char_at
repeat_list repeat_text
is_superset has_all_keys
"""
EQUALS = tuple(tuple(line.split()) for line in _SAME.strip().split("\n"))
_GROUPS = {name: group[0] for group in EQUALS for name in group}


def group_of(name: str) -> str:
    """Return one name for all functions that do the same as ``name``."""
    return _GROUPS.get(name, name)
