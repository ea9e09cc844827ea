"""What operators ask across the rooms of the daily half: why, what if, all of it, none of it."""
