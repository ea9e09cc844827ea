"""The client against the simulated Twilio: patient with lists, careful with what must not be done twice."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from giftpulse.ground import settings
from giftpulse.simulator import RunningSimulator, SimulatorConfig, running
from giftpulse.twilio.accounts import Account, account_of
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import CALLS, MESSAGES
from giftpulse.twilio.rest import TwilioRest

T = TypeVar("T")
TEXT = {"To": "+15005540001", "From": "+15005550006", "Body": "Hello"}


@pytest.fixture
def twilio() -> Iterator[RunningSimulator]:
    with running(SimulatorConfig(speed=0)) as simulator:
        yield simulator


def ask(twilio: RunningSimulator, question: Callable[[TwilioRest], Awaitable[T]], **changes: object) -> T:
    values = {"twilio_api_url": twilio.url, "twilio_monitor_url": twilio.url, "twilio_timeout_seconds": 5, **changes}
    loaded = settings.load(_env_file=None, **values)
    account = Account(twilio.account_sid, twilio.account_sid, twilio.auth_token, (twilio.auth_token,))

    async def main() -> T:
        async with TwilioRest(account, loaded) as rest:
            return await question(rest)

    return asyncio.run(main())


def sent(twilio: RunningSimulator) -> int:
    return twilio.do(lambda simulator: len(list(simulator.world.account(None).messages)))


def test_a_message_is_created_and_answered_typed_and_raw(twilio: RunningSimulator) -> None:
    record, raw = ask(twilio, lambda rest: rest.create_message(TEXT))
    assert (record.status, record.body, record.to) == ("queued", "Hello", "+15005540001")
    assert record.sid.encode() in raw


def test_a_429_is_repeated_for_it_was_not_processed(twilio: RunningSimulator) -> None:
    twilio.order("too_many_requests", times=2, method="POST", retry_after=0)
    ask(twilio, lambda rest: rest.create_message(TEXT))
    assert sent(twilio) == 1


@pytest.mark.parametrize("fault", ["error_before", "error_after", "drop_before", "drop_after"])
def test_what_may_have_been_sent_is_unknown_and_never_sent_again(twilio: RunningSimulator, fault: str) -> None:
    twilio.order(fault, times=1, method="POST")
    with pytest.raises(TwilioError) as error:
        ask(twilio, lambda rest: rest.create_message(TEXT))
    assert error.value.advice == "unknown"
    assert sent(twilio) == (1 if fault.endswith("after") else 0)


def test_an_answer_that_never_comes_is_unknown(twilio: RunningSimulator) -> None:
    twilio.order("latency", times=1, seconds=3, method="POST")
    with pytest.raises(TwilioError) as error:
        ask(twilio, lambda rest: rest.create_message(TEXT), twilio_timeout_seconds=0.3)
    assert error.value.advice == "unknown"


def test_nobody_there_means_that_it_was_surely_not_sent() -> None:
    account = Account("AC" + "0" * 32, "user", "password", ())
    loaded = settings.load(_env_file=None, twilio_api_url="http://127.0.0.1:9")

    async def main() -> None:
        async with TwilioRest(account, loaded) as rest:
            await rest._request("POST", "http://127.0.0.1:9/", {})

    with pytest.raises(TwilioError) as error:
        asyncio.run(main())
    assert error.value.advice == "retry"


def test_a_refusal_carries_twilios_code_and_is_not_repeated(twilio: RunningSimulator) -> None:
    with pytest.raises(TwilioError, match="21211") as error:
        ask(twilio, lambda rest: rest.create_message({**TEXT, "To": "nonsense"}))
    assert (error.value.code, error.value.advice) == (21211, "never")


def test_a_wrong_password_is_said_after_a_few_tries(twilio: RunningSimulator) -> None:
    twilio.order("unauthorized", times=0)
    with pytest.raises(TwilioError) as error:
        ask(twilio, lambda rest: rest.fetch(MESSAGES, "SM" + "0" * 32))
    assert error.value.code == 20003


def test_one_record_is_fetched_and_a_missing_one_is_none(twilio: RunningSimulator) -> None:
    (sid,) = twilio.add_messages(1)
    found = ask(twilio, lambda rest: rest.fetch(MESSAGES, sid))
    assert found is not None
    assert sid.encode() in found
    assert ask(twilio, lambda rest: rest.fetch(CALLS, "CA" + "0" * 32)) is None


def test_a_page_that_cannot_be_made_is_asked_for_in_a_smaller_size(twilio: RunningSimulator) -> None:
    there = set(twilio.add_messages(700))
    twilio.order("page_limit", times=0, above=200)

    async def all_rows(rest: TwilioRest) -> list[int]:
        return [len(page.rows) async for page in rest.pages(MESSAGES)]

    sizes = ask(twilio, all_rows)
    assert sum(sizes) == len(there)
    assert max(sizes) <= 200


def test_credentials_never_go_to_another_host(twilio: RunningSimulator) -> None:
    async def rooted(rest: TwilioRest) -> str:
        return rest._rooted(MESSAGES, "https://evil.example/2010-04-01/Accounts/AC/Messages.json?PageToken=PA1")

    expected = f"{twilio.url}/2010-04-01/Accounts/AC/Messages.json?PageToken=PA1"
    assert ask(twilio, rooted) == expected


def test_a_base_address_with_a_path_is_kept(twilio: RunningSimulator) -> None:
    async def rooted(rest: TwilioRest) -> tuple[str, str]:
        relative = rest._rooted(MESSAGES, "/2010-04-01/x.json?Page=1")
        return relative, rest._rooted(MESSAGES, "http://proxy.example/twilio/2010-04-01/x.json?Page=1")

    base = "http://proxy.example/twilio"
    assert ask(twilio, rooted, twilio_api_url=base) == (f"{base}/2010-04-01/x.json?Page=1",) * 2


def test_a_restricted_key_is_used_instead_of_the_token_but_the_token_still_signs() -> None:
    loaded = settings.load(
        _env_file=None, twilio_account_sid="AC" + "a" * 32, twilio_auth_token="token-1",
        twilio_api_key_sid="SK" + "b" * 32, twilio_api_key_secret="secret",
        twilio_auth_token_previous="token-0", twilio_webhook_secret="shared",
    )  # fmt: skip
    account = account_of(loaded)
    assert account == Account("AC" + "a" * 32, "SK" + "b" * 32, "secret", ("token-1", "token-0"), ("shared",))
    assert account_of(settings.load(_env_file=None)) is None
