"""Segments, held against Twilio's live answers, a slow count of our own, and reference vectors where they are."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.twilio.segments import GSM_ALPHABET, GSM_DOUBLE, Count, count

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "sms_segments.json"


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        # What Twilio billed, TwilioDevEd/message-segment-calculator#66 and #18.
        ("a" * 80 + "\r\n" + "a" * 79, 2),
        ("a" * 80 + "\n" + "a" * 79, 1),
        ("a" * 200 + "\r\n" + "a" * 105, 3),
        ("é" * 70, 1),
        ("e\u0301" * 70, 3),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("中" * 70, 1),
        ("中" * 71, 2),
        ("|", 1),
        ("this is a " + "]" * 75 + "😘", 2),
        # The edges of several segments.
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("—" * 134, 2),
        ("—" * 135, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_a_text_takes_as_many_segments_as_are_billed(text: str, segments: int) -> None:
    assert count(text).segments == segments


def test_an_escaped_character_is_never_torn_apart() -> None:
    assert count("a" * 152 + "[" + "a" * 152).segments == 3
    assert count("a" * 153 + "[" + "a" * 151).segments == 2


def test_surrogates_are_never_torn_apart() -> None:
    assert count("б" * 66 + "😀" + "б" * 66).segments == 3
    assert count("б" * 67 + "😀" + "б" * 65).segments == 2


def test_brackets_are_double_in_gsm_and_single_in_ucs() -> None:
    assert count("[a]") == Count("GSM-7", 1, 5)
    assert count("[б]") == Count("UCS-2", 1, 3, "б", 1)


def test_what_forced_ucs_is_told_with_its_place() -> None:
    assert count("Smile — it’s Monday") == Count("UCS-2", 1, 19, "—", 6)
    assert count("👋🏽 hi").units == 7


def test_a_lone_surrogate_is_one_unit() -> None:
    assert count("\ud83d") == Count("UCS-2", 1, 1, "\ud83d", 0)


def test_the_alphabet_has_the_size_of_the_standard() -> None:
    """128 places without the escape itself, and ten doubled characters."""
    assert len(GSM_ALPHABET) == 127 + 10
    assert not {"`", "\t", "ç", "á", "\x1b"} & GSM_ALPHABET


def test_no_text_still_takes_a_segment() -> None:
    assert count("") == Count("GSM-7", 1, 0)


def slow(text: str) -> tuple[str, int, int]:
    """Encoding, segments and units, by filling segments one character after the other."""
    gsm = all(letter in GSM_ALPHABET for letter in text)
    sizes = [
        1 + (letter in GSM_DOUBLE) if gsm else len(letter.encode("utf-16-le", "surrogatepass")) // 2 for letter in text
    ]
    single, room = (160, 153) if gsm else (70, 67)
    if sum(sizes) <= single:
        return ("GSM-7" if gsm else "UCS-2"), 1, sum(sizes)
    segments: list[int] = [0]
    for size in sizes:
        if segments[-1] + size > room:
            segments.append(0)
        segments[-1] += size
    return ("GSM-7" if gsm else "UCS-2"), len(segments), sum(sizes)


RUNS = st.lists(st.tuples(st.sampled_from("aé[€\n\rб—😀\U0001f1ee"), st.integers(1, 160)), max_size=6)


@given(RUNS | st.lists(st.tuples(st.characters(), st.integers(1, 80)), max_size=6))
def test_the_count_agrees_with_the_slow_one(runs: list[tuple[str, int]]) -> None:
    text = "".join(letter * times for letter, times in runs)
    found = count(text)
    assert (found.encoding, found.segments, found.units) == slow(text)
    assert (found.forced_by is None) == (found.encoding == "GSM-7")
    if found.forced_at is not None:
        assert text[found.forced_at] == found.forced_by
        assert set(text[: found.forced_at]) <= GSM_ALPHABET


@pytest.mark.skipif(not VECTORS.is_file(), reason="the folder ../shared/vectors is not on this machine")
def test_the_reference_vectors_are_met() -> None:
    """The empty text alone is contested (0 or 1). Ours is 1, as Twilio's own calculator says: a message without text,
    such as a picture alone, is still a message, and its price is not multiplied by nothing."""
    data = json.loads(VECTORS.read_text())
    assert {chr(point) for point in data["gsm7_codepoints"]} == GSM_ALPHABET
    plain = [vector for vector in data["vectors"] if not vector["smart"]]
    assert len(plain) > 150
    for vector in plain:
        found = count("".join(text * times for text, times in vector["parts"]))
        assert (found.encoding, found.segments) == (vector["encoding"], vector["segments"]), vector
        assert found.units * (7 if found.encoding == "GSM-7" else 16) <= vector["bits"], vector
