"""Phone numbers: E.164 by ``phonenumbers``, the country of a number, and masking for logs."""

import re
from functools import lru_cache

import phonenumbers

from giftpulse.ground.errors import InvalidInputError

# With a plus sign: seven digits or more, perhaps with common punctuation. Without: ten to fifteen in one run, or ten as
# they are written in the US, (555) 123-4567; and never part of a longer word, so that SIDs, hashes, dates and prices
# stay readable. The letters of an escape in an address (%3D, or %253D in an address within an address) are no word.
_NUMBER = re.compile(
    r"(?:(?<![\w.])|(?<=%[0-9A-F]{2})|(?<=%25[0-9A-F]{2}))"
    r"(?:(?:\+|%2B|%252B)\d(?:[ ().-]{0,2}\d){6,14}|\d{10,15}|(?:1[ .-]?)?\d{3}([ .-])\d{3}\1\d{4})(?!\w)"
    r"|(?:(?<![\w.])1[ .-]?)?\(\d{3}\)[ .-]?\d{3}[ .-]?\d{4}(?!\w)",
    re.IGNORECASE,
)
_PUNCTUATION = str.maketrans("", "", " ().-")


def normalise(text: str, field: str = "phone", region: str | None = None) -> str:
    """E.164 form of a number a person typed. Raises :class:`InvalidInputError` at ``field``."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise InvalidInputError.at(field, "expected a phone number with country code, such as +15551234567") from None
    if not phonenumbers.is_possible_number(number):
        raise InvalidInputError.at(field, "this is not a possible phone number (wrong number of digits)")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=65536)
def country(number: str | None) -> str | None:
    """ISO 3166 code of the number's country (``US``), or None for short codes, names and nonsense."""
    if not number or not number.startswith("+"):
        return None
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed)
    if (
        region is None and parsed.country_code
    ):  # not (yet) a number that is in use: the calling code still tells the country
        region = phonenumbers.region_code_for_country_code(parsed.country_code)
    return region if region and region.isalpha() and region != "ZZ" else None


def mask(number: str | None) -> str:
    """``+15551234567`` as ``+1555•••4567``: enough to recognise, too little to dial."""
    if not number:
        return ""
    return f"{number[:-7]}•••{number[-4:]}" if len(number) > 9 else "•••" + number[-2:]


def mask_all(text: str) -> str:
    """A text with every phone number in it masked."""
    return _NUMBER.sub(lambda match: mask(match.group().translate(_PUNCTUATION)), text)
