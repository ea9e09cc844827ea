"""Where a person is, from what they say, their ZIP code, their state and their number."""

import tomllib
from importlib.resources import files

import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from giftpulse.daily.subscribers import zone_names
from giftpulse.daily.subscribers.places import (
    UNKNOWN,
    Place,
    best,
    from_number,
    from_state,
    from_zip,
    from_zone,
    jurisdictions,
)
from giftpulse.ground.zones import zone

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
STATES = {
    *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA"),
    *("ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR"),
    *("PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "AS", "GU", "MP", "PR", "VI"),
}
ROWS = tomllib.loads(files("giftpulse.daily.subscribers").joinpath("us_states.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("said", "zones", "state", "country"),
    [
        ("America/Denver", [MOUNTAIN], None, "US"),
        (" america/los angeles ", [PACIFIC], None, "US"),
        ("US/Pacific", [PACIFIC], None, "US"),
        ("Asia/Calcutta", ["Asia/Kolkata"], None, "IN"),
        ("Europe/Oslo", ["Europe/Oslo"], None, "NO"),
        ("America/Puerto_Rico", ["America/Puerto_Rico"], "PR", "US"),
        ("Denver", [MOUNTAIN], None, "US"),
        ("DENVER, CO", [MOUNTAIN], "CO", "US"),
        ("buenos aires", ["America/Argentina/Buenos_Aires"], None, "AR"),
        ("Pacific", [PACIFIC], None, None),
        ("Pacific Standard Time", [PACIFIC], None, None),
        ("U.S. Eastern", [EASTERN], None, None),
        ("ET", [EASTERN], None, None),
        ("EST", [EASTERN], None, None),
        ("Mountain time", [MOUNTAIN], None, None),
        ("MST", [MOUNTAIN, "America/Phoenix"], None, None),
        ("MT", [MOUNTAIN], None, None),
        ("UTC", ["Etc/UTC"], None, None),
        ("CO", [MOUNTAIN], "CO", "US"),
        ("colorado", [MOUNTAIN], "CO", "US"),
        ("Tennessee", [CENTRAL, EASTERN], "TN", "US"),
        ("New York", [EASTERN], "NY", "US"),
        ("Georgia", [EASTERN], "GA", "US"),
        ("94110", [PACIFIC], "CA", "US"),
        ("94110-1234", [PACIFIC], "CA", "US"),
        ("Seattle", [PACIFIC], "WA", "US"),
        ("St. Louis", [CENTRAL], "MO", "US"),
        ("El Paso", [MOUNTAIN], "TX", "US"),
        ("Austin, TX", [CENTRAL], "TX", "US"),
        ("Paris, TX", [CENTRAL, MOUNTAIN], "TX", "US"),
        ("Paris", ["Europe/Paris"], None, "FR"),
        ("Paris, France", ["Europe/Paris"], None, "FR"),
        ("Hartford, CT", [EASTERN], "CT", "US"),
        ("Baton Rouge, LA", [CENTRAL], "LA", "US"),
        ("Washington, D.C.", [EASTERN], "DC", "US"),
        ("Washington", [PACIFIC], "WA", "US"),
        ("Portland, OR", [PACIFIC], "OR", "US"),
        ("Portland, ME", [EASTERN], "ME", "US"),
        ("Japan", ["Asia/Tokyo"], None, "JP"),
    ],
)
def test_a_stated_place_is_understood(said: str, zones: list[str], state: str | None, country: str | None) -> None:
    assert from_zone(said) == Place(tuple(sorted(zones)), "stated", state, country)


@pytest.mark.parametrize(
    "said", ["", " ", ",", "hello", "Mars/Olympus", "Etc/GMT+5", "Factory", "London, Ontario", "12"]
)
def test_what_is_no_place_is_refused_with_examples(said: str) -> None:
    with pytest.raises(ValueError, match="expected a time zone such as America/Denver"):
        from_zone(said)


@pytest.mark.parametrize(
    ("said", "instead"), [("CT", "Connecticut"), ("la", "Los Angeles"), ("IST", "Dublin"), ("USA", "Eastern")]
)
def test_what_has_two_meanings_is_refused_with_what_to_say_instead(said: str, instead: str) -> None:
    with pytest.raises(ValueError, match=f"{said}.*{instead}"):
        from_zone(said)


@pytest.mark.parametrize(
    ("zip5", "state", "zones"),
    [
        ("10001", "NY", [EASTERN]),
        ("00501", "NY", [EASTERN]),
        ("02139", "MA", [EASTERN]),
        ("20001", "DC", [EASTERN]),
        ("20101", "VA", [EASTERN]),
        ("33101", "FL", [EASTERN]),
        ("32501", "FL", [CENTRAL]),
        ("32401", "FL", [CENTRAL, EASTERN]),
        ("37201", "TN", [CENTRAL]),
        ("37901", "TN", [EASTERN]),
        ("40202", "KY", [EASTERN]),
        ("42001", "KY", [CENTRAL]),
        ("46204", "IN", ["America/Indiana/Indianapolis"]),
        ("46402", "IN", [CENTRAL]),
        ("48201", "MI", ["America/Detroit"]),
        ("49938", "MI", [CENTRAL, "America/Detroit"]),
        ("57701", "SD", [MOUNTAIN]),
        ("67735", "KS", [CENTRAL, MOUNTAIN]),
        ("73301", "TX", [CENTRAL]),
        ("77002", "TX", [CENTRAL]),
        ("79901", "TX", [MOUNTAIN]),
        ("79821", "TX", [CENTRAL, MOUNTAIN]),
        ("83814", "ID", [PACIFIC]),
        ("85001", "AZ", ["America/Phoenix"]),
        ("86515", "AZ", [MOUNTAIN, "America/Phoenix"]),
        ("88510", "TX", [MOUNTAIN]),
        ("89101", "NV", [PACIFIC]),
        ("96799", "AS", ["Pacific/Pago_Pago"]),
        ("96701", "HI", ["Pacific/Honolulu"]),
        ("96910", "GU", ["Pacific/Guam"]),
        ("96950", "MP", ["Pacific/Saipan"]),
        ("00901", "PR", ["America/Puerto_Rico"]),
        ("00802", "VI", ["America/St_Thomas"]),
        ("99501", "AK", ["America/Adak", "America/Anchorage"]),
    ],
)
def test_a_zip_code_lies_in_its_state_and_zone(zip5: str, state: str, zones: list[str]) -> None:
    assert from_zip(zip5) == Place(tuple(sorted(zones)), "zip", state, "US")


@pytest.mark.parametrize("zip5", ["09012", "34001", "96201", "96940", "00000", "999x9", "1234", "K1A 0B1", ""])
def test_a_zip_code_of_no_state_is_refused(zip5: str) -> None:
    with pytest.raises(ValueError, match="ZIP code"):
        from_zip(zip5)


def test_all_states_are_there_with_zones_of_the_country() -> None:
    home = {name for country in ("US", "AS", "GU", "MP", "PR", "VI") for name in zone_names.zones_of(country)}
    for code in STATES:
        place = from_state(code)
        assert place == from_state(f" {code.lower()} ")
        assert (place.source, place.state, place.country) == ("state", code, "US")
        assert place.zones
        assert set(place.zones) <= home
        assert list(place.zones) == sorted(place.zones)
    split = {code for code in STATES if len(from_state(code).zones) > 1}
    assert split == {"AK", "AZ", "FL", "ID", "IN", "KS", "KY", "MI", "ND", "NE", "NV", "OR", "SD", "TN", "TX"}


@pytest.mark.parametrize("code", ["", "XX", "ON", "Colorada"])
def test_what_is_no_state_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="expected a state of the US"):
        from_state(code)


def expanded(ranges: list[str]) -> list[str]:
    ends = [(said.partition("-")[0], said.rpartition("-")[2]) for said in ranges]
    return [str(n).zfill(len(first)) for first, last in ends for n in range(int(first), int(last) + 1)]


def test_no_zip_or_area_code_is_in_two_states_and_no_zone_inside_of_a_state_is_foreign() -> None:
    assert set(ROWS) == STATES
    zips = [start for row in ROWS.values() for start in expanded(row["zips"])]
    areas = [area for row in ROWS.values() for area in row["areas"]]
    assert len(zips) == len(set(zips)) > 900
    assert len(areas) == len(set(areas)) > 370
    for row in ROWS.values():
        inside = [start for ranges in row.get("inside", {}).values() for start in expanded(ranges)]
        assert len(inside) == len(set(inside))
        assert set(inside) <= set(expanded(row["zips"]))
        assert set(row.get("inside", {})) <= set(row["zones"])


@pytest.mark.parametrize(
    ("number", "zones", "state", "country"),
    [
        ("+14155550100", [PACIFIC], "CA", "US"),
        ("+12025550123", [EASTERN], "DC", "US"),
        ("+18505760123", [EASTERN], "FL", "US"),
        ("+12702341234", [EASTERN], "KY", "US"),
        ("+17872345678", ["America/Puerto_Rico"], "PR", "US"),
        ("+14575550123", [CENTRAL], "LA", "US"),  # newer than the metadata: by its area code
        ("+16842345678", ["Pacific/Pago_Pago"], "AS", "US"),
        ("+14162345678", ["America/Toronto"], None, "CA"),
        ("+33612345678", ["Europe/Paris"], None, "FR"),
        ("+919876543210", ["Asia/Kolkata"], None, "IN"),
    ],
)
def test_a_number_tells_where_it_was_issued(number: str, zones: list[str], state: str | None, country: str) -> None:
    assert from_number(number) == Place(tuple(zones), "number", state, country)


@pytest.mark.parametrize("number", ["+18005551234", "+18885551234", "+19995551234", "+80012345678"])
def test_a_toll_free_or_odd_number_tells_nothing(number: str) -> None:
    place = from_number(number)
    assert (place.zones, place.source, place.state) == ((), "unknown", None)


def test_a_number_of_a_wide_country_may_be_in_any_of_its_zones() -> None:
    assert {"Australia/Perth", "Australia/Sydney"} <= set(from_number("+61412345678").zones)
    assert {"America/Tijuana", "America/Mexico_City"} <= set(from_number("+5215512345678").zones)
    assert len(from_number("+79161234567").zones) > 10


@pytest.mark.parametrize("number", ["", "hello", "5551234", "4155550100"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="country code, such as"):
        from_number(number)


def test_every_zone_that_a_number_can_have_has_a_present_name() -> None:
    names = {name for zones in TIMEZONE_DATA.values() for name in zones}
    assert len(names) > 200
    for name in names:
        present = zone_names.canonical(name)
        assert present is not None, name
        zone(present)


def test_what_they_said_beats_the_zip_code_that_the_state_and_that_the_number() -> None:
    everything = {"stated": "Mountain", "zip_code": "33101", "state": "FL", "number": "+14155550100"}
    assert best(**everything) == Place((MOUNTAIN,), "stated", "FL", "US")
    assert best(**everything | {"stated": None}) == Place((EASTERN,), "zip", "FL", "US")
    assert best(**everything | {"stated": " ", "zip_code": ""}) == Place((CENTRAL, EASTERN), "state", "FL", "US")
    assert best(number="+14155550100") == Place((PACIFIC,), "number", "CA", "US")
    assert best(number="+18005551234") == Place((), "unknown", None, "US")
    assert best() == UNKNOWN


def test_the_state_of_a_number_is_not_the_state_of_one_who_moved() -> None:
    assert best(stated="Mountain", number="+14155550100") == Place((MOUNTAIN,), "stated", None, "US")
    assert best(stated="Pacific", number="+16042345678").country == "CA"


def test_a_zip_code_and_a_state_that_disagree_are_refused() -> None:
    with pytest.raises(ValueError, match="ZIP code is in FL, but the state given is TX"):
        best(zip_code="33101", state="TX")


def test_all_laws_that_may_claim_a_person_are_named() -> None:
    home, issued = best(zip_code="33101"), from_number("+15125550123")
    assert jurisdictions(home, issued) == ("US", "US-FL", "US-TX")
    assert jurisdictions(from_zone("Paris"), issued) == ("FR", "US", "US-TX")
    assert jurisdictions(UNKNOWN) == ()
