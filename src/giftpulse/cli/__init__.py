"""What a person types: one file per group of commands. Nothing is decided here."""

import gc

# Loading the house makes some 200,000 objects that all stay. By default the collector goes over them again and again
# meanwhile, which is a third of the time that a command takes to start.
gc.set_threshold(100_000, 50, 50)
