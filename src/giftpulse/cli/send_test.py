"""``giftpulse test-message``: one real message, to see that sending works."""

import asyncio
import unicodedata

import typer

from giftpulse import timetable
from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, err, opened, out, show_facts, show_json
from giftpulse.daily.forecast.prices import prices
from giftpulse.ground import clock, phone
from giftpulse.ground.errors import InvalidInputError, SettingsError
from giftpulse.ground.presence import present
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site
from giftpulse.logs.intake import take_rows
from giftpulse.twilio.accounts import Account, account_of
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import MessageRecord
from giftpulse.twilio.rest import TwilioRest
from giftpulse.twilio.segments import Count, count

_NO_ACCOUNT = "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: expected, for messages are sent by Twilio"
_NO_SENDER = "TWILIO_FROM_NUMBER or TWILIO_MESSAGING_SERVICE_SID: expected, the sender of messages"


@app.command("test-message")
def send_test_message(
    to: str = typer.Argument(metavar="TO", help="Number of the recipient, such as +15551234567"),
    body: str = typer.Argument(metavar="BODY", help="The text"),
    as_json: AsJson = False,
) -> None:
    """Send one real message. It costs what a message costs; how much that may be is said before."""
    if not body.strip():
        raise InvalidInputError.at("BODY", "expected a text")
    with opened() as site, present(site, "test-message"):
        account = account_of(site.settings)
        if account is None:
            raise SettingsError(_NO_ACCOUNT)
        form = _form(site.settings, to, body)
        timetable.enrol(site)  # and so the database can be written to, before anything is sent
        counted, cost = count(body), _estimate(site, form["To"], body)
        if not as_json:
            err.print(_foretold(counted, cost), markup=False)
        record, raw = _send(site, account, form)
        facts = {**_facts(record), **_predicted(counted), "cost_estimate": cost}
        if as_json:
            show_json(facts)
        else:
            show_facts({name.replace("_", " "): value for name, value in facts.items()})
        _store(site, account, raw)
    if not as_json:
        out.print(f"See what becomes of it: giftpulse check-message {record.sid}", markup=False)


def _form(settings: Settings, to: str, body: str) -> dict[str, str]:
    """The parameters of the request. A number without country code is read as one of our own sender's country."""
    region = phone.country(settings.twilio_from_number)
    form = {"To": phone.normalise(to, "TO", region), "Body": body}
    if settings.twilio_messaging_service_sid:
        form["MessagingServiceSid"] = settings.twilio_messaging_service_sid
    elif settings.twilio_from_number:
        form["From"] = settings.twilio_from_number
    else:
        raise SettingsError(_NO_SENDER)
    if settings.public_url:
        form["StatusCallback"] = f"{settings.public_url}/webhook/status"
    return form


def _estimate(site: Site, to: str, body: str) -> str:
    """What the message will cost, by the prices of late, or else by an assumption."""
    with site.database.read() as session:
        known = prices(session, clock.now())
    each = known.of(phone.country(to))
    basis = "assumed" if known.is_assumed else "as the newest texts did"
    return f"{count(body).segments * each:.4f} {known.unit} ({each:.4f} for a segment, {basis})"


def _predicted(counted: Count) -> dict[str, str | int | None]:
    return {
        "predicted_segments": counted.segments,
        "encoding": counted.encoding,
        "forced_by": None if counted.forced_by is None else _named(counted.forced_by),
    }


def _foretold(counted: Count, cost: str) -> str:
    forced = "" if counted.forced_by is None else f", for it has {_named(counted.forced_by)} at {counted.forced_at}"
    segments = f"{counted.segments} segment{'' if counted.segments == 1 else 's'}"
    return f"{counted.units} units of {counted.encoding}{forced}: {segments}, about {cost}"


def _named(letter: str) -> str:
    """A character that may not be seen, by name."""
    shown = f"{letter} " if letter.isprintable() else ""
    return f"{shown}U+{ord(letter):04X} {unicodedata.name(letter, '')}".rstrip()


def _send(site: Site, account: Account, form: dict[str, str]) -> tuple[MessageRecord, bytes]:
    async def send() -> tuple[MessageRecord, bytes]:
        async with TwilioRest(account, site.settings) as rest:
            return await rest.create_message(form)

    try:
        return asyncio.run(send())
    except TwilioError as error:
        if error.advice == "unknown":
            err.print("No clear answer came, so the message may have been sent: look before you send it again.")
        raise


def _facts(record: MessageRecord) -> dict[str, str | int | float | None]:
    # A messaging service counts segments and names a price only once it has chosen a sender.
    counted = str(record.num_segments or "0") != "0"
    return {
        "sid": record.sid,
        "to": record.to,
        "from": record.from_ or record.messaging_service_sid,
        "status": record.status,
        "segments": record.num_segments if counted else "not counted yet",
        "price": f"{record.price} {record.price_unit or ''}".rstrip() if record.price else "not known yet",
    }


def _store(site: Site, account: Account, raw: bytes) -> None:
    with site.database.begin() as session:
        keep = site.settings.store_bodies
        take_rows(session, "message", [raw], account.sid, "sent", clock.now(), keep_body=keep)
