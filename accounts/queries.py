"""What others may ask about people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Address, Phone, User
from privacy import normalising
from privacy.enums import Action
from privacy.fields import blind_index, open_rows
from privacy.models import AuditEntry


@dataclass(frozen=True)
class Missing:
    """Something that an account still needs before it may trade."""

    code: str
    sentence: str | Promise
    url: str


def addresses_of(user: User) -> list[Address]:
    """The address book, opened, the default first, then the newest."""
    return open_rows(Address.objects.filter(user=user).order_by("-is_default", "-pk"))


def address_of(user: User, code: str) -> Address | None:
    """One entry of the person's own address book, opened."""
    found = open_rows(Address.objects.filter(user=user, code=code))
    return found[0] if found else None


def missing_for_trade(user: User) -> list[Missing]:
    """What stands between this account and buying; empty when it may trade."""
    missing = []
    if not user.is_adult:
        missing.append(
            Missing(
                "age",
                _("You can buy here once you are 18. Until then you can look around."),
                reverse("accounts:me"),
            )
        )
    if not Phone.objects.filter(user=user, verified_at__isnull=False).exists():
        missing.append(
            Missing(
                "phone",
                _("A phone number, so that we and the carrier can reach you about an order."),
                reverse("accounts:member"),
            )
        )
    if not user.member_name:
        missing.append(
            Missing(
                "member_name",
                _("A member name: the public name that stands beside what you do here."),
                reverse("accounts:member"),
            )
        )
    if not has_second_way_in(user):
        missing.append(
            Missing(
                "way_in",
                _("A password or an e-mail address, so that a lost phone does not lock you out."),
                reverse("accounts:member"),
            )
        )
    return missing


def has_second_way_in(user: User) -> bool:
    """Whether the account can be entered by something besides its phone number."""
    return (
        user.has_usable_password()
        or EmailAddress.objects.filter(user=user, verified=True).exists()
        or Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists()
    )


def user_by_phone(value: str) -> User | None:
    """The account with this number in any spelling."""
    row = (
        Phone.objects.select_related("user")
        .filter(number_index=blind_index(Phone, "number_index", value))
        .first()
    )
    return row.user if row else None


def user_by_email(value: str) -> User | None:
    """The account with this proved address in any spelling."""
    row = EmailAddress.objects.select_related("user").filter(email=value, verified=True).first()
    return row.user if row else None


def find_people(term: str) -> list[User]:
    """People by exact phone number, e-mail address or member name. For staff."""
    term = term.strip()
    if not term:
        return []
    condition = Q(member_name__iexact=term)
    if "@" in term:
        condition |= Q(pk__in=EmailAddress.objects.filter(email=term).values("user"))
    elif normalising.phone(term):
        index = blind_index(Phone, "number_index", term)
        condition |= Q(pk__in=Phone.objects.filter(number_index=index).values("user"))
    return list(User.objects.filter(condition).order_by("pk")[:50])


def verified_email_of(user: Any) -> str | None:
    """The address that the mall writes to, if there is one."""
    row = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk").first()
    return (row.email or None) if row else None


def verified_phone_of(user: Any) -> str | None:
    """The number that the mall writes to, if there is one."""
    row = Phone.objects.filter(user=user, verified_at__isnull=False).first()
    return (row.number or None) if row else None


def me(pk: Any) -> User:
    """The signed-in person with profile and phone, in one query."""
    return User.objects.select_related("profile", "phone").get(pk=pk)


@dataclass(frozen=True)
class Device:
    """A browser in which the person is signed in."""

    pk: int
    label: str
    network: str
    since: datetime
    seen: datetime
    is_current: bool


def devices_of(user: Any, *, current: str) -> list[Device]:
    """Where the person is signed in, this browser first."""
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk")
    alive = set(
        Session.objects.filter(
            session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    found = [
        Device(
            pk=row.pk,
            label=browser_of(row.user_agent),
            network=row.ip,
            since=row.created_at,
            seen=row.last_seen_at,
            is_current=row.session_key == current,
        )
        for row in rows
        if row.session_key in alive
    ]
    return sorted(found, key=lambda one: not one.is_current)


BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> str:
    """What a browser says about itself, short enough to recognise: "Firefox, Windows"."""
    names = [
        next((name for mark, name in known if mark in user_agent), "")
        for known in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(name for name in names if name) or gettext("Unknown browser")


def recent_sign_ins(user: User) -> list[AuditEntry]:
    """The last times that somebody signed in or failed to."""
    entries = AuditEntry.objects.filter(
        subject=user.subject, action__in=[Action.SIGNED_IN, Action.SIGN_IN_FAILED]
    )
    return list(entries.order_by("-at", "-pk")[:10])


def shown_name_of(user: Any) -> str:
    """What the sign-in library may show of a person: a public name, never an identifier."""
    return str(user.display_name)
