"""Texts as the webhook and the record tell them."""

import json

import pytest

from giftpulse.daily.inbound.hear import from_entry, from_form
from giftpulse.logs import pushed
from giftpulse.logs.entry import Entry
from giftpulse.logs.translate import entry_of
from tests import make
from tests.daily.inbound.texting import ANN, LONG_CODE, SERVICE

FORM = {
    "MessageSid": "SM1", "AccountSid": make.ACCOUNT, "From": ANN, "To": LONG_CODE, "Body": "Hi", "FromState": "CO",
    "FromZip": "80202", "OptOutType": "HELP", "MessagingServiceSid": SERVICE, "NumMedia": "0",
}  # fmt: skip


def test_a_webhook_and_its_entry_in_the_record_tell_the_same() -> None:
    heard = from_form(FORM, make.NOON)
    assert heard is not None
    assert (heard.message_sid, heard.phone, heard.to, heard.body) == ("SM1", ANN, LONG_CODE, "Hi")
    assert (heard.opt_out_type, heard.from_state, heard.from_zip) == ("HELP", "CO", "80202")
    entry = pushed.of_inbound(FORM)
    entry.event_at = make.NOON
    assert from_entry(entry, entry.said) == heard


def test_a_poll_knows_nothing_of_opt_out_type_and_place() -> None:
    record = make.message(sid="SM1", direction="inbound", status="received", body="Hi", to=LONG_CODE, **{"from": ANN})
    heard = from_entry(entry_of("message", make.row(record), make.ACCOUNT), None)
    assert heard is not None
    assert (heard.message_sid, heard.phone, heard.to, heard.received_at) == ("SM1", ANN, LONG_CODE, make.NOON)
    assert (heard.opt_out_type, heard.from_state, heard.from_zip) == (None, None, None)


def test_a_picture_without_words_is_a_text_and_one_of_which_no_words_are_known_is_not() -> None:
    entry = pushed.of_inbound({**FORM, "Body": ""})
    entry.event_at = make.NOON
    heard = from_entry(entry, entry.said)
    assert heard is not None
    assert heard.body == ""
    entry.body = None
    assert from_entry(entry, entry.said) is None


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_a_webhook_that_names_nobody_is_no_text(missing: str) -> None:
    assert from_form({name: value for name, value in FORM.items() if name != missing}, make.NOON) is None


def test_what_is_no_inbound_message_is_no_text() -> None:
    sent = Entry(account_sid="AC", sid="SM1", kind="message", direction="outbound-api", body="Hi", event_at=make.NOON,
                 from_=LONG_CODE, to=ANN)  # fmt: skip
    assert from_entry(sent, None) is None
    assert from_entry(Entry(account_sid="AC", sid="NO1", kind="alert"), None) is None


def test_words_of_event_streams_hold_no_parameters() -> None:
    entry = pushed.of_inbound(FORM)
    entry.event_at = make.NOON
    heard = from_entry(entry, json.dumps({"type": "com.twilio.messaging.inbound-message.received", "data": {}}))
    assert heard is not None
    assert heard.opt_out_type is None


def test_a_repeated_parameter_counts_once_and_nul_is_kept_from_the_database() -> None:
    heard = from_form({**FORM, "Body": "a\x00b", "From": [ANN, ANN]}, make.NOON)
    assert heard is not None
    assert (heard.body, heard.phone) == ("a\ufffdb", ANN)


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        (ANN, ANN),
        (f"rcs:{ANN}", ANN),
        ("+819012345678", "+819012345678"),
        ("732873", None),
        ("Acme", None),
        ("rcs:acme_agent", None),
        ("whatsapp:+13035550123", None),
    ],
)
def test_only_a_phone_number_is_one(phone: str, number: str | None) -> None:
    heard = from_form({**FORM, "From": phone}, make.NOON)
    assert heard is not None
    assert heard.number == number
