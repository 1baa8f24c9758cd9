"""Values that are JSON, and texts that are none."""

from __future__ import annotations

from hypothesis import strategies as st

from core.json_text import MAX_DEPTH

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=12,
)
NO_JSON = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e309",
    "1" * 400,
    "1" * 5000,
    "1.5" + "0" * 5 + "e999",
    '{"const": 1e400}',
    '[0, [1, {"a": NaN}]]',
    '{"a": "\\ud800"}',
    '{"\\udfff": 1}',
    "[" * 100_000,
    "[" * 5000 + "]" * 5000,
    '{"a":' * (MAX_DEPTH + 1) + "{}" + "}" * (MAX_DEPTH + 1),
    "",
    "{",
    "nul",
]
