"""Erasure: previewed, hidden at once, undone within a week, then carried out by plan.

`cases` opens, undoes and begins a case; `planning` says what will happen; `running` is the run;
`rows` deals with one table; `parts` erases a part of what is held; `decisions` replays after a
restore.
"""
