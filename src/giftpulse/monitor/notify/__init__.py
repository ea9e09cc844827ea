"""Telling people: what a notice says, through which channel it leaves, and when it is tried again.

Nothing in ``notice``, ``template``, ``outcome``, ``backoff`` and ``channels`` knows the database.
"""
