"""Alerts: at most one open for a rule and group, fed while it lasts, resolved when it is quiet."""
