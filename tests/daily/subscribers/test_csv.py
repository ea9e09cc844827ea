"""Reading CSV: whatever comes, each line is a person or has its faults told, and the reading itself never fails."""

import io
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.csv_people import Person, Reader, untangled
from giftpulse.daily.subscribers.csv_reading import COLUMNS, Row, rows
from giftpulse.ground import phone
from tests import make
from tests.daily.subscribers import people

READER = Reader(Program(themes="[]"), people.consent("import"), None, make.NOON, "test")


@pytest.mark.parametrize("text", ["+13035550123", "+12015550100", "+19995550100", "13035550123", "0014155550123"])
def test_the_short_way_says_what_the_long_one_says(text: str) -> None:
    """American numbers are taken without asking ``phonenumbers``."""
    read = READER.read(Row(2, {"phone": text}))
    assert isinstance(read, Person)
    assert read.phone == phone.normalise(untangled(text))


@pytest.mark.parametrize("text", ["+1303555012", "+130355501234", "+1303555O123", "١٣٠٣٥٥٥٠١٢٣"])
def test_what_is_no_number_is_told(text: str) -> None:
    read = READER.read(Row(2, {"phone": text}))
    assert isinstance(read, list)
    assert [one.field for one in read] == ["phone"]


def test_everything_that_is_wrong_with_a_line_is_told_at_once() -> None:
    cells = {
        "phone": "x", "timezone": "Atlantis", "zip": "1", "state": "ZZ", "window_start": "9", "language": "english",
        "theme": "calm", "status": "perhaps", "consent_at": "yesterday",
    }  # fmt: skip
    read = READER.read(Row(7, cells))
    assert isinstance(read, list)
    assert {one.line for one in read} == {7}
    assert [one.field for one in read] == [
        "phone", "timezone", "zip", "state", "window_end", "language", "theme", "status", "consent_at",
    ]  # fmt: skip


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=30), min_size=1))
def test_whatever_is_in_the_cells_is_a_person_or_faults(cells: dict[str, str]) -> None:
    read = READER.read(Row(2, cells))
    assert isinstance(read, Person) or (read and all(one.line == 2 and one.reason for one in read))


@given(st.binary(max_size=300))
def test_whatever_is_in_a_file_is_read(content: bytes) -> None:
    for row in rows(io.BytesIO(b"phone,first_name\n" + content)):
        assert row.line >= 2
        assert set(row.cells) <= {"phone", "first_name"}
        assert cast(object, READER.read(row)) is not None


def test_the_file_stays_open_for_its_owner() -> None:
    file = io.BytesIO(b"phone\n1\n")
    assert len(list(rows(file))) == 1
    assert not file.closed
