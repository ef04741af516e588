"""The ledgers under seal: what was written cannot be changed, dropped or put in unnoticed.

A batch takes the entries that no running transaction can still precede, puts their hashes under a
Merkle root and follows from the batch before it. The state of each day is signed and published.
See docs/ledger.md.
"""
