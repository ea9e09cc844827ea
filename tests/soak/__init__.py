"""Long trials of what must never happen: a short form of each runs in ``make test``, the full form in ``make soak``."""
