"""Stand-ins for the outside companies, on loopback. See README.md."""
