"""One page on which staff find a person or an order by an exact term.

The term travels in the form's body, never in an address or a log; what is found stands behind
masks, and each search is written down without its term.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import find_people
from accounts.services.limits import count
from common.http import no_store
from common.masking import mask_email, mask_name, mask_phone
from delivery.models import Parcel
from delivery.queries import find_by_tracking_number
from orders.models import Order
from orders.queries.orders import orders_with_phone, orders_with_tail
from payments.models import Payment
from privacy import audit
from privacy.enums import Action
from privacy.fields import open_rows

SEARCHERS = ("orders.view_order", "accounts.view_user")
"""Holding one of these rights opens the page; each part of the result asks for its own."""
MOST = 20
MOST_PER_HOUR = 120
HOUR = dt.timedelta(hours=1)
DIGITS_OF_A_TAIL = 4


class FindForm(forms.Form):
    """An exact term, or the last four digits of a phone number together with a day."""

    term = forms.CharField(
        label=_("Phone number, e-mail address, member name, or the number of an order or parcel"),
        help_text=_(
            "The whole of it. Of a phone number the last four digits are enough, together with "
            "the day of the order."
        ),
        max_length=254,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter what you know.")},
    )
    day = forms.DateField(
        label=_("Day of the order (with four digits only)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day as 2026-11-24.")},
    )

    def clean(self) -> dict[str, Any]:
        """Four digits fit thousands of people: without a day they find nobody."""
        values = super().clean() or self.cleaned_data
        if self.is_tail(values.get("term", "")) and not values.get("day"):
            self.add_error("day", _("Four digits fit many people. Add the day of the order."))
        return values

    @staticmethod
    def is_tail(term: str) -> bool:
        """Whether this is the end of a phone number."""
        return term.isascii() and term.isdigit() and len(term) == DIGITS_OF_A_TAIL


@dataclass(frozen=True)
class FoundPerson:
    """An account as it is shown unopened."""

    pk: int
    name: str
    phone: str
    email: str
    joined_at: dt.datetime


@dataclass(frozen=True)
class FoundOrder:
    """An order as it is shown unopened."""

    pk: int
    code: str
    store: str
    recipient: str
    phone: str
    state: "str | Promise"
    delivery: "str | Promise"
    placed_at: dt.datetime


@dataclass
class Found:
    """What a search brought, and whom it is about."""

    people: list[FoundPerson] = field(default_factory=list)
    orders: list[FoundOrder] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    subjects: set[UUID] = field(default_factory=set)

    @property
    def number(self) -> int:
        """How many rows."""
        return len(self.people) + len(self.orders) + len(self.parcels) + len(self.payments)


def find_page(request: HttpRequest) -> HttpResponse:
    """Show the form; on POST what it finds. Nobody searches faster than people work."""
    return no_store(_find_page)(request)


def _find_page(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if not any(user.has_perm(one) for one in SEARCHERS):
        raise PermissionDenied
    form = FindForm(request.POST if request.method == "POST" else None)
    found, status = None, 200
    if request.method == "POST":
        status = 200 if form.is_valid() else 422
        if form.is_valid() and _too_many(user):
            form.add_error(
                None,
                _("You searched very often within this hour. Please wait, or ask a colleague."),
            )
            status = 429
        elif form.is_valid():
            found = find(user, form.cleaned_data["term"], form.cleaned_data["day"])
            _write_down(user, found)
    context = {
        **admin.site.each_context(request),
        "title": _("Find a person or order"),
        "form": form,
        "found": found,
        "most": MOST,
    }
    request.current_app = admin.site.name
    return TemplateResponse(request, "mall/staff/find.html", context, status=status)


def find(user: Any, term: str, day: dt.date | None) -> Found:
    """Everything under exactly this term that this member of staff may see."""
    found = Found()
    people: list[User] = [] if FindForm.is_tail(term) else find_people(term)
    if user.has_perm("orders.view_order"):
        _add_orders(found, _orders(term, day, people))
    if user.has_perm("accounts.view_user"):
        _add_people(found, people)
    if FindForm.is_tail(term):
        return found
    if user.has_perm("delivery.view_parcel"):
        named = find_by_tracking_number(term) | Parcel.objects.filter(code=term.upper())
        found.parcels = list(named.select_related("store").order_by("-pk")[:MOST])
        found.subjects |= {parcel.subject for parcel in found.parcels}
    if user.has_perm("payments.view_payment"):
        found.payments = list(Payment.objects.filter(code=term.upper())[:MOST])
        found.subjects |= {payment.subject for payment in found.payments}
    return found


def _orders(term: str, day: dt.date | None, people: list[User]) -> "QuerySet[Order]":
    if FindForm.is_tail(term):
        return orders_with_tail(term, day) if day else Order.objects.none()
    parcels = find_by_tracking_number(term) | Parcel.objects.filter(code=term.upper())
    named = (
        Q(code=term.upper())
        | Q(purchase__code=term.upper())
        | Q(returns__code=term.upper())
        | Q(code__in=parcels.values("reference"))
        | Q(pk__in=orders_with_phone(term).values("pk"))
    )
    if people:
        named |= Q(buyer__in=[person.pk for person in people])
    return Order.objects.filter(named).distinct()


def _add_orders(found: Found, rows: "QuerySet[Order]") -> None:
    orders = open_rows(rows.select_related("store").order_by("-placed_at", "-pk")[:MOST])
    found.subjects |= {order.subject for order in orders}
    found.orders = [
        FoundOrder(
            pk=order.pk,
            code=order.code,
            store=order.store.name,
            recipient=mask_name(str(order.recipient or "")),
            phone=mask_phone(str(order.phone or "")),
            state=order.get_state_display(),
            delivery=order.get_delivery_state_display(),
            placed_at=order.placed_at,
        )
        for order in orders
    ]


def _add_people(found: Found, people: list[User]) -> None:
    rows = (
        User.objects.filter(pk__in=[person.pk for person in people[:MOST]])
        .select_related("phone")
        .prefetch_related("emailaddress_set")
        .order_by("pk")
    )
    for person in rows:
        phone: Any = getattr(person, "phone", None)
        emails = [one.email for one in person.emailaddress_set.all() if one.verified]  # type: ignore[attr-defined]
        found.subjects.add(person.subject)
        found.people.append(
            FoundPerson(
                pk=person.pk,
                name=person.member_name or "",
                phone=mask_phone(str(phone.number)) if phone and phone.number else "",
                email=mask_email(str(emails[0])) if emails and emails[0] else "",
                joined_at=person.joined_at,
            )
        )


def _too_many(user: Any) -> bool:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    return count(f"staff-search:{user.subject}", start=hour, window=HOUR) > MOST_PER_HOUR


def _write_down(user: Any, found: Found) -> None:
    detail: dict[str, str | int | bool] = {"model": "mall.find", "found": found.number}
    if found.subjects:
        audit.record_many(
            Action.STAFF_SEARCHED, actor=user, subjects=sorted(found.subjects), detail=detail
        )
    else:
        audit.record(Action.STAFF_SEARCHED, actor=user, detail=detail)
