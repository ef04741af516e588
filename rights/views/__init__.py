"""Pages on which people run their own data."""
