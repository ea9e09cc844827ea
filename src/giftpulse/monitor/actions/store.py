"""Actions kept and asked for. A configuration is checked by its channel, stored encrypted, and shown masked."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from giftpulse.ground.addresses import parse_networks
from giftpulse.ground.errors import ConflictError, FieldError, InvalidInputError, NotFoundError, SettingsError
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.models import FORGOTTEN, Action
from giftpulse.monitor.channels.registry import channel_for
from giftpulse.monitor.channels.secrets import keep_masked, mask
from giftpulse.monitor.rules.models import Rule

NOT_OPENED = "no key opens the settings of this action: write them anew"


def create(session: Session, site: Site, data: Mapping[str, Any], now: datetime) -> Action:
    """Make an action. Raises InvalidInputError for an unknown rule, type or a config that cannot work."""
    action = Action(created_at=now, updated_at=now)
    _put(session, site, action, data, data["config"])
    session.add(action)
    session.flush()
    return action


def change(session: Session, site: Site, action_id: int, data: Mapping[str, Any], now: datetime) -> Action:
    """Replace an action's fields. A masked secret that comes back keeps its value. Raises ConflictError where the
    configuration shall stay (None), and no key opens it."""
    action = get(session, action_id)
    config = data["config"]
    if config is None:
        raise ConflictError(NOT_OPENED)
    if data["action_type"] == action.action_type:
        config = keep_masked(channel_for(action.action_type), config, config_of(site, action) or {})
    _put(session, site, action, data, config)
    action.updated_at, action.trouble = now, None
    session.flush()
    return action


def delete(session: Session, action_id: int, now: datetime) -> None:
    """Take an action out of service, and forget its configuration. What was told through it stays in the history."""
    action = get(session, action_id)
    action.deleted_at, action.enabled, action.config = now, False, FORGOTTEN


def get(session: Session, action_id: int) -> Action:
    """An action that is not deleted. Raises NotFoundError."""
    action = session.scalar(listed().where(Action.id == action_id))
    if action is None:
        raise NotFoundError(f"there is no action {action_id}")
    return action


def listed() -> Select[Action]:
    """All actions that are not deleted, and whose rule is not."""
    alive = or_(Action.rule_id.is_(None), Rule.deleted_at.is_(None))
    return select(Action).outerjoin(Rule, Rule.id == Action.rule_id).where(Action.deleted_at.is_(None), alive)


def config_of(site: Site, action: Action) -> dict[str, Any] | None:
    """The whole configuration, secrets and all: for sending, never for showing. None where no key of ours opens it, and
    where it was given up for that reason (`relock.py`)."""
    try:
        config: dict[str, Any] = json.loads(site.box.unlock(action.config))
    except SettingsError:
        return None
    return config or None


def shown_config(site: Site, action: Action) -> dict[str, Any] | None:
    """The configuration as the API shows it; None where no key of ours opens it."""
    config = config_of(site, action)
    return mask(channel_for(action.action_type), config) if config is not None else None


def _put(session: Session, site: Site, action: Action, data: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    errors: list[FieldError] = []
    rule_id = data.get("rule_id")
    there = select(Rule.id).where(Rule.id == rule_id, Rule.deleted_at.is_(None))
    if rule_id is not None and session.scalar(there) is None:
        errors.append(FieldError("rule_id", f"there is no rule {rule_id}"))
    try:
        channel = channel_for(data["action_type"])
        checked = channel.check(config, parse_networks(",".join(site.settings.webhook_allowed_networks)))
    except InvalidInputError as error:
        raise InvalidInputError(*errors, *error.errors) from None
    if errors:
        raise InvalidInputError(*errors)
    action.rule_id, action.action_type, action.enabled = rule_id, data["action_type"], data["enabled"]
    action.name = data.get("name") or data["action_type"]
    action.config = site.box.lock(json.dumps(checked))
