"""Who gets which instant: windows, quiet hours, and the place of each person inside of both. All of it is pure."""
