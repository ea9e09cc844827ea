"""The heartbeat: while all is well, an address outside hears of it. When it hears nothing, somebody there tells.

What watches from within cannot tell that it has died. A service outside that expects a request a minute can.
"""

import asyncio
import logging
from collections.abc import Sequence

from aiohttp import ClientError

from giftpulse import checkup
from giftpulse.checkup import Expected
from giftpulse.ground import egress
from giftpulse.ground.addresses import parse_networks
from giftpulse.ground.egress import AddressRefusedError, Reach
from giftpulse.ground.errors import GiftPulseError, InvalidInputError
from giftpulse.ground.site import Site

log = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds that the other side may take."""


class HeartbeatError(GiftPulseError):
    """The heartbeat did not arrive. Says why, and not to which address: who knows that one could beat for us."""

    title = "The heartbeat did not arrive"


def beat(site: Site, expected: Sequence[Expected]) -> bool:
    """Say that all is well, if it is, and if somebody is to be told. Nothing is ever waiting. Raises HeartbeatError."""
    url = site.settings.heartbeat_url
    if url is None or not url.get_secret_value():
        return False
    report = checkup.examine(site, expected)
    if report.status == "ok":
        asyncio.run(_say(url.get_secret_value(), ",".join(site.settings.webhook_allowed_networks)))
    else:
        log.warning("something is wrong, so there is no heartbeat", extra={"problems": report.problems})
    return False


async def _say(url: str, allowed: str) -> None:
    reach = Reach(parse_networks(allowed), timeout=TIMEOUT)
    try:
        answer = await egress.exchange("GET", url, b"", {}, reach)
    except AddressRefusedError as error:
        raise HeartbeatError(f"the heartbeat could not be sent: {error}") from None
    except InvalidInputError:
        raise HeartbeatError("HEARTBEAT_URL: its address is not one that we may speak to") from None
    except (ClientError, OSError, TimeoutError) as error:
        raise HeartbeatError(f"the heartbeat could not be sent: {type(error).__name__}") from None
    if not 200 <= answer.status < 300:
        raise HeartbeatError(f"the heartbeat was answered with {answer.status}")
