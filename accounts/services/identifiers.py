"""Change what a person signs in with, tell them, and put it back when it was not them."""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import ChangeState, IdentifierKind
from accounts.errors import ChangeOver, IdentifierTaken
from accounts.messages import CHANGE_STOPPED, IDENTIFIER_CHANGED, IDENTIFIER_LOST
from accounts.models import IdentifierChange, Phone, User
from accounts.queries import verified_email_of, verified_phone_of
from accounts.services.devices import end_sessions
from accounts.services.registering import give_email, give_phone
from common.masking import mask_email, mask_phone
from notices.enums import Channel
from notices.services import send, send_to_address
from privacy import audit
from privacy.enums import Action

SALT = "accounts.stop"
CHANNELS = {IdentifierKind.PHONE: Channel.SMS, IdentifierKind.EMAIL: Channel.EMAIL}


def masked(kind: IdentifierKind, value: str) -> str:
    """The identifier as it may stand in a message to somebody else."""
    return mask_phone(value) if kind == IdentifierKind.PHONE else mask_email(value)


def identifier_of(user: User, kind: IdentifierKind) -> str | None:
    """The account's proved phone number or e-mail address."""
    return verified_phone_of(user) if kind == IdentifierKind.PHONE else verified_email_of(user)


def change_identifier(user: User, kind: IdentifierKind, value: str) -> IdentifierChange:
    """Give the account a proved identifier in place of the old one, which is told.

    The message to the old one holds a link that puts it back. An identifier that takes no old
    one's place is told to the account's other identifier, with the same link. Raises
    `IdentifierTaken`.
    """
    now = timezone.now()
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        old = identifier_of(user, kind)
        witness = (kind, old) if old else _other_of(user, kind)
        _give(user, kind, value)
        change = IdentifierChange.objects.create(
            user=user,
            subject=user.subject,
            kind=kind,
            old_value=old,
            new_value=value,
            changed_at=now,
            stoppable_until=now + settings.CHANGE_STOPPABLE_FOR,
        )
        audit.record(
            Action.IDENTIFIER_CHANGED,
            actor=user,
            subject=user.subject,
            detail={"kind": kind.value, "replaced": bool(old)},
        )
        context: dict[str, str | int] = {
            "what": masked(kind, value),
            "is_phone": int(kind == IdentifierKind.PHONE),
            "days": settings.CHANGE_STOPPABLE_FOR.days,
        }
        send(IDENTIFIER_CHANGED.code, to=user, context=context, once=change.code)
        if witness[1]:
            send_to_address(
                IDENTIFIER_LOST.code,
                channel=CHANNELS[witness[0]],
                address=witness[1],
                language=user.language,
                context={**context, "token": stop_token(change)},
                once=change.code,
                subject=user.subject,
            )
    return change


def stop_token(change: IdentifierChange) -> str:
    """What stands in the stop link: signed, and useless once the change is stopped."""
    return signing.dumps(change.code, salt=SALT)


def change_of_token(token: str) -> IdentifierChange | None:
    """The change that a stop link names, if the link is ours."""
    try:
        code = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return IdentifierChange.objects.select_related("user").filter(code=code).first()


def stop_change(change: IdentifierChange) -> User:
    """Put the old identifier back and freeze the account until its owner proves it by a code.

    Every session ends, the password no longer works, and a second step that was set up after the
    change goes. Raises `ChangeOver` when it was stopped before or when it is too late.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=change.user_id)
        change = IdentifierChange.objects.select_for_update().get(pk=change.pk)
        if change.state == ChangeState.STOPPED:
            raise ChangeOver("stopped", _("This change was stopped already."))
        if change.stoppable_until < timezone.now():
            raise ChangeOver("too_late", _("This link has expired. Please write to us."))
        kind = IdentifierKind(change.kind)
        _take_back(user, kind, change)
        change.state, change.stopped_at = ChangeState.STOPPED, timezone.now()
        change.save(update_fields=["state", "stopped_at"])
        Authenticator.objects.filter(user=user, created_at__gte=change.changed_at).delete()
        user.set_unusable_password()
        user.frozen_at = timezone.now()
        user.save(update_fields=["password", "frozen_at"])
        end_sessions(user)
        audit.record(
            Action.IDENTIFIER_CHANGE_STOPPED,
            actor=None,
            subject=user.subject,
            detail={"kind": kind.value},
        )
        send(CHANGE_STOPPED.code, to=user, context={}, once=change.code)
    return user


def freeze(user: User) -> None:
    """Somebody else is in the account: end every session and the password, and lock it.

    Its owner opens it again by a code; see `kinds_that_unfreeze`.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        user.set_unusable_password()
        user.frozen_at = timezone.now()
        user.save(update_fields=["password", "frozen_at"])
        end_sessions(user)


def kinds_that_unfreeze(user: User) -> set[IdentifierKind]:
    """Which identifiers prove a frozen account.

    After a stopped change: the one that was put back, or the witness. Else those that nobody
    changed lately; where both were, either.
    """
    last = (
        IdentifierChange.objects.filter(user=user, state=ChangeState.STOPPED)
        .order_by("-stopped_at")
        .first()
    )
    if last is not None:
        kind = IdentifierKind(last.kind)
        return {kind if last.old_value else _other_kind(kind)}
    lately = set(changed_since(user, timezone.now() - settings.CHANGE_STOPPABLE_FOR))
    kinds = {kind for kind in IdentifierKind if identifier_of(user, kind)}
    return kinds - lately or kinds


def changed_since(user: User, since: datetime) -> dict[IdentifierKind, datetime]:
    """The identifiers that were changed since then and not put back, each with the last time."""
    changes = IdentifierChange.objects.filter(
        user=user, state=ChangeState.DONE, changed_at__gte=since
    )
    found = changes.order_by("changed_at").values_list("kind", "changed_at")
    return {IdentifierKind(kind): at for kind, at in found}


def unfreeze(user: User) -> None:
    """Its owner proved the account: open it again."""
    User.objects.filter(pk=user.pk).update(frozen_at=None)
    user.frozen_at = None


def _give(user: User, kind: IdentifierKind, value: str) -> None:
    if kind == IdentifierKind.PHONE:
        give_phone(user, value)
    else:
        give_email(user, value)


def _take_back(user: User, kind: IdentifierKind, change: IdentifierChange) -> None:
    """The old one returns; where somebody else has it by now, the new one goes all the same."""
    if change.old_value:
        try:
            _give(user, kind, change.old_value)
        except IdentifierTaken:
            pass
        else:
            return
    if kind == IdentifierKind.PHONE:
        Phone.objects.filter(user=user).delete()
    else:
        EmailAddress.objects.filter(user=user).delete()


def _other_kind(kind: IdentifierKind) -> IdentifierKind:
    return IdentifierKind.EMAIL if kind == IdentifierKind.PHONE else IdentifierKind.PHONE


def _other_of(user: User, kind: IdentifierKind) -> tuple[IdentifierKind, str | None]:
    other = _other_kind(kind)
    return other, identifier_of(user, other)
