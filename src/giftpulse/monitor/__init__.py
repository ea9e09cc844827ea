"""The monitor: rules over the record, and what follows from a match."""
