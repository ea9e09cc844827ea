"""Texts that people write: checked as any other, with a way to insist."""

from datetime import date, timedelta
from typing import Any

import pytest

from giftpulse.daily.editions import human
from giftpulse.daily.editions.human import Wish
from giftpulse.daily.editions.models import Edition
from giftpulse.daily.programs.models import Program
from giftpulse.ground import clock
from giftpulse.ground.errors import ConflictError, InvalidInputError, NotFoundError
from giftpulse.ground.site import Site
from tests.daily.editions import made
from tests.make import NOON

TOMORROW = NOON.date() + timedelta(days=1)
GOOD = "A nap is a small holiday with no packing."


def create(site: Site, program: Program, text: str = GOOD, **changes: Any) -> Edition:
    wish = Wish(**{"program_id": program.id, "local_date": TOMORROW, "text": text, **changes})
    with site.database.begin() as session:
        return human.create(session, wish, "ops", clock.now())


def edit(site: Site, edition: Edition, text: str, *, force: bool = False) -> Edition:
    with site.database.begin() as session:
        return human.edit(session, edition.id, text, "ops", clock.now(), force=force)


def test_a_persons_text_is_tidied_and_approved(site: Site, time: clock.Stopped) -> None:
    edition = create(site, made.program(site), f"“{GOOD}” ")
    assert (edition.text, edition.source, edition.state, edition.decided_by) == (GOOD, "human", "approved", "ops")
    assert (edition.local_date, edition.language, edition.theme, edition.encoding) == (TOMORROW, "en", "", "GSM-7")


def test_a_day_has_one_text(site: Site, time: clock.Stopped) -> None:
    program = made.program(site)
    first = create(site, program)
    with pytest.raises(ConflictError, match=f"edition {first.id} is there"):
        create(site, program, "Ferns unroll slowly, and nobody calls them late.")
    with pytest.raises(NotFoundError):
        create(site, program, program_id=99)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "See example.com for more."}, "text"),
        ({"text": "x"}, "text"),
        ({"local_date": NOON.date() - timedelta(days=1)}, "local_date"),
        ({"local_date": NOON.date() + timedelta(days=400)}, "local_date"),
        ({"local_date": date.max}, "local_date"),
        ({"local_date": date.min}, "local_date"),
        ({"theme": "unheard of"}, "theme"),
    ],
)
def test_what_is_wrong_is_told_by_field(lite: Site, time: clock.Stopped, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        create(lite, made.program(lite, themes=["rest"]), **changes)
    assert {error.field for error in refused.value.errors} == {field}


def test_an_edited_text_is_a_new_edition_and_the_old_one_stays_as_it_was(site: Site, time: clock.Stopped) -> None:
    first = create(site, made.program(site))
    second = edit(site, first, "A nap is a very small holiday with no packing.")
    old, new = made.editions(site, live=False)
    assert (old.id, old.text, old.state) == (first.id, GOOD, "rejected")
    assert old.reason == f"replaced by the text of edition {second.id}"
    assert (new.id, new.state, new.source) == (second.id, "approved", "human")
    with pytest.raises(ConflictError, match="replaced by"):
        edit(site, first, GOOD)


def test_a_text_like_one_of_another_day_is_refused(lite: Site, time: clock.Stopped) -> None:
    program = made.program(lite)
    create(lite, program)
    other = create(lite, program, "Ferns unroll slowly, and nobody calls them late.", local_date=NOON.date())
    with pytest.raises(InvalidInputError, match="said before"):
        edit(lite, other, GOOD)
    assert [edition.state for edition in made.editions(lite, live=False)] == ["approved", "approved"]
    insisted = edit(lite, other, GOOD, force=True)
    assert insisted.reason == f'written by ops, who insisted although it was said before: "{GOOD}"'


@pytest.mark.parametrize("text", ["", " \n", "Dear {last_name}, rest.", "a {", "word " * 400])
def test_nobody_can_insist_on_what_cannot_be_sent(lite: Site, time: clock.Stopped, text: str) -> None:
    edition = create(lite, made.program(lite))
    with pytest.raises(InvalidInputError):
        edit(lite, edition, text, force=True)
    assert made.editions(lite)[0].text == GOOD


def test_what_is_over_is_not_changed(lite: Site, time: clock.Stopped) -> None:
    edition = create(lite, made.program(lite))
    time.move(days=3)
    with pytest.raises(ConflictError, match="is over"):
        edit(lite, edition, "Ferns unroll slowly, and nobody calls them late.")
