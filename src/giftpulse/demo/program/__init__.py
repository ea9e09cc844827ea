"""The daily half in the demo: a program with people around the world, and everything that can happen to it."""
