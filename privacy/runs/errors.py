"""What runs and their handlers may raise."""


class UnknownKind(LookupError):
    """Nobody declared a run of this kind."""


class Superseded(Exception):
    """Somebody else took the run, or it was cancelled: what this worker did is rolled back."""


class HeldBack(Exception):
    """A handler will not go on with its part before an operator confirmed it."""


class NotCancellable(Exception):
    """This kind may not be stopped half-way, or the run has ended already."""


class NotWaiting(Exception):
    """There is nothing here that waits for a confirmation."""
