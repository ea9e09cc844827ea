"""What could be wrong with an installation: checks that look, explain and say how to mend; they change nothing."""
