"""A neighbour that does not answer: said once when it begins, and once when it is over, however often we ask."""

import logging

log = logging.getLogger(__name__)


class Outage:
    """Whether ``who`` (Redis, the database) answers at present."""

    def __init__(self, who: str, costs: str) -> None:
        self._who, self._costs = who, costs
        self._lasts = False

    def goes_on(self, error: Exception) -> None:
        """It did not answer."""
        if not self._lasts:
            log.warning("%s does not answer: %s", self._who, self._costs, extra={"reason": type(error).__name__})
        self._lasts = True

    def is_over(self) -> None:
        """It answered."""
        if self._lasts:
            log.info("%s answers again", self._who)
        self._lasts = False
