"""Synthetic people and orders at scale, for measuring. Every column is sealed as in real life.

Names, numbers and addresses are invented and say so; the same seed draws the same ones, and two
seeds with the same last digit would share phone numbers. What is there already is kept: asking for
more people adds the ones that are missing.
"""

import multiprocessing
import os
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connections, models, transaction
from django.db.models import CharField, F, Func, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.models import Address, Phone, Profile, User
from catalog.models import Variant
from common.codes import ALPHABET
from common.money import tax_within
from delivery.enums import MethodCode, ParcelState
from delivery.models import Parcel
from mall.demo.bulk import copy_rows, derive_rows, next_keys, number_rows
from orders.enums import DeliveryState, EntryKind, EventKind, OrderState, PaymentState, Source
from orders.models import LedgerEntry, Order, OrderEvent, OrderLine, Purchase
from payments.enums import PaymentState as PartnerState
from payments.models import Payment
from payments.queries import payment_methods
from privacy import keyring
from privacy.enums import KeyClass

CHUNK = 1000
FEE = 1000
PLACES = (
    ("310000", "310100", "310115"),
    ("330000", "330100", "330106"),
    ("440000", "440300", "440305"),
    ("510000", "510100", "510104"),
)
GIVEN = "安宁平和明月清风松竹梅兰云水山石"


@dataclass(frozen=True)
class Plan:
    """How many people, how many orders each, drawn from which seed."""

    members: int
    orders_per_member: int
    seed: int

    def name_of(self, number: int) -> str:
        """The member name of the person with this number."""
        return f"seed{self.seed}_{number}"


@dataclass
class Batch:
    """The rows of one chunk, table by table, in the order in which they need each other."""

    users: list[User] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    phones: list[Phone] = field(default_factory=list)
    emails: list[EmailAddress] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)

    def tables(self) -> Iterator[list[models.Model]]:
        """Every table's rows."""
        yield from vars(self).values()


def seed(plan: Plan, *, processes: int | None = None) -> int:
    """Add what is missing of the plan; returns how many people are new."""
    known = User.objects.filter(member_name__startswith=f"seed{plan.seed}_").count()
    chunks = [
        (plan, first, min(first + CHUNK, plan.members))
        for first in range(known, plan.members, CHUNK)
    ]
    if not chunks:
        return 0
    number = min(processes or os.cpu_count() or 1, len(chunks))
    if number == 1:
        return sum(write_chunk(*chunk) for chunk in chunks)
    connections.close_all()
    with ProcessPoolExecutor(number, multiprocessing.get_context("fork")) as pool:
        return sum(pool.map(write_chunk, *zip(*chunks, strict=True)))


def write_chunk(plan: Plan, first: int, beyond: int) -> int:
    """Write the people with these numbers and their orders: keys first, then rows together."""
    draw = random.Random(f"{plan.seed}:{first}")  # noqa: S311 - invented people need no secrecy
    with keyring.scope():
        nobody = make_password(None)
        people = [_person(plan, number, nobody, draw) for number in range(first, beyond)]
        subjects = [user.subject for user in people]
        keyring.make_keys(subjects, (KeyClass.ACCOUNT, KeyClass.TRANSACTION))
        number_rows(people)
        batch = Batch(users=people)
        goods = list(Variant.objects.select_related("product__store", "tax_class")[:200])
        for user, number in zip(people, range(first, beyond), strict=True):
            _belongings(batch, user, f"+8619{plan.seed % 10}{number:08d}", draw)
            for _ in range(plan.orders_per_member if goods else 0):
                _order(batch, user, draw.choice(goods), draw)
        _number_orders(batch)
        with transaction.atomic():
            for rows in batch.tables():
                if rows and rows[0].pk is None:
                    number_rows(rows)
                copy_rows(rows)
            if batch.orders:
                written = Order.objects.filter(pk__in=[order.pk for order in batch.orders])
                _pay(written)
                _tell_stories(written)
    return len(people)


def _person(plan: Plan, number: int, password: str, draw: random.Random) -> User:
    return User(
        subject=UUID(int=draw.getrandbits(128), version=4),
        password=password,
        member_name=plan.name_of(number),
        joined_at=timezone.now() - timedelta(days=draw.randrange(1, 1500)),
    )


def _belongings(batch: Batch, user: User, phone: str, draw: random.Random) -> None:
    now = timezone.now()
    name = "种子" + "".join(draw.sample(GIVEN, 2))
    province, city, district = draw.choice(PLACES)
    batch.profiles.append(Profile(user=user, subject=user.subject, nickname=str(user.member_name)))
    batch.phones.append(
        Phone(user=user, subject=user.subject, number=phone, verified_at=now, proved_at=now)
    )
    batch.emails.append(
        EmailAddress(user=user, email=f"{user.member_name}@seed.example", verified=True)
    )
    batch.addresses.append(
        Address(
            user=user,
            subject=user.subject,
            recipient=name,
            phone=phone,
            province=province,
            city=city,
            district=district,
            street=f"种子路{draw.randrange(1, 999)}号",
            is_default=True,
        )
    )


def _order(batch: Batch, user: User, goods: Variant, draw: random.Random) -> None:
    """A completed order of one line, with its money, its parcel and its story."""
    placed = timezone.now() - timedelta(days=draw.randrange(11, 1400), minutes=draw.randrange(1440))
    done = placed + timedelta(days=10)
    quantity = draw.randrange(1, 4)
    total = goods.price * quantity
    home = batch.addresses[-1]
    store = goods.product.store
    rate = goods.tax_class.rate_bp if goods.tax_class else 0
    where = {
        "province": home.province,
        "city": home.city,
        "district": home.district,
        "street": home.street,
    }
    code = _code(draw)
    order = Order(
        code=code,
        store=store,
        store_name_en=store.name_en,
        store_name_zh=store.name_zh,
        buyer=user,
        subject=user.subject,
        state=OrderState.COMPLETED,
        payment_state=PaymentState.PAID,
        delivery_state=DeliveryState.DELIVERED,
        method=MethodCode.CARRIER,
        recipient=home.recipient,
        phone=home.phone,
        currency=goods.currency,
        goods_total=total,
        shipping_fee=FEE,
        total=total + FEE,
        tax_total=tax_within(total, rate),
        stock_reference=f"seed:{code}",
        placed_at=placed,
        paid_at=placed,
        shipped_at=placed,
        delivered_at=done,
        completed_at=done,
        clock_at=done,
        **where,
    )
    batch.orders.append(order)
    batch.lines.append(
        OrderLine(
            order=order,
            variant=goods,
            sku=goods.sku,
            name_en=goods.product.name_en,
            name_zh=goods.product.name_zh,
            quantity=quantity,
            unit_price=goods.price,
            total=total,
            tax_rate_bp=rate,
            tax_part=tax_within(total, rate),
            weight_g=goods.weight_g,
        )
    )
    batch.parcels.append(_parcel(order, goods.weight_g * quantity, where, draw))


def _code(draw: random.Random) -> str:
    return "".join(draw.choices(ALPHABET, k=12))


def _parcel(order: Order, weight_g: int, where: dict[str, str], draw: random.Random) -> Parcel:
    return Parcel(
        code=_code(draw),
        reference=order.code,
        subject=order.subject,
        store=order.store,
        method=MethodCode.CARRIER,
        state=ParcelState.DELIVERED,
        recipient_name=order.recipient,
        recipient_phone=order.phone,
        weight_g=weight_g,
        created_at=order.placed_at,
        delivered_at=order.delivered_at,
        ended_at=order.delivered_at,
        **where,
    )


class _Code(Func):
    """A public code drawn from the order's own, in the same letters."""

    template = "upper(translate(substr(md5(%(expressions)s), 1, 12), '01', 'XY'))"
    output_field = CharField()


def _pay(written: "QuerySet[Order]") -> None:
    """The purchase and the payment of each order, written by the database from the orders.

    The references from orders to purchases are checked when the transaction ends.
    """
    code, placed = _Code(F("code")), F("placed_at")
    paid = {"subject": F("subject"), "currency": F("currency"), "paid_at": placed}
    derive_rows(
        Purchase,
        written,
        {
            **paid,
            "id": F("purchase_id"),
            "code": code,
            "buyer": F("buyer_id"),
            "total": F("total"),
            "placed_at": placed,
            "expires_at": placed + timedelta(minutes=30),
            "finalised_at": placed,
            "ended_at": placed,
        },
    )
    derive_rows(
        Payment,
        written,
        {
            **paid,
            "code": _Code(Concat(F("code"), Value("/payment"))),
            "reference": Concat(Value("purchase:"), code),
            "amount": F("total"),
            "title": Value(settings.SITE_NAME["en"]),
            "return_url": Value("/me/orders/"),
            "provider": Value(payment_methods()[0].code),
            "state": Value(str(PartnerState.PAID)),
            "created_at": placed,
        },
    )


def _tell_stories(written: "QuerySet[Order]") -> None:
    """The timeline of each order and its money, likewise."""
    for kind, source, at in (
        (EventKind.PLACED, Source.BUYER, "placed_at"),
        (EventKind.PAID, Source.PAYMENT_PARTNER, "paid_at"),
        (EventKind.DELIVERED, Source.CARRIER, "delivered_at"),
        (EventKind.COMPLETED, Source.MALL, "completed_at"),
    ):
        derive_rows(
            OrderEvent,
            written,
            {
                "order": F("pk"),
                "kind": Value(str(kind)),
                "source": Value(str(source)),
                "key": Value(str(kind)),
                "happened_at": F(at),
                "recorded_at": F(at),
            },
        )
    for entry, amount in ((EntryKind.GOODS, "goods_total"), (EntryKind.SHIPPING, "shipping_fee")):
        derive_rows(
            LedgerEntry,
            written,
            {
                "order_code": F("code"),
                "kind": Value(str(entry)),
                "amount": F(amount),
                "currency": F("currency"),
                "key": Value(str(entry)),
                "recorded_at": F("placed_at"),
            },
        )


def _number_orders(batch: Batch) -> None:
    """Purchases and orders get their keys, and whoever refers to them learns them."""
    for order, number in zip(batch.orders, next_keys(Purchase, len(batch.orders)), strict=True):
        order.purchase_id = number
    number_rows(batch.orders)
    for line in batch.lines:
        line.order_id = line.order.pk
