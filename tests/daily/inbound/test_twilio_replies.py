"""Who answers a keyword, by what was written to."""

import pytest

from giftpulse.daily.inbound.twilio_replies import keeps_list, twilio_replied, unblocks
from tests.daily.inbound.texting import LONG_CODE, SERVICE, SHORT_CODE, TOLL_FREE, heard

STOPS = ("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL")


@pytest.mark.parametrize("word", [*STOPS, "START", "UNSTOP", "YES", "HELP", "INFO", " stop ", "Start"])
def test_twilio_answers_its_keywords_on_a_long_code_and_in_a_service(word: str) -> None:
    assert twilio_replied(heard(word)) == f"Twilio answers {word.strip().upper()} itself"
    assert twilio_replied(heard(word, to=SHORT_CODE, messaging_service_sid=SERVICE))


@pytest.mark.parametrize("word", [*STOPS, "START", "YES", "HELP"])
def test_on_a_short_code_by_itself_we_answer_and_nobody_is_blocked(word: str) -> None:
    text = heard(word, to=SHORT_CODE)
    assert twilio_replied(text) is None
    assert unblocks(text)
    assert not keeps_list(text)


@pytest.mark.parametrize("body", ["stop please", "STOP.", "start please", "oui", "help me", "9am", "", "SMILE"])
def test_more_than_a_keyword_is_ours(body: str) -> None:
    assert twilio_replied(heard(body)) is None
    assert not unblocks(heard(body))


def test_yes_is_no_word_of_the_toll_free_network() -> None:
    assert twilio_replied(heard("YES", to=TOLL_FREE)) is None
    assert not unblocks(heard("YES", to=TOLL_FREE))
    assert unblocks(heard("UNSTOP", to=TOLL_FREE))
    assert unblocks(heard("YES", to=LONG_CODE))


@pytest.mark.parametrize("mark", ["STOP", "START", "HELP"])
def test_advanced_opt_out_has_answered_whatever_the_words(mark: str) -> None:
    text = heard("BASTA", to=SHORT_CODE, opt_out_type=mark, messaging_service_sid=SERVICE)
    assert twilio_replied(text) == f"Twilio has answered (OptOutType {mark})"
    assert unblocks(text) == (mark == "START")
