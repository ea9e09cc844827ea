"""What changes for a person who stays: their name, place, window, language, theme, and pauses."""

from datetime import datetime

from sqlalchemy.orm import Session

from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers.join import CHANGED
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.subscribers.places import Place
from giftpulse.daily.subscribers.placing import put_place, put_window, regroup
from giftpulse.ground.database import announce


def rename(session: Session, subscriber: Subscriber, first_name: str | None, now: datetime) -> None:
    """Another name to be called by; None for none."""
    subscriber.first_name, subscriber.updated_at = first_name, now
    session.flush()


def move(session: Session, subscriber: Subscriber, place: Place, now: datetime) -> None:
    """Another place. What is planned for the one before is planned again, if their day is another one there."""
    put_place(subscriber, place)
    _regrouped(session, subscriber, now)


def set_window(session: Session, subscriber: Subscriber, window: Window | None, now: datetime) -> None:
    """A window of their own, or (None) the program's."""
    put_window(subscriber, window)
    _regrouped(session, subscriber, now)


def set_language(session: Session, subscriber: Subscriber, language: str | None, now: datetime) -> None:
    """Another language; None for the program's."""
    subscriber.language, subscriber.updated_at = language, now
    session.flush()


def set_theme(session: Session, subscriber: Subscriber, theme: str | None, now: datetime) -> None:
    """Another theme; None for the texts that are for everybody."""
    subscriber.theme, subscriber.updated_at = theme, now
    session.flush()


def pause(session: Session, subscriber: Subscriber, until: datetime, now: datetime) -> None:
    """No texts before an instant. The window and the place in it stay."""
    subscriber.paused_until, subscriber.updated_at = until, now
    session.flush()


def resume(session: Session, subscriber: Subscriber, now: datetime) -> None:
    """Go on after a pause, now. Harmless without one."""
    subscriber.paused_until, subscriber.updated_at = None, now
    session.flush()
    announce(session, CHANGED)


def _regrouped(session: Session, subscriber: Subscriber, now: datetime) -> None:
    regroup(session, subscriber)
    subscriber.updated_at = now
    session.flush()
    announce(session, CHANGED)
