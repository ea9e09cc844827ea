"""Templates that users write: a bounded, sandboxed subset of Jinja2, fed with plain data only."""
