"""Phone numbers: one form, the country, and masks."""

import pytest

from giftpulse.ground import phone
from giftpulse.ground.errors import InvalidInputError


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("+1 (720) 555-0100", None, "+17205550100"),
        ("+44 20 7946 0958", None, "+442079460958"),
        ("+4915112345678", None, "+4915112345678"),
        ("720 555 0100", "US", "+17205550100"),
        ("020 7946 0958", "GB", "+442079460958"),
    ],
)
def test_one_form_for_every_number(typed: str, region: str | None, number: str) -> None:
    assert phone.normalise(typed, region=region) == number


@pytest.mark.parametrize("typed", ["", "hello", "720 555 0100", "+1 72", "+1" + "5" * 20, "+999 123456789"])
def test_what_is_no_number_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        phone.normalise(typed, "to")
    assert [error.field for error in refused.value.errors] == ["to"]


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+17205550100", "US"),
        ("+14165550100", "CA"),
        ("+442079460958", "GB"),
        ("+4915112345678", "DE"),
        ("12345", None),
        ("+", None),
        ("whatsapp:+17205550100", None),
        ("", None),
        (None, None),
    ],
)
def test_the_country_of_a_number(number: str | None, country: str | None) -> None:
    assert phone.country(number) == country


@pytest.mark.parametrize(
    ("number", "mask"),
    [("+15551234567", "+1555•••4567"), ("12345", "•••45"), ("", ""), (None, ""), ("1", "•••1")],
)
def test_a_mask_shows_enough_and_no_more(number: str | None, mask: str) -> None:
    assert phone.mask(number) == mask


@pytest.mark.parametrize("escape", ["To=%2B", "To%3D%2B", "To%253D%252B", "%20", "%2520", "https%3A%2F%2F"])
def test_numbers_in_addresses_are_masked_however_often_they_are_escaped(escape: str) -> None:
    assert phone.mask_all(f"{escape}13035550123&x=1") == f"{escape}1303•••0123&x=1"


def test_numbers_in_a_text_are_masked_and_ids_are_not() -> None:
    sid = "SM" + "1" * 32
    text = phone.mask_all(f"{sid} to +15551234567 and 447911123456, price 0.00750, at 2026-11-20")
    assert text == f"{sid} to +1555•••4567 and 44791•••3456, price 0.00750, at 2026-11-20"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("call (555) 123-4567 now", "call 555•••4567 now"),
        ("555-123-4567", "555•••4567"),
        ("1 555.123.4567", "1555•••4567"),
        ("(555)-123-4567 and call(555)1234567, 555 123 4567", "555•••4567 and call555•••4567, 555•••4567"),
        ("+1 555 123 4567 or 1-555-123-4567", "+1555•••4567 or 1555•••4567"),
        ("+1 (555) 123-4567.", "+1555•••4567."),
        ("+4 4 7 9 1 1 1 2 3", "+44•••1123"),
        ("10.20.30.40, 2026-11-20 12:30:40.123456, 123-45-6789, 555-1234, 100-200.3000, f(123) 45", None),
    ],
)
def test_numbers_are_masked_as_people_write_them(written: str, shown: str | None) -> None:
    assert phone.mask_all(written) == (written if shown is None else shown)
