"""The demo's orders: one in every state, made as people would make them.

The buyer pays at the sandbox's partner and the sandbox's carrier moves the parcels, so the demo
shows what really happened. Without a sandbox there is no history.
"""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from accounts.models import User
from accounts.queries import addresses_of
from common.outbound import PartnerUnreachable, call
from common.partner_keys import sandbox_section
from delivery.enums import MethodCode
from delivery.queries import parcel_for, pickup_code
from delivery.services import check as ask_carrier
from jobs.models import Job
from jobs.queries import due_jobs
from jobs.services import run_job
from orders.enums import RefusalReason, ReturnReason
from orders.models import Order, Purchase, ReturnRequest
from orders.queries.bills import bill
from orders.queries.carts import priced
from orders.services import carts, delivering, ending, placing, returning
from payments.queries import payment_for
from payments.services import redirect_to_partner, sync

LONGEST_WAIT = 30.0
Basket = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Story:
    """What somebody bought, how it reaches them, and how far the story has come."""

    buyer: str
    basket: Basket
    chapters: tuple[Callable[["Cast", Order], None], ...] = ()
    pickup: bool = False
    paid: bool = True
    remark: str = ""


@dataclass
class Cast:
    """The people of a story."""

    buyer: User
    clerk: User
    orders: list[Order] = field(default_factory=list)


# --- Chapters ---------------------------------------------------------------------------


def packed(cast: Cast, order: Order) -> None:
    """The clerk hands the parcel to the carrier."""
    delivering.pack(order, cast.clerk)
    work_off()


def on_its_way(cast: Cast, order: Order) -> None:
    """The carrier has it."""
    packed(cast, order)
    _carry(order, "IN_TRANSIT")


def delivered(cast: Cast, order: Order) -> None:
    """The buyer has it."""
    packed(cast, order)
    _carry(order, "DELIVERED")


def confirmed(cast: Cast, order: Order) -> None:
    """The buyer says so."""
    delivering.confirm_receipt(order, cast.buyer)


def ready(cast: Cast, order: Order) -> None:
    """It waits at the store."""
    delivering.make_ready(order, cast.clerk)
    work_off()


def fetched(cast: Cast, order: Order) -> None:
    """The buyer showed the code."""
    ready(cast, order)
    parcel = parcel_for(order.code)
    assert parcel is not None
    delivering.hand_over(order, str(pickup_code(parcel)), cast.clerk)
    work_off()


def cancelled(cast: Cast, order: Order) -> None:
    """The buyer changed their mind before it was sent."""
    ending.cancel(order, actor=cast.buyer)
    work_off()


def return_asked(cast: Cast, order: Order) -> None:
    """The buyer wants to send everything back."""
    quantities = {line.pk: line.quantity for line in order.lines.all()}
    returning.request_return(order, quantities, ReturnReason.CHANGED_MIND, cast.buyer)


def return_approved(cast: Cast, order: Order) -> None:
    """The store agrees."""
    return_asked(cast, order)
    returning.approve(_request(order), cast.clerk)


def return_refused(cast: Cast, order: Order) -> None:
    """The store does not agree."""
    return_asked(cast, order)
    returning.refuse(_request(order), RefusalReason.USED, cast.clerk)


def returned(cast: Cast, order: Order) -> None:
    """The goods are back and the money too."""
    return_approved(cast, order)
    found = {line.line_id: line.quantity for line in _request(order).lines.all()}
    returning.receive(_request(order), found, cast.clerk)
    work_off()


def _request(order: Order) -> ReturnRequest:
    return ReturnRequest.objects.get(order=order)


STORIES = (
    Story(
        "shopper",
        (("OSMANTHUS-TEAPOT-1", 1), ("CLOTH-BOUND-NOTEBOOK-1", 2)),
        (delivered, confirmed),
    ),
    Story("shopper", (("OSMANTHUS-OOLONG-1", 2),), (fetched,), pickup=True),
    Story("shopper", (("LAMBSWOOL-SCARF-1", 1),), (delivered, returned)),
    Story("shopper", (("PAPER-LANTERN-1", 1),), (delivered, return_asked)),
    Story("shopper", (("BLOSSOM-RICE-BOWL-1", 4),), (delivered,)),
    Story("shopper", (("STEEL-TRAVEL-FLASK-1", 1),), (on_its_way,)),
    Story("shopper", (("DESK-CALENDAR-1", 1),), (ready,), pickup=True),
    Story(
        "shopper",
        (("FULL-MOON-NIGHT-LIGHT-1", 1), ("SPRING-GREEN-TEA-1", 1)),
        remark="请放在门卫处（演示留言）",
    ),
    Story("shopper", (("SPRIG-TOTE-BAG-1", 1),), (cancelled,)),
    Story("shopper", (("LOTUS-GAIWAN-1", 1),), paid=False),
    Story("second", (("OSMANTHUS-HONEY-1", 1),)),
    Story("second", (("STRIPED-KITCHEN-TOWEL-1", 2),), (delivered, return_refused)),
)


# --- Telling ----------------------------------------------------------------------------


def load_history(people: dict[str, User], say: Callable[[str], Any]) -> int:
    """Tell every story once; returns how many orders are new."""
    told = Counter(
        Purchase.objects.filter(buyer__in=people.values()).values_list("buyer", flat=True)
    )
    untold = []
    for story in STORIES:
        buyer = people[story.buyer].pk
        if told[buyer]:
            told[buyer] -= 1
        else:
            untold.append(story)
    if untold and not _sandbox_answers():
        say("The sandbox does not answer, so no orders were made. Start the mall, load again.")
        return 0
    return sum(_tell(story, people) for story in untold)


def _tell(story: Story, people: dict[str, User]) -> int:
    cast = Cast(people[story.buyer], people["clerk"])
    purchase = _place(story, cast.buyer)
    if story.paid:
        _pay(purchase)
    for order in purchase.orders.order_by("pk"):
        for chapter in story.chapters:
            order.refresh_from_db()
            chapter(cast, order)
    return purchase.orders.count()


def _place(story: Story, buyer: User) -> Purchase:
    cart = carts.open_cart_of(buyer)
    for sku, quantity in story.basket:
        carts.add(cart, sku, quantity)
    home = addresses_of(buyer)[0]
    where = placing.WhereTo(
        recipient=home.recipient,
        phone=home.phone,
        province=home.province,
        city=home.city,
        district=home.district,
        street=home.street,
        postcode=home.postcode,
    )
    content = priced(cart)
    wish = MethodCode.PICKUP if story.pickup else MethodCode.CARRIER
    methods = {group.store.slug: wish.value for group in content.orderable_groups}
    shown = bill(content, methods=methods, province=where.province).shown
    wishes = placing.Wishes(
        where, shown, methods=methods, remark=story.remark, exempt_confirmed=True
    )
    return placing.place(buyer, cart.code, wishes)


def _pay(purchase: Purchase) -> None:
    """Open the partner's page as a browser would, press its button, and take note."""
    payment = payment_for(purchase.reference)
    assert payment is not None
    call("GET", redirect_to_partner(payment).url, partner="sandbox")
    _control(f"trades/{payment.code}", {"action": "pay"})
    sync(payment)
    work_off()


def _carry(order: Order, state: str) -> None:
    parcel = parcel_for(order.code)
    assert parcel is not None
    _control(f"shipments/{parcel.code}", {"state": state})
    ask_carrier(parcel)
    work_off()


def work_off() -> None:
    """Do what is due now, pictures apart; wait for what a worker has taken already."""
    end = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < end:
        due = due_jobs().exclude(name__startswith="catalog.").values_list("pk", flat=True)
        pending = list(due[:100])
        for pk in pending:
            run_job(pk)
        if not pending and not _somebody_works():
            return
        time.sleep(0.05)


def _somebody_works() -> bool:
    return Job.objects.filter(state="running").exclude(name__startswith="catalog.").exists()


def _control(path: str, body: dict[str, str]) -> None:
    token = sandbox_section("control")["token"]
    answer = call(
        "POST",
        f"{settings.SANDBOX_URL}/control/{path}",
        partner="sandbox",
        body=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    answer.raise_for_status()


def _sandbox_answers() -> bool:
    try:
        return (
            bool(settings.SANDBOX_URL)
            and call("GET", f"{settings.SANDBOX_URL}/carrier/", partner="sandbox").ok
        )
    except PartnerUnreachable:
        return False
