"""What a simulator is told at its start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ACCOUNT_SID = "AC" + "5e" * 16
AUTH_TOKEN = "simulated-auth-token"  # noqa: S105 - it opens nothing but a simulator on loopback
MARKETING = "MG" + "3a" * 16
REMINDERS = "MG" + "7c" * 16


@dataclass(frozen=True, slots=True)
class SimulatedAccount:
    """An account that may sign in. ``parent``: the SID of the account that this is a sub-account of."""

    sid: str = ACCOUNT_SID
    token: str = AUTH_TOKEN
    parent: str | None = None
    friendly_name: str = "Simulated account"
    # API key SID -> secret. As at Twilio, a key reaches its own account only, and never signs a webhook.
    keys: Mapping[str, str] = field(default_factory=dict)
    # API key SID -> all that it may do (``permissions.py``). Keys that are not in here may do everything.
    permissions: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Where Twilio is told to call. None: nowhere.

    ``status`` is the callback of every messaging service and of the traffic; a message's own StatusCallback wins.
    ``numbers``: those that have an address of their own for inbound messages, which counts where their service leaves
    it to them. ``inbound_method`` is what numbers and services tell; letters are posted all the same.
    """

    inbound: str | None = None
    status: str | None = None
    debugger: str | None = None
    events: str | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)
    inbound_method: Literal["POST", "GET"] = "POST"


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """``speed``: how many seconds of a message's life pass in a second of ours; 0 stands still until advanced.

    ``dates``: with ``real``, records are dated by our clock, however fast their lives are, so that a monitor with
    an ordinary clock can believe them; with ``virtual``, the dates run at ``speed`` as well.
    """

    accounts: tuple[SimulatedAccount, ...] = (SimulatedAccount(),)
    # Messaging service SID -> its senders. Any other well-formed service is taken, with a pool made up for it.
    services: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            MARKETING: ("+12065550111", "+12065550112", "+12065550113"),
            REMINDERS: ("+13125550121",),
        }
    )
    # Services that leave it to their numbers where inbound messages go.
    deferring: frozenset[str] = frozenset()
    webhooks: Webhooks = Webhooks()
    speed: float = 1.0
    seed: int = 1
    dates: Literal["real", "virtual"] = "real"
    # Memory is bounded: beyond these the oldest records are forgotten.
    keep_messages: int = 100_000
    keep_calls: int = 20_000
    keep_alerts: int = 20_000
    # Inbound webhooks say OptOutType for numbers in a messaging service (Advanced Opt-Out).
    advanced_opt_out: bool = True
    # A webhook of ours that fails raises a Monitor alert, as it does at Twilio.
    webhook_alerts: bool = True
