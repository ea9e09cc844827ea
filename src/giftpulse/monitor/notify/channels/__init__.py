"""The ways out: one file per kind of action, listed in ``registry``."""
