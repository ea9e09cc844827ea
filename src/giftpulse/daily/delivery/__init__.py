"""What became of each text, read from the record."""
