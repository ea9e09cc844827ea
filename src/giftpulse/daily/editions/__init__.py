"""What is said: the library of texts, and what a text must be before it may go out."""
