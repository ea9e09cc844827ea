"""Chance that repeats itself: the same for the same seed, whatever happened in between."""

import random


def chance(*of: object) -> random.Random:
    """The dice that belong to these values, such as a seed and a SID."""
    return random.Random(":".join(map(str, of)))  # noqa: S311 - dice, not keys
