"""Secrets in configs: out, masked, back, kept."""

import json
from typing import Any

import pytest

from giftpulse.ground.errors import InvalidInputError
from giftpulse.monitor.channels.payload import new_secret
from giftpulse.monitor.channels.registry import CHANNELS, channel_for
from giftpulse.monitor.channels.secrets import MASK, join_secrets, keep_masked, mask, split_secrets

WEBHOOK = CHANNELS["webhook"]
SECRET = new_secret()
FULL: dict[str, Any] = {
    "url": "https://example.com/hook",
    "method": "POST",
    "headers": {"Authorization": "Bearer t0psecret", "X.Dot": "1"},
    "payload": {"a": "{{ count }}"},
    "secret": SECRET,
}


def test_out_and_back() -> None:
    public, secrets = split_secrets(WEBHOOK, FULL)
    assert public == {**FULL, "headers": {"Authorization": MASK, "X.Dot": MASK}, "secret": MASK}
    assert "t0psecret" not in json.dumps(public)
    assert SECRET not in json.dumps(public)
    assert join_secrets(public, json.loads(json.dumps(secrets))) == FULL
    assert mask(WEBHOOK, FULL) == public
    assert FULL["secret"] == SECRET


def test_without_secrets() -> None:
    plain = {"url": "https://example.com/hook", "method": "POST", "headers": {}}
    assert split_secrets(WEBHOOK, plain) == (plain, [])
    mail = {"recipients": ["ops@example.com"]}
    assert split_secrets(CHANNELS["email"], mail) == (mail, [])


def test_a_mask_that_comes_back_keeps_the_secret() -> None:
    new = {**mask(WEBHOOK, FULL), "url": "https://example.com/other", "method": "PUT"}
    kept = keep_masked(WEBHOOK, new, FULL)
    assert kept == {**FULL, "url": "https://example.com/other", "method": "PUT"}
    assert new["secret"] == MASK


def test_new_values_and_other_spellings() -> None:
    new = {**FULL, "headers": {"authorization": MASK, "X-New": "n"}, "secret": None}
    kept = keep_masked(WEBHOOK, new, FULL)
    assert kept["headers"] == {"authorization": "Bearer t0psecret", "X-New": "n"}
    assert kept["secret"] is None


def test_a_mask_for_nothing_is_refused() -> None:
    new = {**FULL, "headers": {"X-New": MASK}, "secret": MASK}
    with pytest.raises(InvalidInputError) as caught:
        keep_masked(WEBHOOK, new, {"url": FULL["url"], "headers": {}})
    assert [error.field for error in caught.value.errors] == ["config.headers.X-New", "config.secret"]


@pytest.mark.parametrize("url", ["https://evil.example/hook", "http://example.com/hook", "https://example.com:8443/"])
def test_secrets_do_not_follow_to_another_receiver(url: str) -> None:
    with pytest.raises(InvalidInputError, match="must be given again for another receiver") as caught:
        keep_masked(WEBHOOK, {**mask(WEBHOOK, FULL), "url": url}, FULL)
    assert len(caught.value.errors) == 3
    assert keep_masked(WEBHOOK, {**FULL, "url": url}, FULL)["url"] == url


def test_an_unchecked_config_of_any_shape() -> None:
    for new in ({}, {"headers": 5}, {"headers": None, "secret": 5}, {"url": 5, "secret": {"a": 1}}):
        assert keep_masked(WEBHOOK, new, FULL) == new


def test_the_registry() -> None:
    assert list(CHANNELS) == ["email", "webhook"]
    assert channel_for("email") is CHANNELS["email"]
    for name in ("log", "google_chat", ""):
        with pytest.raises(InvalidInputError, match="must be one of email, webhook") as caught:
            channel_for(name)
        assert caught.value.errors[0].field == "action_type"
