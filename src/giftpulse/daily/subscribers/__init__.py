"""The people of the program: where they are and how we know it, and what they agreed to."""
