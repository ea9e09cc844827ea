"""Metrics for Amazon CloudWatch: once a minute, as lines on standard output. The few that alarms and scaling need."""
