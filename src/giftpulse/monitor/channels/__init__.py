"""The ways out: what a notice says, one file per kind of action, and what came of an attempt. No database here."""
