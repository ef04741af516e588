"""The address book."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.errors import TooManyAddresses
from accounts.models import Address, User
from privacy import audit
from privacy.enums import Action
from privacy.erasure import parts
from privacy.erasure.errors import NothingThere

MOST_ADDRESSES = 50


def add_address(
    user: User,
    *,
    recipient: str,
    phone: str,
    province: str,
    city: str,
    district: str,
    street: str,
    postcode: str = "",
    make_default: bool = False,
) -> Address:
    """Add an entry; the first one becomes the default."""
    row = Address(
        user=user,
        subject=user.subject,
        recipient=recipient.strip(),
        phone=phone.strip(),
        province=province,
        city=city,
        district=district,
        street=street.strip(),
        postcode=postcode,
    )
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        others = Address.objects.filter(user=user)
        if others.count() >= MOST_ADDRESSES:
            raise TooManyAddresses(
                "too_many", _("You have 50 addresses. Please delete one that you do not need.")
            )
        row.is_default = make_default or not others.filter(is_default=True).exists()
        if row.is_default:
            others.filter(is_default=True).update(is_default=False)
        row.save()
        _record(user)
    return row


def change_address(
    address: Address,
    *,
    recipient: str,
    phone: str,
    province: str,
    city: str,
    district: str,
    street: str,
    postcode: str = "",
    make_default: bool = False,
) -> Address:
    """Write an entry anew. The default stays the default until another one becomes it."""
    address.recipient, address.phone, address.street = recipient.strip(), phone, street.strip()
    address.province, address.city, address.district = province, city, district
    address.postcode = postcode
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=address.user_id)
        if make_default and not address.is_default:
            Address.objects.filter(user=user, is_default=True).update(is_default=False)
            address.is_default = True
        address.save()
        _record(user)
    return address


def make_default(address: Address) -> None:
    """Use this entry where nothing else is chosen."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=address.user_id)
        Address.objects.filter(user=user, is_default=True).update(is_default=False)
        Address.objects.filter(pk=address.pk).update(is_default=True)
        _record(user)


def delete_address(address: Address) -> None:
    """Delete an entry; the newest other one becomes the default in its place."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=address.user_id)
        try:
            parts.erase(user.subject, parts.part_of("addresses"), item=address.seal_id, actor=user)
        except NothingThere:
            return  # Deleted in another window a moment ago.
        others = Address.objects.filter(user=user)
        if not others.filter(is_default=True).exists():
            newest = others.order_by("-pk").first()
            if newest is not None:
                others.filter(pk=newest.pk).update(is_default=True)
        _record(user)


def _record(user: User) -> None:
    audit.record(Action.ADDRESS_CHANGED, actor=user, subject=user.subject)
