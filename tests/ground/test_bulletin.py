"""Announcements that reach an event loop, or come when it is gone."""

import asyncio

import pytest

from giftpulse.ground.bulletin import Bulletin, waking


def test_an_announcement_of_any_thread_wakes_a_loop() -> None:
    asyncio.run(_wakes())


async def _wakes() -> None:
    bulletin, woken = Bulletin(), asyncio.Event()
    leave = bulletin.listen("news", waking(asyncio.get_running_loop(), woken.set))
    await asyncio.to_thread(bulletin.post, "news")
    await asyncio.wait_for(woken.wait(), 10)
    leave()
    woken.clear()
    await asyncio.to_thread(bulletin.post, "news")
    assert not woken.is_set()


def test_whoever_announces_does_not_fail_for_a_loop_that_has_ended() -> None:
    loop = asyncio.new_event_loop()
    tell = waking(loop, lambda: None)
    loop.close()
    tell()


def test_a_loop_that_fails_for_another_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.new_event_loop()

    def fail(_wake: object) -> None:
        raise RuntimeError("Non-thread-safe operation")

    monkeypatch.setattr(loop, "call_soon_threadsafe", fail)
    with pytest.raises(RuntimeError, match="Non-thread-safe"):
        waking(loop, lambda: None)()
    loop.close()
