"""What a text asks for, in the order that decides; the ways of saying stop are in ``test_stop.py``."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.inbound.keywords import Intent, decide

VECTORS = Path(__file__).parents[4] / "shared" / "vectors" / "optout_keywords.json"
KINDS = {"stop", "start", "help", "join", "pause", "resume", "time", "zone", "name", "other"}


@pytest.mark.parametrize(("said", "kind"), [("STOP", "stop"), ("START", "start"), ("HELP", "help"), (" stop ", "stop")])
@pytest.mark.parametrize("body", ["", "ALTO", "don't stop", "STOP", "START", "9am"])
def test_what_twilio_says_wins_always(said: str, kind: str, body: str) -> None:
    found = decide(body, said)
    assert (found.kind, found.reason, found.value) == (kind, f"Twilio says OptOutType {kind.upper()}", None)


@pytest.mark.parametrize("said", [None, "", "SOMETHING"])
def test_without_a_word_of_twilio_the_text_decides(said: str | None) -> None:
    assert decide("9am", said).kind == "time"


@pytest.mark.parametrize("body", ["START", "start!", "Unstop", "YES", "Yes please", "opt in", "Start again please"])
def test_start(body: str) -> None:
    assert decide(body).kind == "start"


@pytest.mark.parametrize("body", ["yes I loved it", "yesterday", "start of a good day", "y", "si", "restart"])
def test_no_start(body: str) -> None:
    assert decide(body).kind == "other"


def test_yes_in_the_language_of_the_person() -> None:
    assert decide("¡Sí!", language="es").kind == "start"
    assert decide("oui", language="fr-CA").kind == "start"
    assert decide("oui", language="es").kind == "other"


@pytest.mark.parametrize("body", ["HELP", "help me", "Info?", "AYUDA", "aide svp", "ayuda por favor"])
def test_help(body: str) -> None:
    assert decide(body).kind == "help"


@pytest.mark.parametrize("body", ["Information", "this helped", "help, my day was awful but this made me smile"])
def test_no_help(body: str) -> None:
    assert decide(body).kind == "other"


@pytest.mark.parametrize("body", ["SMILE", "smile!", "“Smile”", " smile 😀", "Smile please sign me up", "smile, yes"])
def test_a_keyword_joins(body: str) -> None:
    assert decide(body, join_keywords=["JOY", "Smile"]) == Intent("join", "begins with the keyword Smile", "Smile")


@pytest.mark.parametrize("body", ["smiles", "I smile", "smile because it is the very best thing", "smil"])
def test_another_text_joins_nothing(body: str) -> None:
    assert decide(body, join_keywords=["Smile"]).kind == "other"


def test_the_longest_keyword_is_meant() -> None:
    assert decide("daily smile now", join_keywords=["DAILY", "DAILY SMILE"]).value == "DAILY SMILE"


@pytest.mark.parametrize("keyword", ["START", "yes", "UNSTOP", "STOP", "help", "", "😀"])
def test_a_keyword_that_means_something_else_never_joins(keyword: str) -> None:
    for body in (keyword, f"{keyword} now", "😀"):
        assert decide(body, join_keywords=[keyword]).kind != "join"


def test_stop_comes_before_a_keyword() -> None:
    assert decide("SMILE stop", join_keywords=["SMILE"]).kind == "stop"


@pytest.mark.parametrize(
    ("body", "days"),
    [
        *(("PAUSE", 7), ("pause please", 7), ("Please pause my texts", 7), ("pause until Monday", 7), ("Pause!", 7)),
        *(("PAUSE 3", 3), ("pause 3 days", 3), ("pause 3d", 3), ("pause for 10 days please", 10), ("pause 1 day", 1)),
        *(("pause 2 weeks", 14), ("pause for a week", 7), ("pause my texts for two weeks", 14), ("pause a month", 30)),
        *(
            ("pausa 3 dias", 3),
            ("pausa dos semanas por favor", 14),
            ("pause 3 jours", 3),
            ("pause deux semaines svp", 14),
        ),
        *(("pause 0", 1), ("pause 400 days", 90), ("pause 9999 weeks", 90)),
    ],
)
def test_pause(body: str, days: int) -> None:
    found = decide(body)
    assert (found.kind, found.value) == ("pause", days)


@pytest.mark.parametrize("body", ["I had to pause and think", "pause, for in all this noise I found a moment of peace"])
def test_no_pause(body: str) -> None:
    assert decide(body).kind == "other"


@pytest.mark.parametrize(
    "body", ["RESUME", "resume my texts", "please resume", "reanudar", "reprendre svp", "unpause", "cancel the pause"]
)
def test_resume(body: str) -> None:
    assert decide(body).kind == "resume"


@pytest.mark.parametrize("body", ["my resume is attached", "resume whatever it was that we did before last week"])
def test_no_resume(body: str) -> None:
    assert decide(body).kind == "other"


@pytest.mark.parametrize(
    ("body", "minute"),
    [
        *(
            ("9am", 540),
            ("9 AM", 540),
            ("9 a.m.", 540),
            ("9:30 am", 570),
            ("9.30pm", 1290),
            ("send at 7pm", 1140),
            ("How about 9am?", 540),
        ),
        *(
            ("19:30", 1170),
            ("0:05", 5),
            ("12am", 0),
            ("12pm", 720),
            ("12:30 am", 30),
            ("noon", 720),
            ("at midnight", 0),
        ),
        *(("Change my time to 8:15 am please", 495), ("7:30pm!", 1170), ("8 in the morning", 480), ("9h30", 570)),
        *(("a las 7 de la tarde", 1140), ("à 9h", 540), ("9 am every day, thanks", 540), ("９：３０", 570)),
    ],
)
def test_a_time_of_day(body: str, minute: int) -> None:
    found = decide(body)
    assert (found.kind, found.value) == ("time", minute)


@pytest.mark.parametrize(
    ("body", "stretch"),
    [
        *(("9am-11am", (540, 660)), ("9 AM to 1 PM", (540, 780)), ("between 9am and 11am", (540, 660))),
        *(("9-11am", (540, 660)), ("9am – 11", (540, 660)), ("10-1pm", (600, 780)), ("7-9pm", (1140, 1260))),
        *(("19:00-21:30", (1140, 1290)), ("entre 9h et 11h", (540, 660)), ("de 9am a 11am", (540, 660))),
    ],
)
def test_a_stretch_of_the_day(body: str, stretch: tuple[int, int]) -> None:
    found = decide(body)
    assert (found.kind, found.value) == ("time", stretch)


@pytest.mark.parametrize(
    "body",
    [
        *("9", "at 9", "9-11", "4.50", "25:00", "13pm", "0am", "9:75", "9pm-1am", "9am-9am", "at 9:30 I had a bad day"),
        *("I am 9 am I not", "see you at 9am tomorrow then", "7pm was when I cried"),
    ],
)
def test_no_time(body: str) -> None:
    assert decide(body).kind == "other"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        *(
            ("TZ 94110", "94110"),
            ("ZIP 94110", "94110"),
            ("zip code: 94110-1234", "94110-1234"),
            ("zip 80202 please", "80202"),
            ("tz CO", "CO"),
        ),
        *(("time zone Denver", "Denver"), ("My time zone is Mountain Time", "Mountain Time"), ("TZ Denver!", "Denver")),
        *(("TZ America/Denver", "America/Denver"), ("America/New_York", "America/New_York"), ("Zip is 02139", "02139")),
        *(("TZ: New York, NY", "New York, NY"), ("zona horaria Denver", "Denver"), ("code postal H2X 1Y4", "H2X 1Y4")),
        *(("set time zone to Coeur d'Alene", "Coeur d'Alene"), ("TZ UTC+2", "UTC+2")),
    ],
)
def test_a_place(body: str, place: str) -> None:
    found = decide(body)
    assert (found.kind, found.value) == ("zone", place)


@pytest.mark.parametrize("body", ["TZ", "zip it lol", "94110", "time zones are odd", "TZ " + "x" * 61, "Denver"])
def test_no_place(body: str) -> None:
    assert decide(body).kind == "other"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        *(("NAME Anna", "Anna"), ("my name is Anna", "Anna"), ("Call me Anna!", "Anna"), ("Name: Anna", "Anna")),
        *(("my name is Anna-Marie O’Neill", "Anna-Marie O'Neill"), ("call me José 😊", "José"), ("name Zoë", "Zoë")),
        *(("me llamo Ana María", "Ana María"), ("je m'appelle Noël", "Noël"), ("name Cafe\u0301", "Café")),
    ],
)
def test_a_name(body: str, name: str) -> None:
    found = decide(body)
    assert (found.kind, found.value) == ("name", name)


@pytest.mark.parametrize(
    "body",
    [
        *("name", "NAME 123", "call me later", "call me when you can", "call me a cab", "NAME <b>", "my name"),
        *("my name is Anna and I love this so much", "name " + "a" * 41, "name -", "name you it", "name that tune"),
    ],
)
def test_no_name(body: str) -> None:
    assert decide(body).kind == "other"


@given(st.text(max_size=300), st.none() | st.text(max_size=6), st.lists(st.text(max_size=8), max_size=3))
def test_it_never_raises(body: str, said: str | None, keywords: list[str]) -> None:
    found = decide(body, said, keywords)
    assert found.kind in KINDS
    assert found.reason


PIECES = st.sampled_from(
    [
        "stop",
        "don't",
        "9",
        "am",
        "-",
        "to",
        "pause",
        "week",
        "tz",
        "name",
        "call me",
        "a las",
        "is",
        ":",
        "é",
        "\u0301",
        "²",
        "٣",
    ]
)


@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_words_that_mean_something_in_any_order_are_survived(body: str) -> None:
    found = decide(body)
    assert (found.value is None) == (found.kind in ("stop", "start", "help", "resume", "other"))


AROUND = st.text(" \t\r\n.,!?;:'\"“”’()[]{}*_-~#&/\\|…—\u200b\ufeff😀🛑🙏🏽❤️", max_size=8)
CASED = st.sampled_from([str.upper, str.lower, str.title, str.swapcase])


@given(
    st.sampled_from(["stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"]),
    CASED,
    AROUND,
    AROUND,
)
def test_a_stop_is_one_whatever_stands_around_it(word: str, cased: object, before: str, after: str) -> None:
    assert callable(cased)
    assert decide(f"{before}{cased(word)}{after}").kind == "stop"


# What Twilio leaves to us, or nobody has documented ("?"): the law asks for any reasonable way of saying stop, and in
# doubt a short text is one. That holds for misspelt, dressed and foreign words, and for ENDED and CANCELLED, which can
# hardly mean anything else to a program that one has joined. "Information", digits, "NO" and "y" ask for nothing.
OURS = {
    **dict.fromkeys(
        ["STOP PLEASE", "please stop", "Stop sending me these", "STOP ALL NOW", " STOP", "STOP\r\n"], "stop"
    ),
    **dict.fromkeys(["STOP!", "Stop?", "stop :(", "ST0P", "STPO", "\ufeffSTOP", "ЅТОР", "STOP🛑", "STOP/QUIT"], "stop"),
    **dict.fromkeys(
        ["STOP2END", "STOPME", "ENDED", "CANCELLED", "ARRET", "ARRETE", "REMOVE", "OPT OUT", "STOP ALL"], "stop"
    ),
    **dict.fromkeys(["REVOKE ME", "PARAR", "DETENER", "STOPP", "停止", "TD退订"], "stop"),
    **dict.fromkeys(["Information", "yesterday", "   ", "1", "NO", "2", "y"], "other"),
}
DOCUMENTED = {"opt_out": "stop", "opt_in": "start", "help": "help"}


@pytest.mark.skipif(not VECTORS.is_file(), reason="the folder ../shared/vectors is not on this machine")
def test_the_reference_vectors_are_met() -> None:
    for vector in json.loads(VECTORS.read_text())["vectors"]:
        body, twilio = vector["body"], vector["twilio_default"]
        expected = DOCUMENTED.get(twilio) or OURS[body]
        assert decide(body).kind == expected, body
