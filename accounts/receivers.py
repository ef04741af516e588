"""What follows when somebody signs in, and how little is kept of where from."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import user_logged_in
from allauth.usersessions.models import UserSession
from django.db.models.signals import pre_save
from django.http import HttpRequest
from django.utils import timezone

from accounts.enums import IdentifierKind
from accounts.models import Phone, User
from accounts.network import shortened_ip
from accounts.services import closing
from accounts.signals import signed_in
from privacy import audit
from privacy.enums import Action
from privacy.models import ErasureCase
from privacy.signals import account_hidden, account_shown

AGENT_LENGTH = 200


def connect() -> None:
    """Connect the receivers."""
    user_logged_in.connect(tell_the_rooms_above, dispatch_uid="accounts.signed_in")
    account_hidden.connect(hide_account, dispatch_uid="accounts.hide")
    account_shown.connect(show_account, dispatch_uid="accounts.show")
    pre_save.connect(shorten_network, sender=UserSession, dispatch_uid="accounts.shorten")


def tell_the_rooms_above(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Note the sign-in, refresh the proof of a phone, and send `signed_in`."""
    records = get_authentication_records(request, user)
    methods = sorted({str(record["method"]) for record in records})
    if any(record.get("kind") == IdentifierKind.PHONE.value for record in records):
        Phone.objects.filter(user=user).update(proved_at=timezone.now())
    audit.record(
        Action.SIGNED_IN,
        actor=user,
        subject=user.subject,
        detail={"with": "+".join(methods)},
    )
    signed_in.send(sender=User, user=user, request=request)


def shorten_network(instance: UserSession, **_kwargs: Any) -> None:
    """The list of devices needs no full address."""
    instance.ip = shortened_ip(instance.ip)
    instance.user_agent = instance.user_agent[:AGENT_LENGTH]


def hide_account(case: ErasureCase, **_kwargs: Any) -> None:
    """Its owner asked for it to be erased."""
    closing.hide(case.subject)


def show_account(case: ErasureCase, **_kwargs: Any) -> None:
    """Its owner took that back."""
    closing.show(case.subject)
