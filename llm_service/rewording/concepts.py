"""Words that decide which function is meant, where an embedding hears hardly a difference.

"Even" and "odd" are neighbours to an embedding. Words of one line mean the same here, and a
description fits a request the better the more of these meanings they share.
"""

from __future__ import annotations

import re

_SAME = """
even
odd
positive positives
negative negatives
negated negate
greater above over larger more exceeding bigger
less below under smaller fewer
divisible multiple multiples
square squares squared
cube cubes cubed
double doubles doubled twice
absolute
sum total add adds adding sums
count counts many often number-of
maximum max largest biggest highest greatest
minimum min smallest lowest least
product multiply multiplies multiplied times
average mean
first
last
upper uppercase capital
lower lowercase
vowel vowels
consonant consonants
key keys
value values
longest
shortest
row rows
column columns
ascending
descending
sort sorts sorted order orders ordered
reverse reverses reversed backwards
remove removes drop drops strip strips delete deletes without
unique duplicate duplicates dedupe distinct
word words
character characters letter letters
digit digits
prime primes primality
power powers
divisor divisors factor factors
celsius
fahrenheit
binary
index position
common shared both
length lengths long
split splits cut cuts
join joins
most
merge merges
swap swaps
check checks whether tells is
"""
_MEANING = {word: number for number, line in enumerate(_SAME.split("\n")) for word in line.split()}
_WORD = re.compile(r"[a-z]+")
_NUMBER_OF = re.compile(r"\b(?:number|amount) of\b")


def concepts(text: str) -> frozenset[int]:
    """Return the meanings that ``text`` speaks of."""
    said = _WORD.findall(_NUMBER_OF.sub("count", text.lower()))
    return frozenset(_MEANING[word] for word in said if word in _MEANING)


def agreement(one: frozenset[int], other: frozenset[int]) -> float:
    """Return how alike two sets of meanings are, in [0, 1] (Dice); 1 when both are empty."""
    both = len(one) + len(other)
    return 2 * len(one & other) / both if both else 1.0
