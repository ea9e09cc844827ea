"""What a person's text asks for, and how the person seems to feel: pure readers of text, with their word lists."""
