"""What a person types: one file per group of commands. Nothing is decided here."""
