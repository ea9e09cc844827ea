"""People from a CSV file: read as a stream, taken in by the thousand, each thousand in one transaction.

A line that is bad stops no other. Nobody who opted out, whose number fails or who was erased comes back this way.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from giftpulse.daily.programs import store as programs
from giftpulse.daily.subscribers.audiences import Key
from giftpulse.daily.subscribers.csv_people import Person, Reader, RowError
from giftpulse.daily.subscribers.csv_reading import rows
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.taking_in import take_in
from giftpulse.ground import clock
from giftpulse.ground.site import Site

AT_ONCE = 1000
"""Lines of one transaction."""


@dataclass
class Imported:
    """What came of a file: lines with data, people added, numbers that were in the program before, and every line that
    was not taken, with its number and the reason."""

    lines: int = 0
    added: int = 0
    already: int = 0
    refused: list[RowError] = field(default_factory=list)


def import_csv(
    site: Site,
    program_id: int,
    file: BinaryIO,
    *,
    consent: Consent | None = None,
    country: str | None = None,
    by: str = "import",
    progress: Callable[[int], None] | None = None,
) -> Imported:
    """Take people into a program. What was taken in stays, whatever happens to the rest of the file.

    ``consent``: what the people of lines agreed to that do not say it themselves; ``country``: of numbers without a
    country code. ``progress`` is told how many lines are done. Raises NotFoundError for the program, and
    InvalidInputError for a file that is none, or has no column of phone numbers.
    """
    now = clock.now()
    with site.database.read() as session:
        program = programs.get(session, program_id)
    reader = Reader(program, consent, country, now, by)
    done, seen, known = Imported(), dict[str, int](), dict[Key, int]()
    lines = rows(file)
    while some := list(islice(lines, AT_ONCE)):
        people = list(_new([reader.read(row) for row in some], seen, done.refused))
        with site.database.begin() as session:
            taken = take_in(session, site, program, people, known, now)
        done.lines += len(some)
        done.added += taken.added
        done.already += taken.already
        done.refused += taken.refused
        if progress:
            progress(done.lines)
    done.refused.sort(key=lambda one: one.line)
    return done


def _new(read: list[Person | list[RowError]], seen: dict[str, int], refused: list[RowError]) -> Iterator[Person]:
    """The people of lines that are good, each number once."""
    for one in read:
        if isinstance(one, list):
            refused += one
        elif one.phone in seen:
            refused.append(RowError(one.line, "phone", f"the same number is on line {seen[one.phone]}"))
        else:
            seen[one.phone] = one.line
            yield one
