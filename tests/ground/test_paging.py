"""Pages: cut by key, stable under what arrives, refused where they would be slow."""

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import Table, select

from giftpulse.ground import bulk, paging
from giftpulse.ground.access import ApiToken
from giftpulse.ground.errors import InvalidInputError
from giftpulse.ground.paging import Id, IdOrZero, Page, Paging, page_of
from giftpulse.ground.site import Site
from tests.make import NOON

ID: TypeAdapter[int] = TypeAdapter(Id)


def add(site: Site, count: int, first: int = 1) -> None:
    table = ApiToken.__table__
    assert isinstance(table, Table)
    columns = ("id", "name", "role", "hash", "hint", "created_at")
    rows = [(n, f"token {n}", "read", f"hash {n}", "gp_", NOON) for n in range(first, first + count)]
    with site.database.begin() as session:
        bulk.insert(session, table, columns, rows)


def page(site: Site, **parameters: int | str) -> Page[int]:
    with site.database.read() as session:
        asked = Paging(**parameters)
        return page_of(session, select(ApiToken), ApiToken.id, asked, lambda token: int(token.id))


def test_newest_first_with_the_number_of_all(site: Site) -> None:
    add(site, 7)
    first = page(site, page_size=3)
    assert (first.items, first.total, first.page, first.page_size) == ([7, 6, 5], 7, 1, 3)
    assert page(site, page=2, page_size=3).items == [4, 3, 2]
    last = page(site, page=3, page_size=3)
    assert (last.items, last.next_cursor) == ([1], None)
    assert page(site, page=4, page_size=3).items == []


def test_a_page_that_is_just_full_is_the_last(site: Site) -> None:
    add(site, 3)
    assert page(site, page_size=3).next_cursor is None


def test_a_walk_by_cursor_sees_each_row_once_whatever_arrives(site: Site) -> None:
    add(site, 5)
    seen: list[int] = []
    cursor: str | None = None
    while True:
        cut = page(site, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += cut.items
        add(site, 1, first=100 + len(seen))
        if (cursor := cut.next_cursor) is None:
            break
    assert seen == [5, 4, 3, 2, 1]


def test_a_cursor_wins_over_the_page_and_nothing_is_counted(site: Site) -> None:
    add(site, 5)
    cut = page(site, page=3, cursor="4", limit=2)
    assert (cut.items, cut.total) == ([3, 2], None)


def test_limit_is_another_name_for_the_size() -> None:
    assert Paging(limit=7).size == 7
    assert Paging(page_size=7).size == 7


def test_a_deep_page_is_refused(site: Site) -> None:
    assert page(site, page=11, page_size=1000).items == []
    with pytest.raises(InvalidInputError, match="follow next_cursor instead") as refused:
        page(site, page=12, page_size=1000)
    assert refused.value.errors[0].field == "page"


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.5", " 1", "1 ", "٣", "9" * 19, "MTIz"])
def test_a_cursor_that_we_never_gave_is_refused(cursor: str) -> None:
    with pytest.raises(ValidationError, match="expected next_cursor of an earlier answer"):
        Paging(cursor=cursor)


def test_the_number_of_all_is_told_up_to_a_limit(lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED_TO", 5)
    add(lite, 5)
    assert page(lite).total == 5
    add(lite, 1, first=6)
    assert page(lite).total is None


@pytest.mark.parametrize("value", ["1", 1, "17", 10**18 - 1, "999999999999999999"])
def test_an_id_is_a_string_of_digits_or_a_number(value: object) -> None:
    assert ID.validate_python(value) == int(str(value))


@pytest.mark.parametrize(
    "value", ["0", 0, "00", -1, "-1", "01", "1.0", 1.0, True, None, "", "x", " 1", "1\n", "٣", 10**18]
)
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="expected an id"):
        ID.validate_python(value)


def test_where_one_of_them_is_ours_zero_is_an_id_too() -> None:
    ours = TypeAdapter(IdOrZero)
    assert [ours.validate_python(value) for value in ("0", 0, "17", 17)] == [0, 0, 17, 17]
    for value in (False, "00", -1, "x", 0.0):
        with pytest.raises(ValidationError, match="expected an id"):
            ours.validate_python(value)


def test_an_id_is_written_as_a_string() -> None:
    class Thing(BaseModel):
        id: Id

    assert Thing(id=2**53 + 1).model_dump_json() == '{"id":"9007199254740993"}'
