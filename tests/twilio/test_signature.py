"""Signatures: Twilio's own examples, every official SDK's cases, and agreement with the official validator."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator, get_signature_algorithm

from giftpulse.twilio.signature import HMAC_SHA256, algorithm_of, body_sha256, candidate_urls, is_genuine, sign

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALL = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "webhook_signatures.json"


class Several(dict[str, list[str]]):
    """Parameters with repeated names, as the official validator takes them."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def vectors() -> list[Any]:
    if not VECTORS.exists():
        return [pytest.param(None, marks=pytest.mark.skip(f"{VECTORS} is not on this machine"))]
    cases = json.loads(VECTORS.read_text())["vectors"]
    return [pytest.param(case, id=case["id"]) for case in cases if not case["contested"]]


@pytest.mark.parametrize("case", vectors())
def test_every_case_on_which_the_official_sdks_agree(case: dict[str, Any]) -> None:
    body = case["body"].encode() if "body" in case else None
    found = is_genuine(
        case["signature"],
        [case["token"]],
        case["url"],
        case["params"],
        body,
        algorithm=case.get("algorithm", "HMAC_SHA1"),
    )
    assert found is case["valid"]


@pytest.mark.parametrize(
    ("url", "params", "signature"),
    [
        (URL, CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (URL, CALL | {"Caller": "+12349013030", "From": "+12349013030"}, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (
            URL,
            {"Sid": "CA123", "SidAccount": "AC123", "Digits": ["5678", "1234", "1234"]},
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
        (URL, {}, "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
        (URL, {"Digits": "", "CallSid": "CA1234567890ABCDE", "EmptyParam": ""}, "9HHp/OqQMEwdrVebHDdA/+tqjX8="),
    ],
)
def test_known_answers(url: str, params: dict[str, str | Sequence[str]], signature: str) -> None:
    assert sign(TOKEN, url, params) == signature
    assert is_genuine(signature, [TOKEN], url, params)


def test_a_changed_value_is_not_genuine() -> None:
    assert not is_genuine(sign(TOKEN, URL, CALL), [TOKEN], URL, CALL | {"Digits": "1235"})


@pytest.mark.parametrize("signature", [None, "", "nonsense", "ü", "\udcff", sign("other", URL, CALL)])
def test_a_signature_that_is_none_or_another(signature: str | None) -> None:
    assert not is_genuine(signature, [TOKEN], URL, CALL)


def test_two_tokens_open_the_door_while_one_is_rotated() -> None:
    assert is_genuine(sign("old", URL, CALL), ["new", "old"], URL, CALL)
    assert is_genuine(sign("new", URL, CALL), ["new", "old"], URL, CALL)
    assert not is_genuine(sign("older", URL, CALL), ["new", "old"], URL, CALL)


@pytest.mark.parametrize("tokens", [[], [""], ["", ""]])
def test_an_empty_secret_closes_the_door(tokens: list[str]) -> None:
    assert not is_genuine(sign("", URL, CALL), tokens, URL, CALL)


@pytest.mark.parametrize(
    ("signed", "called"),
    [
        ("https://a.example/x", "https://a.example:443/x"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("http://a.example:80/x", "http://a.example/x"),
        ("https://a.example/x", "https://a.example:8443/x"),
        ("https://u:p@a.example/x", "https://u:p@a.example:443/x"),
        ("http://[::1]/x", "http://[::1]:8000/x"),
        # As it was typed, whatever a URL parser makes of it.
        ("HTTPS://a.example/x?", "HTTPS://a.example/x?"),
    ],
)
def test_the_port_may_be_written_or_not(signed: str, called: str) -> None:
    assert signed in candidate_urls(called)
    assert is_genuine(sign(TOKEN, signed, CALL), [TOKEN], called, CALL)


@pytest.mark.parametrize("url", ["http://a.example:99999/x", "http://[::1/x", "", "/x"])
def test_a_url_that_is_none_is_compared_as_it_is(url: str) -> None:
    assert is_genuine(sign(TOKEN, url, CALL), [TOKEN], url, CALL)
    assert not is_genuine("nonsense", [TOKEN], url, CALL)


class TestAJsonBody:
    BODY = b'[{"id": "EZ1"}]'
    HASHED = f"https://a.example/events?bodySHA256={body_sha256(BODY)}"

    def test_is_genuine_by_its_hash_in_the_signed_url(self) -> None:
        assert is_genuine(sign(TOKEN, self.HASHED), [TOKEN], self.HASHED, body=self.BODY)

    def test_may_not_be_changed(self) -> None:
        assert not is_genuine(sign(TOKEN, self.HASHED), [TOKEN], self.HASHED, body=self.BODY + b" ")

    @pytest.mark.parametrize("query", ["", "?a=1", "?bodySHA256=", "?bodySHA256=%FF"])
    def test_needs_a_hash(self, query: str) -> None:
        url = "https://a.example/events" + query
        assert not is_genuine(sign(TOKEN, url), [TOKEN], url, body=self.BODY)

    def test_in_a_url_that_cannot_be_read(self) -> None:
        url = "http://[::1/x?bodySHA256=1"
        assert not is_genuine(sign(TOKEN, url), [TOKEN], url, body=self.BODY)


class TestASharedKey:
    def test_signs_with_sha256(self) -> None:
        signature = sign(TOKEN, URL, CALL, HMAC_SHA256)
        assert signature == RequestValidator(TOKEN).compute_signature(URL, CALL, HMAC_SHA256)
        assert is_genuine(signature, [TOKEN], URL, CALL, algorithm=HMAC_SHA256)
        assert not is_genuine(signature, [TOKEN], URL, CALL)

    def test_an_algorithm_that_we_do_not_know_is_refused(self) -> None:
        assert not is_genuine(sign(TOKEN, URL, CALL), [TOKEN], URL, CALL, algorithm="HMAC_MD5")
        with pytest.raises(KeyError):
            sign(TOKEN, URL, CALL, "HMAC_MD5")

    @pytest.mark.parametrize(
        "header",
        [None, "", "key=k1", "key=k1,algorithm=HMAC_SHA256", "algorithm = hmac_sha256 ", "algorithm=", "algorithm"],
    )
    def test_is_named_by_the_settings_header(self, header: str | None) -> None:
        assert algorithm_of(header) == get_signature_algorithm(header).upper()


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
urls = st.builds(
    "{}://{}{}/{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["a.example", "MyCompany.com", "user@a.example", "127.0.0.1"]),
    st.sampled_from(["", ":80", ":443", ":8443"]),
    st.text("abcXYZ019-._~/", max_size=8),
    st.sampled_from(["", "?a=1", "?a=hello%20world&b=%2B", "?a=1&a=1&b="]),
)
forms = st.dictionaries(words, st.lists(words, min_size=1, max_size=3), max_size=5)


@given(words, urls, urls, forms, st.sampled_from(["HMAC_SHA1", HMAC_SHA256]))
def test_agrees_with_the_official_validator(
    token: str, signed: str, called: str, form: dict[str, list[str]], algorithm: str
) -> None:
    official = RequestValidator(token)
    signature = sign(token, signed, form, algorithm)
    assert signature == official.compute_signature(signed, Several(form), algorithm)
    for url in (signed, called):
        agreed = official.validate(url, Several(form), signature, algorithm)
        assert is_genuine(signature, [token], url, form, algorithm=algorithm) is (bool(token) and agreed)


@given(urls, st.text("abc{}", min_size=1, max_size=8), st.text("abc{}", min_size=1, max_size=8))
def test_agrees_with_the_official_validator_on_json_bodies(url: str, hashed: str, sent: str) -> None:
    url += ("&" if "?" in url else "?") + "bodySHA256=" + body_sha256(hashed.encode())
    signature = sign(TOKEN, url)
    agreed = RequestValidator(TOKEN).validate(url, sent, signature)
    assert is_genuine(signature, [TOKEN], url, body=sent.encode()) is agreed


def test_the_hot_path_is_lean() -> None:
    """Microseconds a check, by the best of many; generous, for a busy machine (about 4 on an idle one)."""
    form = {f"Parameter{n}": f"+1415555{n:04}" for n in range(12)}
    signature = sign(TOKEN, URL, form)
    best = min(_seconds(signature, form) for _ in range(20)) / 200 * 1e6
    assert best < 40


def _seconds(signature: str, form: dict[str, str]) -> float:
    from time import perf_counter

    begin = perf_counter()
    for _ in range(200):
        is_genuine(signature, [TOKEN], URL, form)
    return perf_counter() - begin
