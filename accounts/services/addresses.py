"""The address book."""

from django.db import transaction

from accounts.models import Address, User


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
        row.is_default = make_default or not others.filter(is_default=True).exists()
        if row.is_default:
            others.filter(is_default=True).update(is_default=False)
        row.save()
    return row
