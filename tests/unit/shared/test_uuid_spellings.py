"""Every usual spelling of a UUID is one UUID; what only looks like one is refused."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from shared.call_metadata import from_metadata
from shared.validation import canonical_uuid, require_uuid, require_uuid4
from tests.spellings import spellings_of

ONE = "0f4b6a51-5c1f-4d6e-9d2c-6f6f0d1a2b3c"


@given(st.uuids(), st.data())
def test_every_spelling_has_one_canonical_form(value: uuid.UUID, data: st.DataObject) -> None:
    written = data.draw(st.sampled_from(spellings_of(value)))
    assert canonical_uuid(written) == require_uuid(written, "f") == str(value)


@given(st.uuids(version=4), st.data())
def test_a_version_4_comes_back_in_its_canonical_form(
    value: uuid.UUID, data: st.DataObject
) -> None:
    assert require_uuid4(data.draw(st.sampled_from(spellings_of(value))), "f") == str(value)


@given(st.sampled_from(spellings_of(uuid.UUID(ONE))), st.data())
def test_one_character_more_or_less_is_no_uuid(written: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(written) - 1))
    added = data.draw(st.sampled_from(" \n\t-_+x{}0"))
    for wrong in (
        written[:place] + written[place + 1 :],
        written[:place] + added + written[place:],
    ):
        assert canonical_uuid(wrong) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "nonsense",
        "0f4b6a515c1f-4d6e-9d2c-6f6f0d1a2b3c",
        "0f4b6a51-5c1f4d6e9d2c6f6f0d1a2b3c",
        "0-f4b6a51-5c1f-4d6e-9d2c-6f6f0d1a2b3c"[:36],
        "{" + ONE,
        ONE + "}",
        "{{" + ONE + "}}",
        "urn:" + ONE,
        "uuid:" + ONE,
        "urn:uuid:{" + ONE + "}",
        "0x4b6a51-5c1f-4d6e-9d2c-6f6f0d1a2b3c",
        "+f4b6a515c1f4d6e9d2c6f6f0d1a2b3c",
        "0f4b_a515c1f4d6e9d2c6f6f0d1a2b3c",
        "０f4b6a51-5c1f-4d6e-9d2c-6f6f0d1a2b3c",
        "٠f4b6a51-5c1f-4d6e-9d2c-6f6f0d1a2b3c",
        ONE + "\n",
        " " + ONE,
    ],
)
def test_what_only_looks_like_a_uuid_is_refused_by_field(wrong: str) -> None:
    assert canonical_uuid(wrong) is None
    for check in (require_uuid, require_uuid4):
        with pytest.raises(InvalidInput) as refused:
            check(wrong, "task_id")
        assert refused.value.field == "task_id"


@pytest.mark.parametrize("version", [1, 3, 5])
def test_another_version_is_no_version_4(version: int) -> None:
    value = uuid.UUID(int=uuid.UUID(ONE).int, version=version)
    for written in spellings_of(value):
        with pytest.raises(InvalidInput):
            require_uuid4(written, "f")


@given(st.uuids(), st.data())
def test_the_ids_in_the_metadata_of_a_call_have_one_spelling_too(
    value: uuid.UUID, data: st.DataObject
) -> None:
    written = data.draw(st.sampled_from(spellings_of(value)))
    metadata = [("mesh-correlation-id", written), ("mesh-task-id", written)]
    call = from_metadata(metadata, 1.0)
    assert call.correlation_id == call.task_id == str(value)
