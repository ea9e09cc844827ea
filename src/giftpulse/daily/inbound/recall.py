"""The words of texts that the record must not keep (``STORE_BODIES=false``) and whose webhook was lost."""

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from giftpulse.ground.site import Site
from giftpulse.twilio.accounts import Account, account_of
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import MESSAGES, MessageRecord
from giftpulse.twilio.rest import TwilioRest

log = logging.getLogger(__name__)


def recall(site: Site, sids: Sequence[str]) -> dict[str, str]:
    """The texts of these messages, asked from Twilio, one by one. Missing: those that could not be had now; a text that
    Twilio has no longer is empty. No database may be open meanwhile."""
    account = account_of(site.settings)
    if account is None or not sids:
        return {}
    return asyncio.run(_ask(site, account, sids))


async def _ask(site: Site, account: Account, sids: Sequence[str]) -> dict[str, str]:
    async with TwilioRest(account, site.settings) as rest:
        found = await asyncio.gather(*(_one(rest, sid) for sid in sids))
    return {sid: body for sid, body in zip(sids, found, strict=True) if body is not None}


async def _one(rest: TwilioRest, sid: str) -> str | None:
    try:
        raw = await rest.fetch(MESSAGES, sid)
        return "" if raw is None else msgspec.json.decode(raw, type=MessageRecord).body or ""
    except (TwilioError, msgspec.MsgspecError) as error:
        log.warning("the words of a text could not be had", extra={"message_sid": sid, "reason": str(error)})
        return None
