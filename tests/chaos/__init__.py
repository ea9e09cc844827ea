"""A whole fleet under traffic while everything is killed at random: a short form in ``make test``, ``make chaos`` at
length."""
