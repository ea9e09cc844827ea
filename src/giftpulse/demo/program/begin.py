"""The program at its start, as an operator makes it: people imported, and the texts of the days ahead written."""

import io
import random

from giftpulse.daily import rounds
from giftpulse.daily.programs import store
from giftpulse.daily.programs.seed import seed
from giftpulse.daily.subscribers.importing import import_csv
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.demo.program.people import csv_of
from giftpulse.demo.program.towns import Directory
from giftpulse.ground import clock
from giftpulse.ground.site import Site

SENDER = "+12065550177"
"""The program's own number at the simulated Twilio; the other traffic has others."""

_PACE = 5.0  # segments a second
_WORDING = "I agree to one text a day. Reply STOP to opt out."


def begin(site: Site, dice: random.Random, directory: Directory) -> int:
    """Make the program "Daily Positivity", take its people in, and have its texts written; answers its id."""
    now = clock.now()
    with site.database.begin() as session:
        program = seed(session, site.settings, now)
        changes = {
            "sender": SENDER, "segments_per_second": _PACE, "window_start": "08:00", "window_end": "20:00",
            "help_contact": "help@demo.example",
        }  # fmt: skip
        store.patch(session, program.id, changes, now, "demo")
        program_id = program.id
    consent = Consent(kind="opt_in", source="import", by="demo", at=now, wording=_WORDING)
    done = import_csv(site, program_id, io.BytesIO(csv_of(now, dice, directory)), consent=consent, by="demo")
    if done.refused:
        raise RuntimeError(f"the demo's people were not taken in: {done.refused[0]}")
    rounds.generate(site)
    return program_id
