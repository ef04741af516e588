"""News of accounts for the rooms above.

`signed_in`: somebody signed in or signed up. Arguments `user`, `request`. The request's session is
already theirs: its key and its contents of before were carried over.
"""

from django.dispatch import Signal

signed_in = Signal()
