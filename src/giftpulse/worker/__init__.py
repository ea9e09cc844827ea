"""The rounds on many machines: ``giftpulse worker`` and ``giftpulse beat``, or ``celery -A giftpulse.worker``.

Redis carries ticks and wake-ups, which may be lost; all that must not be lost is in Postgres. docs/many.md tells how.
"""
