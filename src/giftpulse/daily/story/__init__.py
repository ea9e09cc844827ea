"""The parts of a person's story (``daily/why.py``): each tells lines of one kind."""
