"""A person asks for a copy of their data; they are told everywhere, and can stop a stranger."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import devices, identifiers
from notices.services import send
from privacy.export import asking
from privacy.models import ExportPackage
from rights.messages import EXPORT_ASKED, EXPORT_TAKEN

SALT = "rights.export"


def waits_until(user: User, session_key: str) -> datetime | None:
    """Until when a copy that is asked for now must wait; None when it is begun at once.

    After a changed identifier, or on a device that is new to the account, its owner gets the time
    to notice.
    """
    now = timezone.now()
    ends = [
        at + settings.EXPORT_WAIT
        for at in identifiers.changed_since(user, now - settings.EXPORT_WAIT).values()
    ]
    if timedelta(0) < settings.EXPORT_DEVICE_WAIT:
        first = devices.new_device_since(user, session_key, now - settings.EXPORT_DEVICE_WAIT)
        if first is not None:
            ends.append(first + settings.EXPORT_DEVICE_WAIT)
    return max(ends, default=None)


def ask(
    user: User, *, language: str, with_files: bool, session_key: str
) -> tuple[ExportPackage, bool]:
    """Ask for a copy, and tell the person on every channel; the copy, and whether it is new."""
    with transaction.atomic():
        package, is_new = asking.ask(
            user,
            language=language,
            with_files=with_files,
            not_before=waits_until(user, session_key),
        )
        if is_new:
            send(
                EXPORT_ASKED.code,
                to=user,
                context={"code": package.code, "token": stop_token(package)},
                once=package.code,
            )
    return package, is_new


def note_taken(user: User, package: ExportPackage) -> None:
    """Write down that a copy was fetched, and tell the person: once for each day of fetching."""
    with transaction.atomic():
        asking.note_taken(package, actor=user)
        send(
            EXPORT_TAKEN.code,
            to=user,
            context={"code": package.code, "token": stop_token(package)},
            once=f"{package.code}-{timezone.localdate()}",
        )


def stop_token(package: ExportPackage) -> str:
    """What stands in the link “it was not me”: signed."""
    return signing.dumps(package.code, salt=SALT)


def package_of_token(token: str) -> ExportPackage | None:
    """The copy that such a link names, if the link is ours and not too old."""
    try:
        code = signing.loads(token, salt=SALT, max_age=settings.CHANGE_STOPPABLE_FOR)
    except signing.BadSignature:
        return None
    return ExportPackage.objects.filter(code=code).first()


def stop(package: ExportPackage) -> bool:
    """It was not them: take the copy back and lock the account; whether the account is there."""
    user = User.objects.filter(subject=package.subject).first()
    if user is None:
        return False
    # Too late for the copy is not too late for the account.
    asking.discard(package)
    identifiers.freeze(user)
    return True
