"""Metrics of the whole installation, asked from the database: true whichever process is scraped."""
