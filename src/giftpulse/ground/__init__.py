"""The ground floor: settings, clock, database, errors, keys. It knows nothing of texts, logs or alerts."""
