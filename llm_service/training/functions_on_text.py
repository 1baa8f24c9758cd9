"""Functions on strings."""

from __future__ import annotations

from llm_service.training.function import function

_WORDS = "'hello'; 'abc'; ''; 'level'"
_SENTENCES = "'hello world'; 'a b c'; 'one'"

ON_TEXT = (
    function(
        "reverse_string",
        "text",
        "return text[::-1]",
        "reverses a string | returns the string backwards | flips the characters of a text",
        _WORDS,
    ),
    function(
        "is_palindrome",
        "text",
        "return text == text[::-1]",
        "checks if a string is a palindrome | tells whether a word reads the same backwards"
        " | tests for palindromes",
        _WORDS,
    ),
    function(
        "count_vowels",
        "text",
        "return sum(1 for c in text.lower() if c in 'aeiou')",
        "counts the vowels in a string | returns the number of vowels in a text"
        " | tells how many vowels a word has",
        _WORDS,
    ),
    function(
        "count_consonants",
        "text",
        "return sum(1 for c in text.lower() if c.isalpha() and c not in 'aeiou')",
        "counts the consonants in a string | returns how many consonants a text has",
        _WORDS,
    ),
    function(
        "to_upper",
        "text",
        "return text.upper()",
        "converts a string to upper case | makes a text uppercase | shouts a string",
        _WORDS,
    ),
    function(
        "to_lower",
        "text",
        "return text.lower()",
        "converts a string to lower case | makes a text lowercase",
        "'Hello'; 'ABC'; ''",
    ),
    function(
        "swap_case",
        "text",
        "return text.swapcase()",
        "swaps the case of every letter | turns upper case into lower case and back",
        "'Hello'; 'aB'; ''",
    ),
    function(
        "capitalize_words",
        "text",
        "return ' '.join(w.capitalize() for w in text.split())",
        "capitalizes every word of a sentence | capitalises each word in a string"
        " | makes the first letter of every word upper case",
        _SENTENCES,
    ),
    function(
        "count_words",
        "text",
        "return len(text.split())",
        "counts the words in a string | returns the number of words in a sentence"
        " | tells how many words a text has",
        _SENTENCES,
    ),
    function(
        "remove_spaces",
        "text",
        "return text.replace(' ', '')",
        "removes all spaces from a string | strips the blanks out of a text",
        _SENTENCES,
    ),
    function(
        "remove_vowels",
        "text",
        "return ''.join(c for c in text if c.lower() not in 'aeiou')",
        "removes the vowels from a string | drops all vowels of a text",
        _WORDS,
    ),
    function(
        "longest_word",
        "text",
        "return max(text.split(), key=len)",
        "returns the longest word in a sentence | finds the longest word of a string",
        "'a bbb cc'; 'one three'; 'hi'",
    ),
    function(
        "shortest_word",
        "text",
        "return min(text.split(), key=len)",
        "returns the shortest word in a sentence | finds the shortest word of a string",
        "'a bbb cc'; 'one three to'; 'hi'",
    ),
    function(
        "reverse_words",
        "text",
        "return ' '.join(text.split()[::-1])",
        "reverses the order of the words in a sentence | returns the words in reverse order",
        _SENTENCES,
    ),
    function(
        "is_anagram",
        "first, second",
        "return sorted(first) == sorted(second)",
        "checks if two strings are anagrams | tells whether two words are anagrams of each other",
        "'abc', 'cab'; 'a', 'b'; 'listen', 'silent'",
    ),
    function(
        "count_char",
        "text, char",
        "return text.count(char)",
        "counts how often a character occurs in a string | returns the number of times a letter"
        " appears in a text",
        "'hello', 'l'; 'abc', 'z'; '', 'a'",
    ),
    function(
        "first_char",
        "text",
        "return text[0] if text else ''",
        "returns the first character of a string | gives the first letter of a text",
        _WORDS,
    ),
    function(
        "last_char",
        "text",
        "return text[-1] if text else ''",
        "returns the last character of a string | gives the last letter of a text",
        _WORDS,
    ),
    function(
        "is_digits",
        "text",
        "return text.isdigit()",
        "checks if a string has only digits | tells whether a text is numeric",
        "'123'; 'a1'; ''",
    ),
    function(
        "repeat_string",
        "text",
        "return text * {n}",
        "repeats a string {n} times | returns the text {n} times in a row",
        "'ab'; 'x'; ''",
        2,
        3,
        4,
    ),
    function(
        "truncate",
        "text",
        "return text[:{n}]",
        "cuts a string to {n} characters | returns the first {n} characters of a text",
        "'hello'; 'ab'; ''",
        2,
        3,
        4,
    ),
    function(
        "join_words",
        "words",
        "return ' '.join(words)",
        "joins a list of words with spaces | makes a sentence out of a list of words",
        "['a', 'b']; ['one']; []",
    ),
    function(
        "join_with_commas",
        "words",
        "return ', '.join(words)",
        "joins a list of strings with commas | makes a comma separated string of a list",
        "['a', 'b']; ['one']; []",
    ),
    function(
        "split_lines",
        "text",
        "return text.splitlines()",
        "splits a text into lines | returns the lines of a string",
        "'a\\nb'; 'one'; ''",
    ),
    function(
        "unique_chars",
        "text",
        "return ''.join(dict.fromkeys(text))",
        "removes duplicate characters from a string | keeps only the first of each character",
        "'hello'; 'aab'; ''",
    ),
    function(
        "starts_with_vowel",
        "text",
        "return text[:1].lower() in tuple('aeiou')",
        "checks if a string starts with a vowel | tells whether the first letter is a vowel",
        "'apple'; 'hello'; ''",
    ),
    function(
        "caesar",
        "text",
        "result = ''\nfor c in text:\n    if c.isalpha():\n"
        "        base = ord('a') if c.islower() else ord('A')\n"
        "        c = chr((ord(c) - base + {n}) % 26 + base)\n    result += c\nreturn result",
        "shifts each letter of a string by {n} | encrypts a text with a caesar cipher of {n}",
        "'abc'; 'xyz'; ''",
        1,
        3,
    ),
)
