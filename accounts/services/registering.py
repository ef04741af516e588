"""Make an account."""

from datetime import date

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeBand
from accounts.errors import CannotBeUsed, IdentifierTaken, MemberNameTaken
from accounts.models import Phone, Profile, User
from privacy import keyring, normalising
from privacy.enums import KeyClass
from privacy.fields import blind_index
from privacy.keyring import new_subject


def register_person(
    *,
    phone: str = "",
    email: str = "",
    password: str = "",
    member_name: str = "",
    nickname: str = "",
    age_band: AgeBand = AgeBand.ADULT,
    age_changes_on: date | None = None,
    language: str = "en",
) -> User:
    """Make an account whose phone and e-mail were proved by their owner.

    The person's keys are committed before any row. Raises `IdentifierTaken` and
    `MemberNameTaken`; nothing is left of an account that could not be made whole.
    """
    number = normalising.phone(phone) if phone else ""
    if phone and not number:
        raise CannotBeUsed("phone", _("This is not a phone number."))
    subject = new_subject()
    keyring.make_keys([subject], [KeyClass.ACCOUNT])
    user = User(
        subject=subject,
        member_name=member_name or None,
        age_band=age_band,
        age_changes_on=age_changes_on,
        language=language,
    )
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    with transaction.atomic():
        _save_named(user)
        Profile.objects.create(user=user, subject=subject, nickname=nickname)
        if number:
            give_phone(user, number)
        if email:
            give_email(user, email)
    return user


def _save_named(user: User) -> None:
    """Save the account; the only thing that can be taken is its public name."""
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        if user.member_name and name_is_taken(user.member_name, but=None):
            raise MemberNameTaken("member_name", _("This name is taken.")) from None
        raise


def name_is_taken(name: str, *, but: User | None) -> bool:
    """Whether somebody else has this member name in any spelling of case."""
    others = User.objects.filter(member_name__iexact=name)
    return others.exclude(pk=but.pk).exists() if but else others.exists()


def give_phone(user: User, number: str) -> Phone:
    """Store a proved number as the account's own, in place of another one.

    Raises `IdentifierTaken` when it belongs to another account; of two who ask at the same
    moment one gets it.
    """
    now = timezone.now()
    row = Phone.objects.filter(user=user).first() or Phone(user=user, subject=user.subject)
    row.number = number
    row.verified_at = row.proved_at = now
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        index = blind_index(Phone, "number_index", number)
        if Phone.objects.filter(number_index=index).exclude(user=user).exists():
            raise IdentifierTaken("phone", _("This number has an account.")) from None
        raise
    return row


def give_email(user: User, address: str) -> EmailAddress:
    """Store a proved address as the account's only one. Raises `IdentifierTaken`."""
    address = normalising.email(address)
    rows = EmailAddress.objects.filter(user=user)
    try:
        with transaction.atomic():
            rows.exclude(email=address).delete()
            row = rows.filter(email=address).first() or EmailAddress(user=user, email=address)
            row.verified = row.primary = True
            row.save()
    except IntegrityError:
        if EmailAddress.objects.filter(email=address, verified=True).exclude(user=user).exists():
            raise IdentifierTaken("email", _("This address has an account.")) from None
        raise
    return row
