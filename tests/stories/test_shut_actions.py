"""An action that no key opens: it fails alone, it is shown as what it is, and it can be written anew or deleted."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from giftpulse import timetable
from giftpulse.ground import clock
from giftpulse.ground.secrets import SecretBox
from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.actions.store import NOT_OPENED
from giftpulse.monitor.notify.models import Notification, NotificationAttempt
from tests.receivers import Receiver, receiving
from tests.service import Service, serving
from tests.web import seeded

SECRET = "whsec_" + "A" * 32


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def shut(time: clock.Stopped, site: Site, told: Receiver) -> int:
    """An action locked with a key that is lost; answers its id. Another one, which is fine, comes after it."""
    timetable.enrol(site)  # the key of digests is kept from now on, and no start looks at actions any more
    lost = seeded.action(site, url=told.url, secret=SECRET)
    with site.database.begin() as session:
        locked = SecretBox("a key that is lost, long enough").lock('{"url": "http://127.0.0.1:9/"}')
        session.execute(update(Action).where(Action.id == lost).values(config=locked))
    seeded.action(site, url=told.url)
    return lost


@pytest.fixture
def service(site: Site, shut: int) -> Iterator[Service]:
    with serving(site) as running:
        yield running


def notices(site: Site, action_id: int) -> list[tuple[str, int, str | None]]:
    with site.database.read() as session:
        found = session.scalars(select(Notification).where(Notification.action_id == action_id))
        return [(each.state, each.failures, each.detail) for each in found]


def test_it_holds_up_no_other_and_its_notice_is_given_up_at_last(
    site: Site, shut: int, told: Receiver, time: clock.Stopped
) -> None:
    seeded.rule(site, {**seeded.FULL, "trigger": {"type": "each"}, "clear": None})
    seeded.failures(site, 1)
    seeded.watched(site)
    rounds.notify(site)
    assert told.reasons() == ["alert.firing"], "the other action has told"
    assert notices(site, shut) == [("pending", 1, NOT_OPENED)]
    for _ in range(site.settings.webhook_retry_attempts):
        time.move(hours=1)
        rounds.notify(site)
    assert notices(site, shut) == [("failed", 1 + site.settings.webhook_retry_attempts, NOT_OPENED)]
    with site.database.read() as session:
        tried = select(NotificationAttempt.outcome).join(
            Notification, Notification.id == NotificationAttempt.notification_id
        )
        outcomes = list(session.scalars(tried.where(Notification.action_id == shut)))
        trouble = session.get_one(Action, shut).trouble
    assert set(outcomes) == {"temporary"}
    assert str(trouble).endswith(NOT_OPENED)
    assert told.reasons() == ["alert.firing"]


def test_what_is_written_anew_meanwhile_is_told(site: Site, service: Service, told: Receiver, shut: int) -> None:
    seeded.rule(site, {**seeded.FULL, "trigger": {"type": "each"}, "clear": None})
    seeded.failures(site, 1)
    seeded.watched(site)
    rounds.notify(site)
    answer = service.call("PATCH", f"/api/actions/{shut}", {"config": {"url": told.url, "secret": SECRET}})
    assert answer[0] == 200, answer
    assert (answer[1]["config"]["secret"], answer[1]["trouble"]) == ("********", None)
    with site.database.begin() as session:
        session.execute(update(Notification).values(next_attempt_at=clock.now()))
    rounds.notify(site)
    assert [state for state, _, _ in notices(site, shut)] == ["sent"]
    assert told.reasons() == ["alert.firing"] * 2


def test_it_is_shown_as_what_it_is(service: Service, shut: int) -> None:
    one = service.get(f"/api/actions/{shut}")
    assert (one["config"], one["trouble"], one["enabled"]) == (None, NOT_OPENED, True)
    listed = service.get("/api/actions")["items"]
    assert [each["config"] is None for each in listed] == [False, True]
    assert one == listed[1]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PATCH", "", {"enabled": False}), ("PATCH", "", {"config": None}), ("POST", "/test", None)],
)
def test_what_needs_its_settings_is_refused(service: Service, shut: int, method: str, path: str, body: Any) -> None:
    status, problem = service.call(method, f"/api/actions/{shut}{path}", body)
    assert (status, problem["detail"]) == (409, NOT_OPENED)
    assert notices(service.site, shut) == []


def test_a_mask_stands_for_nothing_there(service: Service, shut: int) -> None:
    config = {"url": seeded.NOWHERE, "secret": "********"}
    status, problem = service.call("PUT", f"/api/actions/{shut}", {"action_type": "webhook", "config": config})
    assert (status, problem["errors"]) == (
        422,
        [{"field": "config.secret", "reason": "is a mask, but there is no stored value"}],
    )


def test_it_is_as_before_when_it_is_written_anew(service: Service, shut: int, told: Receiver) -> None:
    config = {"url": told.url, "secret": SECRET}
    put = service.call("PUT", f"/api/actions/{shut}", {"action_type": "webhook", "config": config})
    assert (put[0], put[1]["enabled"], put[1]["trouble"]) == (200, True, None)
    assert service.post(f"/api/actions/{shut}/test")["delivered"]


def test_nothing_is_left_of_one_that_is_deleted(service: Service, shut: int) -> None:
    for each in service.get("/api/actions")["items"]:
        assert service.call("DELETE", f"/api/actions/{each['id']}")[0] == 204
    with service.site.database.read() as session:
        assert list(session.scalars(select(Action.config))) == ["", ""]
