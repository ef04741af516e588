"""News of copies for the rooms above.

`export_ended`: a copy is ready, ready in part, or failed. Argument `package`. Told by a job until
nobody raises, so a receiver may hear it twice.
"""

from django.dispatch import Signal

export_ended = Signal()
