"""A copy of everything that the mall holds about one person, to read, to keep and to take along.

A copy is made by a run, a table at a time. What is written lies sealed, in parts, under a key of
the copy's own; the ZIP is made while it is fetched, from those parts. Nothing is called ready
before all of it was read again.
"""
