"""All rules as one matcher, and the sliding windows behind thresholds. Pure: no database, no clock."""
