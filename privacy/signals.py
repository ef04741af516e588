"""News of the privacy engine for the rooms above. Each is sent in the transaction of the deed.

`account_hidden` (`case`): a person asked to be erased. Whatever shows or lets in this person stops.
`account_shown` (`case`): they took it back.
`blockers_due` (`subject`): an erasure waits for what is not in the person's hands; end what can be
ended. Sent outside a transaction, again and again until nothing blocks; must do no harm twice.
`erasure_begins` (`case`): the first step of the erasure, before anything goes. Keep what must be
known afterwards; may be sent twice.
`erasure_ended` (`case`): everything is done.
`part_erased` (`case`): a part of what is held about somebody is gone.
"""

from django.dispatch import Signal

account_hidden = Signal()
account_shown = Signal()
blockers_due = Signal()
erasure_begins = Signal()
erasure_ended = Signal()
part_erased = Signal()
