"""The outbox: one row for each person and local date, planned, gated and sent exactly once."""
