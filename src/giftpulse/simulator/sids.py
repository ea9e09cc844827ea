"""SIDs that look like Twilio's and are the same for the same seed."""

from collections import Counter
from hashlib import blake2b


class Sids:
    """Two letters and 32 hex digits; the n-th of each kind depends on nothing but the seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._made: Counter[str] = Counter()

    def new(self, prefix: str) -> str:
        """The next SID of a kind: ``SM``, ``MM``, ``CA``, ``NO``, ``EZ``."""
        self._made[prefix] += 1
        return made_up(prefix, self._seed, self._made[prefix])


def made_up(prefix: str, *of: object) -> str:
    """The SID that belongs to these values."""
    text = ":".join(map(str, of))
    return prefix + blake2b(text.encode(), digest_size=16, person=prefix.encode()).hexdigest()
