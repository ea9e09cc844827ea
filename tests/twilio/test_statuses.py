"""A status only moves forward, and what Twilio invents tomorrow is kept."""

from itertools import pairwise

import pytest

from giftpulse.twilio.statuses import CALL_STATUSES, MESSAGE_STATUSES, is_settled, normal, rank

# twilio-oai@d50069b, message_enum_status and call_enum_status.
OFFICIAL_MESSAGE = {
    *("queued", "sending", "sent", "failed", "delivered", "undelivered", "receiving", "received"),
    *("accepted", "scheduled", "read", "partially_delivered", "canceled"),
}
OFFICIAL_CALL = {"queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"}


def test_every_official_status_is_known() -> None:
    assert OFFICIAL_MESSAGE == MESSAGE_STATUSES
    assert OFFICIAL_CALL | {"initiated"} == CALL_STATUSES


@pytest.mark.parametrize("end", ["delivered", "undelivered", "failed", "canceled"])
def test_messages_move_in_the_documented_order(end: str) -> None:
    life = ["scheduled", "accepted", "queued", "sending", "sent", "partially_delivered", "teleported", end, "read"]
    assert all(rank("message", a) < rank("message", b) for a, b in pairwise(life))


@pytest.mark.parametrize("end", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_calls_move_in_the_documented_order(end: str) -> None:
    life = ["queued", "initiated", "ringing", "in-progress", "whispering", end]
    assert all(rank("call", a) < rank("call", b) for a, b in pairwise(life))


def test_an_inbound_message_is_received_last() -> None:
    assert rank("message", "receiving") < rank("message", "received")
    assert is_settled("message", "received")
    assert not is_settled("message", "receiving")


def test_ends_do_not_replace_each_other() -> None:
    assert rank("message", "failed") == rank("message", "delivered") == rank("message", "canceled")


@pytest.mark.parametrize(
    "status", ["scheduled", "accepted", "queued", "sending", "sent", "partially_delivered", "teleported"]
)
def test_more_may_come(status: str) -> None:
    assert not is_settled("message", status)


@pytest.mark.parametrize("status", ["delivered", "undelivered", "failed", "canceled", "received", "read"])
def test_no_other_end_follows(status: str) -> None:
    assert is_settled("message", status)


def test_an_alert_has_no_life() -> None:
    assert is_settled("alert", "anything")


@pytest.mark.parametrize(
    ("kind", "said", "meant"),
    [
        ("message", "DELIVERED", "delivered"),
        ("message", "PARTIALLY_DELIVERED", "partially_delivered"),
        ("message", "Teleported", "teleported"),
        ("call", "IN_PROGRESS", "in-progress"),
        ("call", "in_progress", "in-progress"),
        ("call", "no_answer", "no-answer"),
        ("call", "in-progress", "in-progress"),
    ],
)
def test_other_spellings_mean_the_same(kind: str, said: str, meant: str) -> None:
    assert normal(kind, said) == meant
    assert rank(kind, said) == rank(kind, meant)
    assert is_settled(kind, said) == is_settled(kind, meant)
