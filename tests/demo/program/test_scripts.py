"""What is played: everything that the demo promises, within its first minute, and understood by the program."""

from itertools import islice, takewhile

from giftpulse.daily.inbound.danger import danger_in
from giftpulse.daily.inbound.keywords import decide
from giftpulse.demo.program import crowd, troubles
from giftpulse.simulator.chance import chance


def test_within_twenty_seconds_there_is_one_of_each_act() -> None:
    first = list(takewhile(lambda act: act.at <= 20, crowd.acts(chance(1))))
    kinds = {decide(act.body, None, ["DAILY"]).kind for act in first}
    assert {"join", "stop", "help", "time", "pause", "name", "other"} <= kinds
    assert any(danger_in(act.body) for act in first)


def test_acts_go_on_in_the_order_of_time_and_mean_what_they_say() -> None:
    acts = list(islice(crowd.acts(chance(2)), 300))
    assert [act.at for act in acts] == sorted(act.at for act in acts)
    for act in acts:
        kind = decide(act.body, None, ["DAILY"]).kind
        assert (kind == "stop") == act.means_stop, act
        assert (kind == "join") == (act.who == "stranger"), act


def test_troubles_come_in_the_order_of_time_and_again() -> None:
    some = list(islice(troubles.script(), 40))
    assert [trouble.at for trouble in some] == sorted(trouble.at for trouble in some)
    minute = " ".join(trouble.says for trouble in some if trouble.at < 60)
    for part in ("429", "answers 500", "breaks off", "late", "twice", "spam", "OpenAI goes down", "OpenAI is back"):
        assert part in minute, part
