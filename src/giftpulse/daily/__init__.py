"""The text program: one fresh, positive text a day to each person, in their own window, exactly once."""
