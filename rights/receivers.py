"""What people are told when the privacy engine did something for them."""

import json
from typing import Any

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.contrib.auth import get_user_model
from django.dispatch import receiver
from django.utils import timezone

from accounts.signals import signed_in
from notices.addresses import addresses_of
from notices.enums import Channel
from notices.services import send, send_to_address
from privacy import keyring
from privacy.erasure.enums import CaseReason
from privacy.export.enums import TAKEABLE, ExportState
from privacy.export.signals import export_ended
from privacy.models import ErasureCase, ExportPackage
from privacy.receipts import codes
from privacy.signals import account_hidden, account_shown, erasure_begins, erasure_ended
from rights import dormancy, links
from rights.messages import (
    CANCEL_ASKED,
    CANCEL_UNDONE,
    DORMANT_CLOSED,
    EXPORT_FAILED,
    EXPORT_READY,
    FAREWELL,
)

PURPOSE = "rights.farewell"


def _person(case: ErasureCase) -> Any:
    return get_user_model()._default_manager.filter(subject=case.subject).first()


@receiver(signed_in)
def on_signed_in(user: Any, **_kwargs: Any) -> None:
    """Whoever signs in uses the account: no further warning, and no closing."""
    dormancy.used_again(user.subject)


@receiver(account_hidden)
def on_account_hidden(case: ErasureCase, **_kwargs: Any) -> None:
    """Told on every channel, with a link that stops it."""
    person = _person(case)
    if person is not None:
        until = timezone.localtime(case.erase_after).date().isoformat()
        if case.reason == CaseReason.DORMANT:
            unused: dict[str, str | int] = {"until": until, "years": settings.DORMANT_YEARS}
            send(DORMANT_CLOSED.code, to=person, context=unused, once=case.code)
            return
        context = {"until": until, "token": links.stop_token(case)}
        send(CANCEL_ASKED.code, to=person, context=context, once=case.code)


@receiver(account_shown)
def on_account_shown(case: ErasureCase, **_kwargs: Any) -> None:
    """Told on every channel too."""
    dormancy.let_stay(case.subject)
    person = _person(case)
    if person is not None:
        send(CANCEL_UNDONE.code, to=person, context={}, once=case.code)


@receiver(erasure_begins)
def on_erasure_begins(case: ErasureCase, **_kwargs: Any) -> None:
    """Remember, sealed, where the last message goes: when all is done nobody knows any more."""
    person = _person(case)
    if person is None:
        return
    found = addresses_of(person)
    if not (found.email or found.phone):
        return
    content = {"email": found.email, "phone": found.phone, "language": found.language}
    sealed = keyring.seal_bytes(PURPOSE, json.dumps(content).encode(), bound_to=case.code)
    ErasureCase.objects.filter(pk=case.pk).update(farewell=sealed)


def _receipt_of(case: ErasureCase) -> str:
    """The end of the address at which the receipt is read."""
    return f"{case.receipt_code}/{codes.secret_of(case.receipt_code)}" if case.receipt_code else ""


@receiver(erasure_ended)
def on_erasure_ended(case: ErasureCase, **_kwargs: Any) -> None:
    """The last message, under a name of its own; it goes a week later."""
    if case.farewell is None:
        return
    try:
        plain = keyring.open_bytes(PURPOSE, bytes(case.farewell), bound_to=case.code)
    except InvalidTag:
        return
    found = json.loads(plain)
    for channel, name in ((Channel.EMAIL, "email"), (Channel.SMS, "phone")):
        if found[name]:
            send_to_address(
                FAREWELL.code,
                channel=channel,
                address=found[name],
                language=found["language"],
                context={"code": case.code, "receipt": _receipt_of(case)},
                once=case.code,
            )


@receiver(export_ended)
def tell_about_copy(package: ExportPackage, **_kwargs: Any) -> None:
    """A copy is ready or failed; the person may be gone by now."""
    user = get_user_model()._default_manager.filter(subject=package.subject, is_active=True).first()
    if user is None:
        return
    if package.state in TAKEABLE:
        context: dict[str, str | int] = {
            "code": package.code,
            "days": settings.EXPORT_KEPT_FOR.days,
            "is_partial": int(package.state == ExportState.PARTIAL),
        }
        send(EXPORT_READY.code, to=user, context=context, once=package.code)
    elif package.state == ExportState.FAILED:
        send(EXPORT_FAILED.code, to=user, context={"code": package.code}, once=package.code)
