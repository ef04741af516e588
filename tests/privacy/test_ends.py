"""When rows end: by the calendar, as a query and as an expression, and all of them agree."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import Q
from django.utils import timezone

from accounts.models import Address, User
from notices.models import Message
from orders.models import Order, OrderLine, Purchase
from privacy.enums import Action, ConsentDecision, ConsentMethod
from privacy.models import AuditEntry, ConsentEntry
from privacy.registry import (
    Declaration,
    PersonalData,
    account_life,
    cutoff,
    ends_at,
    expired,
    keep_for,
    registry,
    winning_rule,
)
from privacy.registry.ends import ZONE, last_day
from tests.support.canary import plant, world


def at(text):
    """A moment in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def declared(model):
    return registry.declaration_of(model)


@pytest.mark.parametrize(
    ("period", "start", "last"),
    [
        ({"days": 1}, date(2027, 3, 1), date(2027, 3, 2)),
        ({"months": 1}, date(2027, 1, 31), date(2027, 2, 28)),
        ({"months": 6}, date(2027, 8, 31), date(2028, 2, 29)),
        ({"years": 3}, date(2024, 2, 29), date(2027, 2, 28)),
        ({"years": 3, "days": 30}, date(2024, 1, 31), date(2027, 3, 2)),
    ],
)
def test_the_day_of_the_start_is_not_counted_and_months_end_on_their_number(period, start, last):
    assert last_day(keep_for(after="at", because="x", **period), start) == last


@pytest.mark.parametrize(
    "period", [{"days": 1}, {"months": 6}, {"years": 3}, {"years": 3, "days": 30}, {"months": 13}]
)
def test_the_cutoff_is_the_first_moment_that_is_not_past(period):
    rule = keep_for(after="at", because="x", **period)
    as_of = datetime(2028, 2, 28, 23, 30, tzinfo=UTC)
    for _day in range(60):
        today = as_of.astimezone(ZONE).date()
        edge = cutoff(rule, as_of)
        before = (edge - timedelta(seconds=1)).astimezone(ZONE).date()
        assert last_day(rule, before) < today
        assert last_day(rule, edge.astimezone(ZONE).date()) >= today
        as_of += timedelta(days=1)


@pytest.fixture
def planted(alice):
    return plant(alice, world())


@pytest.mark.promise("RET-02")
def test_a_deal_ends_at_midnight_three_years_and_thirty_days_after_it(planted):
    order = planted.rows["orders.Order"]
    Order.objects.filter(pk=order.pk).update(clock_at=at("2027-03-10T23:59"))
    row = Order.objects.annotate(end=ends_at(declared(Order))).get()
    assert row.end == at("2030-04-10T00:00")
    assert not expired(declared(Order), at("2030-04-09T23:59")).exists()
    assert expired(declared(Order), at("2030-04-10T00:00")).get() == order
    assert expired(declared(OrderLine), at("2030-04-10T00:00")).count() == 1


def test_a_deal_that_is_not_over_has_no_end(planted):
    Order.objects.update(clock_at=None)
    assert Order.objects.annotate(end=ends_at(declared(Order))).get().end is None
    assert not expired(declared(Order), at("2099-01-01T00:00")).exists()


def test_expression_and_query_agree_for_every_table(planted):
    for as_of in (timezone.now() + timedelta(days=days) for days in (0, 20, 200, 400, 1200, 1400)):
        for declaration in registry.declarations():
            rows = declaration.model._base_manager.using(declaration.alias)
            by_query = set(expired(declaration, as_of, guarded=False).values_list("pk", flat=True))
            by_expression = set(
                rows.annotate(end=ends_at(declaration))
                .filter(end__lte=as_of)
                .values_list("pk", flat=True)
            )
            assert by_query == by_expression, declaration.label


def test_of_the_rules_that_apply_the_longest_wins(planted):
    of_audit = declared(AuditEntry)
    staff = AuditEntry(action=Action.VALUE_OPENED, subject=planted.person.subject)
    own = AuditEntry(action=Action.SIGNED_IN, subject=planted.person.subject)
    for row in (staff, own):
        row.save()
    rows = AuditEntry.objects.annotate(rule=winning_rule(of_audit))
    assert rows.get(pk=own.pk).rule == 0
    assert rows.get(pk=staff.pk).rule == 1
    in_two_years = timezone.now() + timedelta(days=730)
    ended = set(expired(of_audit, in_two_years).values_list("pk", flat=True))
    assert own.pk in ended
    assert staff.pk not in ended


def test_a_row_of_which_no_rule_speaks_stays(alice, address):
    class Gap(PersonalData):
        person = "user"
        kept_for = keep_for(days=1, after="created_at", because="x", where=Q(is_default=False))

    assert not expired(Declaration(Address, Gap), at("2099-01-01T00:00")).exists()


def test_what_lives_with_the_account_ends_when_the_account_is_emptied_or_gone(alice, bob, address):
    now = timezone.now()
    assert not expired(declared(Address), at("2099-01-01T00:00")).exists()
    assert not expired(declared(User), at("2099-01-01T00:00")).exists()
    User.objects.filter(pk=alice.pk).update(password="")
    assert expired(declared(Address), now).get() == address
    assert expired(declared(User), now).get() == alice


def test_a_message_to_an_address_without_an_account_ends_by_itself(planted):
    Message.objects.update(person=None)
    assert not expired(declared(Message), timezone.now() + timedelta(days=13)).exists()
    assert expired(declared(Message), timezone.now() + timedelta(days=16)).count() == 1


def test_consents_are_kept_while_the_account_lives_and_then_end_together(alice):
    of_consents = declared(ConsentEntry)
    for year, decision in ((2027, ConsentDecision.GIVEN), (2031, ConsentDecision.WITHDRAWN)):
        ConsentEntry(
            subject=alice.subject,
            purpose="profile",
            decision=decision,
            document_version="1",
            language="en",
            place="x",
            method=ConsentMethod.SWITCH,
            at=at(f"{year}-05-05T12:00"),
        ).save()
    assert not expired(of_consents, at("2099-01-01T00:00")).exists()
    User.objects.filter(pk=alice.pk).update(password="")
    assert not expired(of_consents, at("2034-05-05T23:00")).exists()
    assert expired(of_consents, at("2034-05-06T00:00")).count() >= 2
    ends = ConsentEntry.objects.annotate(end=ends_at(of_consents)).values_list("end", flat=True)
    assert set(ends) == {at("2034-05-06T00:00")}


def test_a_row_stays_while_one_that_stays_needs_it(planted):
    Purchase.objects.update(placed_at=at("2020-01-01T00:00"))
    Order.objects.update(clock_at=None)
    late = at("2030-01-01T00:00")
    assert expired(declared(Purchase), late, guarded=False).count() == 1
    assert not expired(declared(Purchase), late).exists()
    Order.objects.update(clock_at=at("2020-02-01T00:00"))
    assert expired(declared(Purchase), late).count() == 1


def test_account_life_is_no_period():
    assert account_life(because="x").is_account_life
    assert not keep_for(days=1, after="x", because="x").is_account_life
