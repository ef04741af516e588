"""Signed links of a case: they open without a login, and name nobody."""

from django.core import signing

from privacy.erasure.enums import CaseScope
from privacy.models import ErasureCase

STOP, DONE = "rights.stop", "rights.done"


def stop_token(case: ErasureCase) -> str:
    """Stops the cancellation: stands in the message about it."""
    return signing.dumps(case.code, salt=STOP)


def done_token(case: ErasureCase) -> str:
    """Shows how a cancellation stands."""
    return signing.dumps(case.code, salt=DONE)


def case_of_stop(token: str) -> ErasureCase | None:
    """The case that such a link stops, if the link is ours."""
    return _case(token, STOP)


def case_of_done(token: str) -> ErasureCase | None:
    """The case that such a link shows, if the link is ours."""
    return _case(token, DONE)


def _case(token: str, salt: str) -> ErasureCase | None:
    try:
        code = signing.loads(token, salt=salt)
    except signing.BadSignature:
        return None
    return ErasureCase.objects.filter(code=code, scope=CaseScope.ACCOUNT).first()
