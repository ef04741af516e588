"""What people do with their own data."""
