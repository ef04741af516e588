"""The start page of the administration: what needs doing now, then how the days went.

All counts come from one query, whoever looks and however much waits; each is shown to those who
may do something about it.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django.db.models import Count, QuerySet, Sum, Value
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.queries.stock import running_out
from common.charts import Bars, bars
from common.money import format_money
from delivery.queries import parcels_in_trouble
from jobs.models import Heartbeat
from jobs.queries import failed_jobs, late_jobs
from notices.queries import lost_messages
from orders.enums import PaymentState
from orders.models import Order, ReturnRequest
from orders.queries.todo import ORDERS_TO_DO, RETURNS_TO_DO
from payments.queries import failed_refunds, payments_to_look_at, payments_without_answer
from privacy import admin_erasure, admin_holds, admin_runs, recipients_told
from privacy.models import Run
from privacy.residue import cases
from privacy.retention import sweeping
from privacy.runs.enums import Waits

Text = str | Promise
Rows = QuerySet[Any]

DAYS = 14
SEEN_WITHIN = dt.timedelta(seconds=60)


@dataclass(frozen=True)
class Task:
    """Something that waits for people: which rows, who may see to it, and where."""

    code: str
    label: Text
    done: Text
    permission: str
    rows: Callable[[], Rows]
    view: str
    query: str = ""
    is_trouble: bool = False


@dataclass(frozen=True)
class Waiting:
    """A task with how many wait."""

    task: Task
    number: int
    url: str


@dataclass(frozen=True)
class Health:
    """A part of the machinery, in words."""

    label: Text
    is_well: bool
    note: Text


@dataclass(frozen=True)
class Day:
    """The paid orders of one day."""

    date: dt.date
    orders: int
    revenue: int
    money: str


# --- What waits -------------------------------------------------------------------------


def _orders(name: str) -> Callable[[], Rows]:
    return lambda: Order.objects.filter(ORDERS_TO_DO[name])


def _returns(name: str) -> Callable[[], Rows]:
    return lambda: ReturnRequest.objects.filter(RETURNS_TO_DO[name])


ORDERS, RETURNS = "admin:orders_order_changelist", "admin:orders_returnrequest_changelist"
TASKS = (
    Task(
        "to_send",
        _("Orders to send"),
        _("orders to send"),
        "orders.change_order",
        _orders("to_send"),
        ORDERS,
        "?todo=to_send",
    ),
    Task(
        "to_prepare",
        _("Pick-ups to prepare"),
        _("pick-ups to prepare"),
        "orders.change_order",
        _orders("to_prepare"),
        ORDERS,
        "?todo=to_prepare",
    ),
    Task(
        "to_hand_over",
        _("Waiting to be picked up"),
        _("goods to hand over"),
        "orders.change_order",
        _orders("to_hand_over"),
        ORDERS,
        "?todo=to_hand_over",
    ),
    Task(
        "to_decide",
        _("Returns to decide"),
        _("returns to decide"),
        "orders.change_returnrequest",
        _returns("to_decide"),
        RETURNS,
        "?todo=to_decide",
    ),
    Task(
        "to_receive",
        _("Returns on their way to us"),
        _("returns to receive"),
        "orders.change_returnrequest",
        _returns("to_receive"),
        RETURNS,
        "?todo=to_receive",
    ),
    Task(
        "sold_out",
        _("Paid but sold out, or paid too late"),
        _("paid orders without goods"),
        "orders.change_order",
        _orders("sold_out"),
        ORDERS,
        "?todo=sold_out",
        is_trouble=True,
    ),
    Task(
        "on_the_way",
        _("Parcels lost or sent back"),
        _("parcels lost or sent back"),
        "orders.change_order",
        _orders("on_the_way"),
        ORDERS,
        "?todo=on_the_way",
        is_trouble=True,
    ),
    Task(
        "parcels",
        _("Parcels that the carrier refused"),
        _("refused parcels"),
        "delivery.change_parcel",
        parcels_in_trouble,
        "admin:delivery_parcel_changelist",
        "?trouble=yes",
        is_trouble=True,
    ),
    Task(
        "refunds",
        _("Refunds that failed"),
        _("failed refunds"),
        "payments.retry_refund",
        failed_refunds,
        "admin:payments_refund_changelist",
        "?state__exact=failed",
        is_trouble=True,
    ),
    Task(
        "amounts",
        _("Payments with another amount"),
        _("payments that do not fit"),
        "payments.view_payment",
        payments_to_look_at,
        "admin:payments_payment_changelist",
        "?look=yes",
        is_trouble=True,
    ),
    Task(
        "stuck",
        _("Payments without an answer"),
        _("payments without an answer"),
        "payments.view_payment",
        payments_without_answer,
        "admin:payments_payment_changelist",
        "?look=stuck",
        is_trouble=True,
    ),
    Task(
        "messages",
        _("Messages that did not arrive (7 days)"),
        _("lost messages"),
        "notices.view_message",
        lost_messages,
        "admin:notices_message_changelist",
        "?lost=week",
        is_trouble=True,
    ),
    Task(
        "stock",
        _("Goods running out"),
        _("goods running out"),
        "catalog.change_stock",
        running_out,
        "admin:catalog_variant_changelist",
        "?stock=few",
    ),
    Task(
        "to_confirm",
        _("Removals to confirm"),
        _("removals to confirm"),
        "privacy.confirm_run",
        lambda: Run.objects.filter(waits_for=Waits.CONFIRMATION),
        "admin:privacy_run_changelist",
        "?waits_for__exact=CONFIRMATION",
    ),
    Task(
        "late_erasures",
        _("Erasures that are late"),
        _("late erasures"),
        "privacy.view_erasurecase",
        admin_erasure.late,
        "admin:privacy_erasurecase_changelist",
        "?late=yes",
        is_trouble=True,
    ),
    Task(
        "to_approve",
        _("Holds to approve"),
        _("holds to approve"),
        "privacy.place_hold",
        admin_holds.waiting,
        "admin:privacy_hold_changelist",
        "?stand=waiting",
    ),
    Task(
        "to_tell",
        _("Recipients to be told of a deletion"),
        _("recipients to tell"),
        "privacy.settle_notice",
        recipients_told.to_tell,
        "admin:privacy_recipientnotice_changelist",
        "?todo=tell",
    ),
    Task(
        "untold",
        _("Recipients whose answer is overdue"),
        _("overdue answers"),
        "privacy.settle_notice",
        recipients_told.overdue,
        "admin:privacy_recipientnotice_changelist",
        "?todo=late",
        is_trouble=True,
    ),
    Task(
        "residue",
        _("Places in which an erasure left something"),
        _("leftovers of erasures"),
        "privacy.settle_notice",
        cases.open_findings,
        "admin:privacy_residuefinding_changelist",
        "?todo=open",
        is_trouble=True,
    ),
    Task(
        "runs",
        _("Runs that did not go well (7 days)"),
        _("runs in trouble"),
        "privacy.view_run",
        admin_runs.in_trouble,
        "admin:privacy_run_changelist",
        "?trouble=week",
        is_trouble=True,
    ),
    Task(
        "jobs",
        _("Jobs given up"),
        _("failed jobs"),
        "jobs.view_job",
        failed_jobs,
        "admin:jobs_job_changelist",
        "?state__exact=failed",
        is_trouble=True,
    ),
    Task(
        "late_jobs",
        _("Jobs that wait too long"),
        _("late jobs"),
        "jobs.view_job",
        late_jobs,
        "admin:jobs_job_changelist",
        "?late=yes",
        is_trouble=True,
    ),
)


def waiting(user: Any) -> list[Waiting]:
    """How many wait of everything that this member of staff may see to; one query."""
    mine = [task for task in TASKS if user.has_perm(task.permission)]
    numbers = counted({task.code: task.rows() for task in mine})
    return [
        Waiting(task, numbers.get(task.code, 0), _url(task.view) + task.query)
        for task in mine
        if _url(task.view)
    ]


def counted(questions: dict[str, Rows]) -> dict[str, int]:
    """How many rows each of these has, in one query for all of them."""
    parts = [
        rows.order_by()
        .annotate(what=Value(code))
        .values("what")
        .annotate(number=Count("pk"))
        .values_list("what", "number")
        for code, rows in questions.items()
    ]
    if not parts:
        return {}
    first, *others = parts
    return dict(first.union(*others, all=True) if others else first)


def _url(view: str) -> str:
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""


# --- How the days went ------------------------------------------------------------------


def days(today: dt.date) -> list[Day]:
    """Paid orders and what they brought, day by day, the oldest first; one query."""
    here = timezone.get_current_timezone()
    first = today - dt.timedelta(days=DAYS - 1)
    start = dt.datetime.combine(first, dt.time.min, tzinfo=here)
    rows = (
        Order.objects.filter(placed_at__gte=start)
        .exclude(payment_state=PaymentState.UNPAID)
        .order_by()
        .annotate(day=TruncDate("placed_at", tzinfo=here))
        .values("day")
        .annotate(number=Count("pk"), sum=Sum("total"))
        .values_list("day", "number", "sum")
    )
    known = {day: (number, total) for day, number, total in rows}
    found = []
    for ago in range(DAYS):
        date = first + dt.timedelta(days=ago)
        number, total = known.get(date, (0, 0))
        found.append(Day(date, number, total, format_money(total, settings.CURRENCY)))
    return found


def _chart(values: Iterable[Day], *, of: Callable[[Day], int]) -> Bars:
    return bars([(day.date, of(day)) for day in values])


# --- The machinery ----------------------------------------------------------------------


def health() -> list[Health]:
    """Worker, clock and Redis; one query and one short call."""
    since = timezone.now() - SEEN_WITHIN
    seen = set(Heartbeat.objects.filter(seen_at__gte=since).values_list("name", flat=True))
    parts = (
        (_("Worker"), "worker" in seen, _("Messages, carriers and payments wait until it runs.")),
        (_("Clock"), "beat" in seen, _("Nothing that is due by time happens until it runs.")),
        (
            _("Redis"),
            _redis_answers(),
            _("Pages are slower and jobs start later."),
        ),
    )
    return [Health(label, well, _("Works") if well else note) for label, well, note in parts]


def _redis_answers() -> bool:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.3
    )
    try:
        with client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


# --- The page ---------------------------------------------------------------------------


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the page shows to this member of staff."""
    user: Any = request.user
    tasks = waiting(user)
    context |= {
        "title": _("What needs doing"),
        "due": [one for one in tasks if one.number],
        "quiet": [one for one in tasks if not one.number],
        "today": timezone.localdate(),
    }
    if user.has_perm("orders.view_order"):
        shown = days(context["today"])
        context |= {
            "days": shown,
            "of_today": shown[-1],
            "of_all": Day(
                shown[0].date,
                sum(day.orders for day in shown),
                total := sum(day.revenue for day in shown),
                format_money(total, settings.CURRENCY),
            ),
            "orders_chart": _chart(shown, of=lambda day: day.orders),
            "revenue_chart": _chart(shown, of=lambda day: day.revenue),
        }
    if user.has_perm("privacy.view_run"):
        context["overdue"] = sweeping.overdue(sweeping.last_simulation())
    if user.has_perm("jobs.view_job"):
        context["health"] = health()
    return context
