"""The sender always has a text, at once and from our own disk; and whose text somebody gets."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from giftpulse.daily.editions import library, store
from giftpulse.daily.editions.models import Edition
from giftpulse.daily.programs.models import Program
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from tests.daily.editions import made
from tests.make import NOON

TODAY = NOON.date()


def ensured(site: Site, program: Program, language: str | None = None, theme: str = "", days: int = 0) -> Edition:
    with site.database.begin() as session:
        return store.ensure(session, program, TODAY + timedelta(days=days), language, theme, clock.now())


def test_a_text_is_there_at_once_and_stays(site: Site, time: clock.Stopped) -> None:
    program = made.program(site)
    first = ensured(site, program)
    assert (first.state, first.source, first.language, first.theme) == ("approved", "fallback", "en", "")
    assert first.reason == "there was no approved text when it was to be sent"
    assert ensured(site, program).id == first.id
    assert ensured(site, program, "en-GB").id == first.id


def test_no_text_of_the_library_comes_twice_while_there_are_others(lite: Site, time: clock.Stopped) -> None:
    program = made.program(lite, language="es")
    size = len(library.texts("es"))
    texts = [ensured(lite, program, days=n).text for n in range(size)]
    assert len(set(texts)) == size
    again = ensured(lite, program, days=size)
    assert again.text == texts[0], "the least recently used"
    assert again.reason.endswith("all texts of the library were said before")


def test_the_theme_of_the_day_is_kept_to(lite: Site, time: clock.Stopped) -> None:
    program = made.program(lite, themes=["Self respect"])
    of_theme = {item.text for item in library.texts("en") if item.theme == "self_respect"}
    assert {ensured(lite, program, days=n).text for n in range(5)} <= of_theme


def test_a_text_that_waits_for_a_person_gives_way(site: Site, time: clock.Stopped) -> None:
    program = made.program(site, approval="required")
    with site.database.begin() as session:
        session.add(made.edition(program.id, "A text that nobody has looked at.", state="waiting", approve_by=NOON))
    assert ensured(site, program).source == "fallback"
    assert [edition.state for edition in made.editions(site, live=False)] == ["rejected", "approved"]


def test_a_language_that_the_library_lacks_gets_the_programs(lite: Site, time: clock.Stopped) -> None:
    program = made.program(lite, language="fr")
    found = ensured(lite, program, "de")
    assert found.language == "fr"
    assert found.text in {item.text for item in library.texts("fr")}
    assert ensured(lite, program, "de").id == found.id


def test_a_program_in_such_a_language_speaks_english_rather_than_nothing(lite: Site, time: clock.Stopped) -> None:
    found = ensured(lite, made.program(lite, language="de"))
    assert (found.language, found.text in {item.text for item in library.texts("en")}) == ("de", True)
    assert "no texts in 'de'" in found.reason


def test_whatever_a_program_forbids_there_is_a_text(lite: Site, time: clock.Stopped) -> None:
    program = made.program(lite, footer="x" * 158, footer_every=1)
    found = ensured(lite, program)
    assert found.text
    assert "no text of the library passes" in found.reason


def test_senders_at_once_agree_on_one_text(site: Site, time: clock.Stopped) -> None:
    program = made.program(site)
    found: list[tuple[int, int, str]] = []

    def send(day: int) -> None:
        edition = ensured(site, program, days=day)
        found.append((day, edition.id, edition.text))

    senders = [threading.Thread(target=send, args=(number % 3,)) for number in range(12)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(found) == 12
    assert len(set(found)) == len({text for _, _, text in found}) == 3


def test_what_another_process_wrote_is_known(site: Site, time: clock.Stopped) -> None:
    """Our memory of the history is older than rows that came later, with lower ids even."""
    program = made.program(site)
    ensured(site, program)
    unsaid = [item.text for item in library.texts("en")]
    with site.database.begin() as session:
        for number, text in enumerate(unsaid[:-1]):
            session.add(made.edition(program.id, text, local_date=TODAY - timedelta(days=1 + number)))
    found = ensured(site, program, days=1)
    assert found.text == unsaid[-1]


def approved(*editions: tuple[str, str]) -> dict[Any, Edition]:
    return {
        (TODAY, language, theme): made.edition(1, f"{language} {theme}", language=language, theme=theme)
        for language, theme in editions
    }


@pytest.mark.parametrize(
    ("there", "language", "theme", "text"),
    [
        ([("en", ""), ("en", "own"), ("es", ""), ("es", "own")], "es", "own", "es own"),
        ([("en", ""), ("en", "own"), ("es", "")], "es", "own", "es "),
        ([("en", ""), ("en", "own")], "es", "own", "en own"),
        ([("en", "")], "es", "own", "en "),
        ([("en", "")], None, None, "en "),
        ([("en", "")], "en-GB", "", "en "),
        ([("es", "")], "es-MX", "", "es "),
        ([("es-MX", ""), ("es", "")], "es-MX", "", "es-MX "),
        ([("fr", "")], "es", "own", None),
        ([], None, None, None),
    ],
)
def test_the_nearest_text_is_picked(
    there: list[tuple[str, str]], language: str | None, theme: str | None, text: str | None
) -> None:
    program = Program(id=1, language="en", themes="[]")
    found = store.pick(approved(*there), program, TODAY, language, theme)
    assert (found and found.text) == text


def test_only_approved_texts_of_these_dates_may_be_sent(lite: Site) -> None:
    with lite.database.begin() as session:
        session.add(made.edition(1, "One."))
        session.add(made.edition(1, "Two.", language="es", state="waiting"))
        session.add(made.edition(1, "Three.", language="fr", state="rejected"))
        session.add(made.edition(1, "Four.", local_date=TODAY + timedelta(days=1)))
        session.add(made.edition(2, "Five."))
        session.flush()
        assert [e.text for e in store.approved_for(session, 1, [TODAY]).values()] == ["One."]
