"""The writing service over real HTTP: what it answers, how it fails, and that nothing of the key gets out."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from giftpulse.daily.editions.openai_writer import OpenAiWriter
from giftpulse.daily.editions.writer import WritingError, WritingRequest, open_writer
from giftpulse.demo.fake_openai import KEY, RunningFakeOpenAi
from giftpulse.ground import settings

ASKED = WritingRequest("Language: English (en).", "Write the text.")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningFakeOpenAi]:
    with RunningFakeOpenAi() as fake:
        yield fake


@pytest.fixture
def fake(running: RunningFakeOpenAi) -> RunningFakeOpenAi:
    running.orders.__init__()  # type: ignore[misc]  # each test begins without orders
    running.asked.clear()
    return running


def writer(url: str, *, deadline: float = 5.0, retries: int = 0, **changes: Any) -> OpenAiWriter:
    values = {"_env_file": None, "openai_api_key": KEY, "openai_base_url": url, **changes}
    return OpenAiWriter(settings.load(**values), deadline=deadline, retries=retries)


def failure(of: OpenAiWriter) -> WritingError:
    with pytest.raises(WritingError) as raised:
        of.write(ASKED)
    assert KEY not in str(raised.value)
    assert KEY[:12] not in str(raised.value)
    return raised.value


def test_a_text_is_written_moderated_and_accounted_for(fake: RunningFakeOpenAi) -> None:
    written = writer(fake.url, openai_model="gpt-4.1").write(ASKED)
    assert written.text.endswith(".")
    assert written.note == ""
    assert written.used.model == "gpt-4.1"
    assert (written.used.prompt_tokens, written.used.completion_tokens) > (5, 5)
    (asked,) = fake.asked
    assert asked["response_format"]["json_schema"]["schema"]["required"] == ["message"]
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("down", "down"), ("reset", "down"), ("limited", "limited"), ("bad_key", "key"), ("refusing", "refused"),
        ("flagged", "flagged"), ("junk", "junk"), ("half", "junk"), ("empty", "empty"),
    ],
)  # fmt: skip
def test_each_failure_is_told_from_the_others(fake: RunningFakeOpenAi, fault: str, kind: str) -> None:
    fake.orders.faults.append(fault)
    error = failure(writer(fake.url))
    assert error.kind == kind
    assert error.is_outage == (kind in ("down", "limited", "key"))
    assert (error.used.completion_tokens > 0) == (not error.is_outage), "a text that is not used costs as much"


def test_the_deadline_is_for_the_whole(fake: RunningFakeOpenAi) -> None:
    fake.orders.faults.append("slow")
    began = time.monotonic()
    error = failure(writer(fake.url, deadline=0.3, retries=2))
    assert (error.kind, error.is_outage) == ("slow", True)
    assert time.monotonic() - began < 3


def test_nobody_there_is_down() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        assert failure(writer(url)).kind == "down"


def test_what_passes_in_a_moment_is_tried_again(fake: RunningFakeOpenAi) -> None:
    fake.orders.retry_after = 0.01
    fake.orders.faults.extend(["limited", "reset"])
    assert writer(fake.url, retries=2).write(ASKED).text
    assert len(fake.asked) == 3


def test_what_will_not_pass_is_not_tried_again(fake: RunningFakeOpenAi) -> None:
    fake.orders.always = "bad_key"
    failure(writer(fake.url, retries=2))
    assert len(fake.asked) == 1


def test_nobody_waits_beyond_the_deadline_for_a_limit_to_pass(fake: RunningFakeOpenAi) -> None:
    fake.orders.retry_after = 40
    fake.orders.always = "limited"
    error = failure(writer(fake.url, retries=2))
    assert error.retry_after == timedelta(seconds=40)
    assert len(fake.asked) == 1


def test_no_moderation_is_noted_and_not_failed(fake: RunningFakeOpenAi) -> None:
    fake.orders.moderates = False
    patient = writer(fake.url)
    for _ in range(2):
        assert patient.write(ASKED).note == "not moderated: the service does not offer it"


def test_without_a_key_there_is_no_writer(fake: RunningFakeOpenAi) -> None:
    assert open_writer(settings.load(_env_file=None)) is None
    opened = open_writer(settings.load(_env_file=None, openai_api_key=KEY, openai_base_url=fake.url))
    assert opened is not None
    assert opened.write(ASKED).text


def test_nothing_of_the_machines_environment_is_used(fake: RunningFakeOpenAi, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    assert writer(fake.url).write(ASKED).text


def test_faults_can_be_ordered_from_outside(fake: RunningFakeOpenAi) -> None:
    def order(**said: Any) -> int:
        address = fake.url.removesuffix("/v1") + "/control"
        with urlopen(Request(address, json.dumps(said).encode(), method="POST")) as answer:
            return int(answer.status)

    assert order(faults=["junk"], rate=0.0) == 204
    assert failure(writer(fake.url)).kind == "junk"
    with pytest.raises(OSError, match="400"):
        order(faults=["not a fault"])
    assert writer(fake.url).write(ASKED).text


def test_who_only_looks_does_not_load_the_library() -> None:
    """It takes longer to import than most commands to run."""
    looks = "import sys; import giftpulse.daily.editions.api; sys.exit('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", looks], check=False).returncode == 0
