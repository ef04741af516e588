"""Keys are exchanged for new ones while people shop: the master key, people's keys, blind indexes.

Each is a run, and goes on after whatever stopped it. See docs/keyring.md.
"""
