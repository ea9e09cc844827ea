"""Actions: what is done when a rule's alert opens or resolves, and to whom."""
