"""Loads the people of the demo: accounts, roles, the store they work for, where they live.

Repeatable: a person is found again by phone number and brought up to date.
"""

from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import Address, Profile, User
from accounts.queries import user_by_phone
from accounts.services import add_address, register_person
from mall.demo.people import PEOPLE, DemoPerson
from privacy import consents, purposes
from privacy.documents import current
from privacy.enums import DocumentKind
from privacy.purposes import Purpose
from stores.enums import MemberRole
from stores.models import Store, StoreMember

AGREED: tuple[tuple[DocumentKind, Purpose], ...] = (
    (DocumentKind.TERMS, purposes.TERMS),
    (DocumentKind.PRIVACY, purposes.POLICY),
)
LANGUAGE = "en"
PLACE = "demo"


@dataclass(frozen=True)
class DemoAddress:
    """An address that nobody has: streets and numbers are invented and say so."""

    person: str
    recipient: str
    province: str
    city: str
    district: str
    street: str
    postcode: str


ADDRESSES = (
    DemoAddress(
        "shopper",
        "演示桂花",
        "310000",
        "310100",
        "310115",
        "示例路1号虚构小区2幢301室",
        "200120",
    ),
    DemoAddress(
        "shopper",
        "演示桂花（单位）",
        "320000",
        "320500",
        "320508",
        "示例大道99号虚构大厦5楼",
        "215000",
    ),
    DemoAddress(
        "second",
        "演示新客",
        "440000",
        "440300",
        "440305",
        "示例街8号虚构花园6栋1202室",
        "518000",
    ),
)


def load_people(stores: dict[str, Store], passwords: dict[str, str]) -> dict[str, User]:
    """Every demo person by code, with today's passwords of this installation."""
    found: dict[str, User] = {}
    for person in PEOPLE:
        user = user_by_phone(person.phone) or _register(person, passwords[person.code])
        _bring_up_to_date(user, person, passwords[person.code], stores)
        found[person.code] = user
    for address in ADDRESSES:
        _address(found[address.person], address)
    return found


def _register(person: DemoPerson, password: str) -> User:
    """A new account that agreed to the texts, as at sign-up."""
    with transaction.atomic():
        user = register_person(
            phone=person.phone,
            email=person.email,
            password=password,
            member_name=person.member_name,
            nickname=person.nickname,
            language=LANGUAGE,
        )
        for kind, purpose in AGREED:
            document = current(kind, LANGUAGE)
            consents.give(
                user.subject,
                purpose,
                document_version=document.version,
                document_sha256=document.sha256,
                language=document.language,
                place=PLACE,
            )
    return user


@transaction.atomic
def _bring_up_to_date(
    user: User, person: DemoPerson, password: str, stores: dict[str, Store]
) -> None:
    if not user.check_password(password):
        user.set_password(password)
    is_group = person.role not in {"", "seller"}
    user.is_staff = is_group
    user.save(update_fields=["password", "is_staff"])
    Profile.objects.filter(user=user, nickname="").update(nickname=person.nickname)
    if is_group:
        user.groups.set([Group.objects.get_or_create(name=person.role)[0]])
    if person.store in stores:
        StoreMember.objects.update_or_create(
            store=stores[person.store], user=user, defaults={"role": MemberRole.OWNER}
        )


def _address(user: User, address: DemoAddress) -> None:
    """Add it once; the first of a person is the default."""
    if Address.objects.filter(user=user, district=address.district).exists():
        return
    phone = next(person.phone for person in PEOPLE if person.code == address.person)
    add_address(
        user,
        recipient=address.recipient,
        phone=phone,
        province=address.province,
        city=address.city,
        district=address.district,
        street=address.street,
        postcode=address.postcode,
    )
