"""Programs: what is sent, from whom, when, and who may stop it."""
