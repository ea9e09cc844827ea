"""Windows, held against a list of all events and a count by hand."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from giftpulse.monitor.matching import windows
from giftpulse.monitor.matching.windows import Window
from giftpulse.monitor.rules.language import Clear, Each, Threshold

MINUTE = 60_000


@dataclass
class Naive:
    """Keeps every event that came in time, and counts them one by one."""

    count: int
    length: int
    events: list[int] = field(default_factory=list)

    def add(self, times: list[int]) -> tuple[int | None, int]:
        """When a window with a new event first held enough, and how many came too late."""
        horizon = max(self.events) - self.length if self.events else -(10**9)
        new = [time for time in times if time > horizon]
        self.events += new
        crossings = [end for end in self.events if self._crosses(end, new)]
        return min(crossings, default=None), len(times) - len(new)

    def _crosses(self, end: int, new: list[int]) -> bool:
        inside = self.held(end)
        return len(inside) >= self.count and any(end - self.length < time <= end for time in new)

    def held(self, now: int) -> list[int]:
        return [time for time in self.events if now - self.length < time <= now]


batches = st.lists(st.lists(st.integers(0, 60), max_size=8), min_size=1, max_size=8)


@settings(max_examples=500, deadline=None)
@given(st.integers(1, 6), st.integers(1, 25), batches)
def test_a_window_is_crossed_exactly_when_enough_events_fall_into_it(
    count: int, length: int, arrivals: list[list[int]]
) -> None:
    window, naive = Window(count, length), Naive(count, length)
    for times in arrivals:
        known, newest = len(naive.events), max(naive.events, default=0)
        # The state goes to bytes and back between batches, as it does between rounds.
        window = Window.from_bytes(window.to_bytes(), count, length)
        added, (expected, late) = window.add(times), naive.add(times)
        assert bool(added) is (expected is not None)
        assert added.late == late
        if added.crossed_at is not None and expected is not None:
            assert added.crossed_at >= expected
            if known <= count or all(time >= newest for time in times):
                assert added.crossed_at == expected
        kept = max(count, 2 * count - 3)
        assert window.times == sorted(naive.events)[-kept:]


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 6), st.integers(1, 25), batches, st.integers(0, 100))
def test_the_count_is_exact_below_the_threshold_from_the_newest_event_on(
    count: int, length: int, arrivals: list[list[int]], wait: int
) -> None:
    window, naive = Window(count, length), Naive(count, length)
    for times in arrivals:
        window.add(times)
        naive.add(times)
    now = max(naive.events, default=0) + wait
    assert window.count_at(now) == min(len(naive.held(now)), count)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 6), st.integers(1, 25), batches, st.data())
def test_a_window_is_quiet_from_the_first_instant_after_which_it_stays_below(
    count: int, length: int, arrivals: list[list[int]], data: st.DataObject
) -> None:
    below = data.draw(st.integers(1, count))
    window, naive = Window(count, length), Naive(count, length)
    for times in arrivals:
        window.add(times)
        naive.add(times)
    since = window.quiet_since(below)
    newest = max(naive.events, default=0)
    loud = [now for now in range(newest + length + 1) if len(naive.held(now)) >= below]
    if since is None:
        assert len(naive.events) < below
    elif since > newest:
        assert since == max(loud) + 1
    else:
        assert all(now < since for now in loud if now >= newest)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 6), st.integers(1, 25), st.integers(0, 80), batches)
def test_with_grace_what_crosses_did_hold_enough_and_nothing_is_missed_within_the_window(
    count: int, length: int, grace: int, arrivals: list[list[int]]
) -> None:
    window, strict, everything = Window(count, length), Window(count, length), Naive(count, 10_000)
    for times in arrivals:
        everything.add(times)
        added, without = window.add(times, grace), strict.add(times)
        assert added.late <= without.late
        assert added or not without
        if added.crossed_at is not None:
            near = [time for time in everything.events if 0 <= added.crossed_at - time < length]
            assert len(near) >= count


stretches = st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=30), min_size=1, max_size=6)
"""Gaps between neighbours in time, cut into the stretches in which they come."""


@settings(max_examples=300, deadline=None)
@given(st.integers(2, 5), st.integers(1, 60), stretches, st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_history_in_stretches_newest_first_crosses_exactly_when_enough_events_fall_into_a_window(
    count: int, length: int, gaps: list[list[int]], between: list[int]
) -> None:
    now, everything, crossed = 10**6, Naive(count, length), False
    window, at = Window(count, length, [now]), now - 10_000
    everything.events.append(now)
    with pytest.MonkeyPatch.context() as small:
        small.setattr(windows, "_LEAST_SEAMS", 0)
        for stretch, live in zip(gaps, between, strict=False):
            times = [at := at - gap for gap in stretch]
            # What happens meanwhile comes as it happens.
            for some in (times, [now := now + length for _ in range(live)]):
                window = Window.from_bytes(window.to_bytes(), count, length)
                crossed |= bool(window.add(some, grace=10**6))
                everything.events += some
            assert len(window.to_bytes()) < 8 * 6 * count
    assert crossed is any(len(everything.held(end)) >= count for end in everything.events)


def test_a_burst_across_two_stretches_of_thousands_is_seen_whichever_comes_first() -> None:
    newer = [10_000_000 + 60_000 * i for i in range(4000)]
    older = [10_000_000 - 60_000 * i for i in range(1, 4000)]
    burst = [10_000_000 - i for i in range(1, 10)]
    for stretches_of_time in ([newer + burst[:4], burst[4:] + older], [burst[4:] + older, newer + burst[:4]]):
        window = Window(9, 5_000, [10**9])
        first, second = (bool(window.add(some, grace=10**9)) for some in stretches_of_time)
        assert (first, second) == (False, True)


def test_ten_within_five_minutes() -> None:
    window = Window.of(Threshold(10, timedelta(minutes=5)))
    assert not window.add([minute * MINUTE // 2 for minute in range(9)])
    assert window.add([9 * MINUTE // 2]).crossed_at == 9 * MINUTE // 2


def test_an_event_that_is_exactly_as_old_as_the_window_is_long_has_left_it() -> None:
    window = Window(2, 1_000)
    assert not window.add([0, 1_000])
    assert window.count_at(1_000) == 1
    assert window.add([1_999])


def test_events_that_arrive_out_of_order_count() -> None:
    window = Window(3, 1_000)
    assert not window.add([900])
    assert not window.add([100])
    assert window.add([500]).crossed_at == 900


def test_an_event_that_is_too_late_counts_for_nothing() -> None:
    window = Window(2, 1_000, [10_000])
    added = window.add([8_000, 8_001])
    assert not added
    assert added.late == 2
    assert window.times == [10_000]


def test_a_burst_that_arrives_after_newer_events_is_seen_within_the_grace() -> None:
    window = Window(3, 1_000, [10_000])
    added = window.add([5_000, 5_100, 5_200], grace=15_000)
    assert added.crossed_at == 5_200
    assert window.times == [5_100, 5_200, 10_000]


def test_a_thousand_failures_cross_again_and_again_while_they_last() -> None:
    window = Window(10, 5 * MINUTE)
    crossed = [bool(window.add([start * 100 + i for i in range(10)])) for start in range(100)]
    assert all(crossed)
    assert len(window.times) == 17


def test_an_alert_clears_when_enough_events_have_left_the_window_for_long_enough() -> None:
    window = Window(3, 5 * MINUTE, [0, MINUTE, 2 * MINUTE])
    assert window.quiet_since(3) == 5 * MINUTE
    assert window.quiet_since(1) == 7 * MINUTE
    assert window.clears_at(Clear(3, timedelta(0))) == 5 * MINUTE
    assert window.clears_at(Clear(2, timedelta(minutes=10))) == 16 * MINUTE
    assert Window(3, 5 * MINUTE, [0]).clears_at(Clear(2, timedelta(minutes=10))) is None


def test_each_crosses_on_every_event_and_none_is_late() -> None:
    window = Window.of(Each(("to",)))
    assert window.add([5_000, 4_000]).crossed_at == 4_000
    assert window.add([1_000]).crossed_at == 1_000
    assert window.times == [5_000]
    assert not window.add([])
    assert window.clears_at(Clear(1, timedelta(minutes=10))) == 5_000 + 10 * MINUTE
    assert Window.of(Each(), window.to_bytes()).times == [5_000]


def test_the_state_outlives_a_change_of_the_rule() -> None:
    state = Window(5, 1_000, [1, 2, 3, 4, 5]).to_bytes()
    assert Window.from_bytes(state, 2, 1_000).times == [4, 5]
    assert Window.from_bytes(state, 9, 1_000).times == [1, 2, 3, 4, 5]
    assert len(state) == 5 * 8
    assert Window.from_bytes(b"", 3, 1_000).times == []


def test_a_broken_state_is_refused() -> None:
    with pytest.raises(ValueError, match="64-bit"):
        Window.from_bytes(b"1234567", 3, 1_000)
