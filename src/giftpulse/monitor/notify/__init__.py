"""Telling people: what is decided, the outbox of notifications, and the sending that empties it."""
