"""What a rule is: its language, its two written forms, and what is refused when one is saved."""
