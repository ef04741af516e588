"""Refusals of erasure: a code for programs, a sentence for people."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from common.errors import RuleError
from privacy.registry import Blocker


class ErasureError(RuleError):
    """Base of the refusals below."""


class PlanChanged(ErasureError):
    """What would be erased is not what the person saw."""

    def __init__(self) -> None:
        super().__init__(
            "plan_changed",
            _("Something changed since you saw this page. Please look at it once more."),
        )


class MustWait(ErasureError):
    """The person can and must do something first; `blockers` say what."""

    def __init__(self, blockers: Sequence[Blocker]) -> None:
        super().__init__("must_wait", _("Something has to be settled first."))
        self.blockers = list(blockers)


class TooLateToUndo(ErasureError):
    """The erasure has begun, or was taken back before."""

    def __init__(self) -> None:
        super().__init__(
            "too_late",
            _("This can no longer be taken back: it has begun, or it was taken back already."),
        )


class NothingThere(ErasureError):
    """There is nothing of this kind, or it is gone already."""

    def __init__(self) -> None:
        super().__init__("nothing_there", _("There is nothing to delete here any more."))


class Held(ErasureError):
    """A hold keeps it."""

    def __init__(self) -> None:
        super().__init__(
            "held",
            _("This must be kept for now, because of a dispute or an order by an authority."),
        )
