"""Texts in the GSM alphabet: what is written otherwise, what stays, and that it never costs more."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from giftpulse.twilio.gsm import to_gsm
from giftpulse.twilio.segments import count

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "sms_segments.json"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("“You’ve got this” — today…", '"You\'ve got this" - today...'),
        ("well\u2011being \u2012 rest \u2212 5", "well-being - rest - 5"),
        ("don`t, don´t, donʼt", "don't, don't, don't"),
        ("«Bravo»", '"Bravo"'),
        ("one\u00a0two\u202fthree\u3000four\tfive", "one two three four five"),
        ("zero\u200b width\ufeff and so\u00adft", "zero width and soft"),
        ("line\r\nline\u2028line\rline", "line\nline\nline\nline"),
        ("cafe\u0301", "café"),
        ("Ａ ｆｕｌｌ ｗｉｄｔｈ １００％！", "A full width 100%!"),
        ("𝗛𝗲𝗹𝗹𝗼 𝓯𝓻𝓲𝓮𝓷𝓭", "Hello friend"),
        ("½ cup, then 1½ cups, ⅔ done", "1/2 cup, then 1 1/2 cups, 2/3 done"),
        ("1\u200b½", "1 1/2"),
        ("ﬁne, eﬃcient, cœur", "fine, efficient, coeur"),
        ("• rest\n• smile", "- rest\n- smile"),
        ("Wow‼ Really⁉", "Wow!! Really!?"),
        ("Wow‼️", "Wow!!"),
        ("Acme™ → go", "AcmeTM -> go"),
        ("ᴘʟᴇᴀsᴇ", "PLEAsE"),
        ("null\x00 and bell\x07", "null and bell"),
    ],
)
def test_what_has_its_like_is_written_with_it(text: str, written: str) -> None:
    assert to_gsm(text) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain & simple: [100%] {ok} ~ €5\n",
        "corazón, niño, façade, être",
        "m² and 20°",
        "① first",
        "😀 👨‍👩‍👧 👍🏽 ❤️ 1️⃣",
        "❃ ornament ✢",
        "x\u0302 with a hat that is no letter",
        "你好，世界。",
        "Скажи «да» — и всё…",
        "\u0646\u200c\u0645",
    ],
)
def test_what_would_lose_its_meaning_stays(text: str) -> None:
    assert to_gsm(text) == text


def test_around_an_emoji_the_rest_is_still_written_plainly() -> None:
    assert to_gsm("“Smile” 😀 — today") == '"Smile" 😀 - today'


def test_a_character_is_not_spelled_out_where_that_would_cost_a_segment() -> None:
    dense = "½" * 70
    assert to_gsm(dense) == dense
    assert to_gsm("’" * 3 + "…" * 64 + "😀") == "'" * 3 + "…" * 64 + "😀"


ODD = st.text("ae1 \r\n\t\u0301\u0338\u0303“’…½⅔‼\ufe0f\u20e3\u200b\u200d\u00adﬁœＡ！［𝐀😀я中ᴀ\u0958", max_size=12)
LONG = st.tuples(ODD, st.integers(1, 40)).map(lambda pair: pair[0] * pair[1])


@given(LONG | st.text(max_size=80) | st.text("…½‼”“’\ufe0f", max_size=160))
@example("\u0958" * 70)
@example("A\u0301".replace("A", "Ａ"))
@example("‼\ufe0f\ufe0f")
def test_it_never_costs_more_and_a_second_time_changes_nothing(text: str) -> None:
    written = to_gsm(text)
    assert count(written).segments <= count(text).segments
    assert to_gsm(written) == written


@given(st.text("abc XYZ 019 .,!?'\"[]{}€éñü\n", max_size=200))
def test_a_text_in_the_alphabet_is_not_touched(text: str) -> None:
    assert to_gsm(text) == text


# Twilio's Smart Encoding and ours differ on purpose: quotation marks become quotes, upright commas become commas, and
# separators of lines become ends of lines.
OURS = {"‚": "'", "‹": "'", "›": "'", "︐": ",", "︑": ",", "\u2028": "\n", "\u2029": "\n"}
# Ornaments and letters of other tongues are no asterisks, equal or exclamation signs; they stay.
KEPT = set("⊛✢✣✤✥✱✲✳✺✻✼✽❃❉❊❋⧆ǃ")


@pytest.mark.skipif(not VECTORS.is_file(), reason="the folder ../shared/vectors is not on this machine")
def test_smart_encoding_and_ours_differ_only_where_we_mean_it() -> None:
    for letter, theirs in json.loads(VECTORS.read_text())["smart_encoding_map"].items():
        ours = to_gsm(letter)
        if letter in OURS:
            assert ours == OURS[letter]
        elif letter in KEPT or unicodedata.category(letter) == "Mn" or "\x80" <= letter <= "\x9f":
            # Marks belong to the letter before them; C1 controls are most likely quotes in a wrong encoding.
            assert ours == letter
        elif not theirs.strip():
            # One space for one, not two or (for a tab) seven.
            assert ours == theirs[:1]
        else:
            assert ours == theirs, f"U+{ord(letter):04X}"
