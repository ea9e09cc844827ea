"""TwiML that any parser reads back as what was meant."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from giftpulse.simulator.twiml import replies
from giftpulse.twilio.twiml import NOTHING, message


def test_nothing_is_an_empty_response() -> None:
    assert replies(NOTHING.decode()) == []


def test_what_means_something_to_xml_is_escaped() -> None:
    (reply,) = replies(message('Msg & data <rates> "may" apply; ]]> é 😀').decode())
    assert reply.body == 'Msg & data <rates> "may" apply; ]]> é 😀'


def test_what_xml_cannot_hold_is_left_out() -> None:
    (reply,) = replies(message("a\x00b\x0bc\ufffed").decode())
    assert reply.body == "abcd"


@given(st.text())
def test_every_text_makes_a_response_with_one_message(text: str) -> None:
    root = ET.fromstring(message(text))  # our own
    assert [child.tag for child in root] == ["Message"]
