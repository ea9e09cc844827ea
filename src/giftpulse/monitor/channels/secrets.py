"""Secrets inside an action's config: taken out to be encrypted, shown as a mask, kept when the mask comes
back (pure). Which values are secret is the channel's knowledge.
"""

import copy
from collections.abc import Mapping
from typing import Any

from giftpulse.ground.errors import FieldError, InvalidInputError
from giftpulse.monitor.channels.channel import Channel, Path

MASK = "********"


def split_secrets(channel: Channel, config: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The config with ``MASK`` in place of each secret, fit to be stored and shown, and the secrets as JSON
    data (``[{"path": [...], "value": "..."}]``) to be encrypted.
    """
    public = copy.deepcopy(dict(config))
    secrets: list[dict[str, Any]] = []
    for path in channel.secret_paths(config):
        secrets.append({"path": list(path), "value": _get(config, path)})
        _put(public, path, MASK)
    return public, secrets


def join_secrets(public: Mapping[str, Any], secrets: list[dict[str, Any]]) -> dict[str, Any]:
    """The full config again."""
    config = copy.deepcopy(dict(public))
    for secret in secrets:
        _put(config, tuple(secret["path"]), secret["value"])
    return config


def mask(channel: Channel, config: Mapping[str, Any]) -> dict[str, Any]:
    """The config as the API shows it."""
    return split_secrets(channel, config)[0]


def keep_masked(channel: Channel, new: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """What a PUT means: where ``new`` (as sent, still unchecked) has the mask, the secret of ``old`` (the
    full stored config; empty: nothing is known of it) stays. Names of headers are compared without case.

    Raises InvalidInputError where the mask stands for nothing, and where the receiver is another one: else
    whoever may edit an action could have the secrets, which nobody may read, sent to himself.
    """
    moved = bool(old) and channel.destination(new) != channel.destination(old)
    known = {_folded(path): _get(old, path) for path in channel.secret_paths(old)}
    config = copy.deepcopy(dict(new))
    errors: list[FieldError] = []
    for path in channel.secret_paths(new):
        if _get(new, path) != MASK:
            continue
        if moved:
            errors.append(FieldError(".".join(("config", *path)), "must be given again for another receiver"))
        elif _folded(path) in known:
            _put(config, path, known[_folded(path)])
        else:
            errors.append(FieldError(".".join(("config", *path)), "is a mask, but there is no stored value"))
    if errors:
        raise InvalidInputError(*errors)
    return config


def _folded(path: Path) -> Path:
    return tuple(part.lower() for part in path)


def _get(config: Mapping[str, Any], path: Path) -> Any:
    value: Any = config
    for part in path:
        value = value[part]
    return value


def _put(config: dict[str, Any], path: Path, value: Any) -> None:
    inner: Any = config
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
