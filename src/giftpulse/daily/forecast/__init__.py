"""The parts of a dry run (``daily/simulate.py``): who, which text, at what price, and how fast."""
