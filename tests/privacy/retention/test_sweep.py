"""Time travel: rows are here a day before their end and gone on the day, and not a row more."""

import json
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import MessageCount
from orders.models import Order, OrderEvent, OrderLine, Purchase
from privacy.models import AuditEntry, Run, RunStep
from privacy.registry import ends_at, registry
from privacy.retention import holding, rules, simulating, sweeping, wishes
from privacy.retention.enums import HoldReason, RefusalCode, Rule
from privacy.retention.rows import plan_of
from privacy.runs import engine
from privacy.runs.enums import RunState, StepState, Waits
from tests.orders.world import buy_and_pay, shop

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.datetime(2020, 3, 10, 4, tzinfo=timezone.get_fixed_timezone(480))


def sweep(as_of=None):
    simulation = engine.finish_now(sweeping.start(as_of=as_of, then_sweep=True))
    run = Run.objects.get(kind=sweeping.SWEEP, plan__simulation=simulation.pk)
    return engine.finish_now(run)


def declaration(model):
    return registry.declaration_of(model)


def end_of(row):
    rows = type(row)._base_manager.filter(pk=row.pk).annotate(end=ends_at(declaration(type(row))))
    return rows.values_list("end", flat=True).get()


@pytest.fixture
def old_order(alice, address, jobs):
    """A deal that was completed in 2020."""
    with time_machine.travel(LONG_AGO, tick=False):
        shop().goods("T1", price=5000)
        order = buy_and_pay(alice, ("T1", 2))
        jobs()
        Order.objects.filter(pk=order.pk).update(
            state="completed", completed_at=LONG_AGO, clock_at=LONG_AGO
        )
    order.refresh_from_db()
    return order


@pytest.mark.promise("RET-02")
@pytest.mark.promise("RET-05")
def test_a_deal_is_kept_to_its_last_day_and_gone_the_day_after(old_order):
    end = end_of(old_order)
    assert end.isoformat() == "2023-04-09T16:00:00+00:00"  # Three years, and thirty days.
    before = sweep(end - timedelta(days=1))
    assert before.state == RunState.DONE
    assert not before.steps.filter(name__startswith="orders.").exists()
    assert Order.objects.filter(pk=old_order.pk).exists()
    assert OrderLine.objects.filter(order=old_order.pk).exists()
    assert OrderEvent.objects.filter(order=old_order.pk).exists()

    run = sweep(end)
    assert run.state == RunState.DONE
    assert not Order.objects.filter(pk=old_order.pk).exists()
    assert not OrderLine.objects.filter(order=old_order.pk).exists()
    assert not OrderEvent.objects.filter(order=old_order.pk).exists()


@pytest.mark.promise("RET-05")
def test_what_a_simulation_counted_is_what_the_sweep_removes(old_order):
    end = end_of(old_order)
    forecast = simulating.simulate_all(end)
    run = sweep(end)
    removed = {step.name: step.done_rows for step in run.steps.all() if step.done_rows}
    assert removed == {label: one.removed for label, one in forecast.items() if one.removed}
    assert {"orders.Order", "orders.OrderLine", "orders.OrderEvent"} <= set(removed)
    assert [s.name for s in run.steps.all() if s.expected not in {None, s.done_rows}] == []
    again = simulating.simulate_all(end)
    assert [label for label, one in again.items() if one.removed] == []


@pytest.mark.promise("RET-02")
def test_the_earliest_purge_of_a_deal_is_never_before_three_years(old_order):
    three_years = old_order.clock_at.replace(year=old_order.clock_at.year + 3)
    assert end_of(old_order) >= three_years
    sweep(three_years)
    assert Order.objects.filter(pk=old_order.pk).exists()


def test_a_purchase_stays_while_an_order_of_it_stays(old_order):
    moment = rules.Moment(timezone.now())
    Order.objects.filter(pk=old_order.pk).update(clock_at=timezone.now())
    purchase = Purchase.objects.get(pk=old_order.purchase_id)
    forecast = simulating.simulate(declaration(Purchase), moment)
    assert (forecast.past, forecast.removed, forecast.dependents) == (1, 0, 1)
    assert plan_of(declaration(Purchase), str(purchase.pk)).decided == Rule.DEPENDENTS
    assert sweep().state == RunState.DONE
    assert Purchase.objects.filter(pk=purchase.pk).exists()


@pytest.mark.parametrize("one", rules.swept(), ids=lambda one: one.label)
def test_every_table_has_a_rule_and_a_forecast(one):
    forecast = simulating.simulate(one, rules.Moment(timezone.now()))
    assert forecast.table >= 0
    assert str(one.rules[0].because).strip()
    expected = RefusalCode.JOURNAL if one.alias == "keyring" else ""
    assert forecast.refused == expected


# --- Holds and wishes -------------------------------------------------------------------


@pytest.mark.promise("RET-04")
@pytest.mark.parametrize("what", ["person", "table", "row"])
def test_a_hold_stops_the_purge_and_is_listed_with_its_reason(old_order, carol, dan, alice, what):
    where = {
        "person": {"subject": alice.subject},
        "table": {"declaration": "orders.Order"},
        "row": {"declaration": "orders.Order", "subject": alice.subject},
    }[what]
    hold = holding.place(actor=dan, reason=HoldReason.DISPUTE, **where)
    holding.approve(hold, actor=carol)
    found = simulating.simulate_all()["orders.Order"]
    assert (found.past, found.removed, found.hold) == (1, 0, 1)
    assert plan_of(declaration(Order), str(old_order.pk)).decided == Rule.HOLD
    sweep()
    assert Order.objects.filter(pk=old_order.pk).exists()
    assert Purchase.objects.filter(pk=old_order.purchase_id).exists()
    shown = [one.reason for one in holding.shown_to(alice.subject)]
    assert shown == ([] if what == "table" else [HoldReason.DISPUTE])

    holding.release(hold, actor=dan)
    sweep()
    assert not Order.objects.filter(pk=old_order.pk).exists()
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert [a for a in actions if a.startswith("HOLD")] == [
        "HOLD_PLACED",
        "HOLD_APPROVED",
        "HOLD_RELEASED",
    ]


def test_a_hold_of_one_person_ends_after_a_week_and_any_after_half_a_year(dan, carol, alice):
    alone = holding.place(actor=dan, reason=HoldReason.COURT, subject=alice.subject)
    both = holding.place(actor=dan, reason=HoldReason.COURT, declaration="orders.Order")
    holding.approve(both, actor=carol)
    now = timezone.now()
    assert holding.in_force(now).people == {alice.subject}
    later = holding.in_force(now + timedelta(days=8))
    assert (later.people, later.tables) == (frozenset(), {"orders.Order"})
    assert holding.in_force(now + timedelta(days=184)).tables == frozenset()
    with pytest.raises(holding.HoldRefused):
        holding.approve(alone, actor=dan)
    with pytest.raises(holding.HoldRefused):
        holding.place(actor=dan, reason=HoldReason.COURT, subject=alice.subject, days=184)
    with pytest.raises(holding.HoldRefused):
        holding.place(actor=dan, reason=HoldReason.COURT)


def test_a_hold_that_the_law_bars_is_not_shown(dan, alice):
    holding.place(actor=dan, reason=HoldReason.AUTHORITY, subject=alice.subject, is_barred=True)
    assert holding.shown_to(alice.subject) == []
    assert not AuditEntry.objects.filter(action="HOLD_PLACED", subject=alice.subject).exists()


@pytest.mark.promise("RET-04")
def test_a_hold_placed_while_a_sweep_runs_keeps_what_is_still_here(dan, bob):
    now = timezone.now()
    for number in range(6):
        Run.objects.create(
            kind="tests.x",
            subject=bob.subject,
            plan_sha256="",
            state="DONE",
            finished_at=now - timedelta(days=2000),
            code=f"OLD{number}",
        )
    simulation = engine.finish_now(sweeping.start(then_sweep=True))
    run = Run.objects.get(kind=sweeping.SWEEP, plan__simulation=simulation.pk)
    Run.objects.filter(pk=run.pk).update(pace=2)
    engine.take_turn(run.pk, seconds=0)
    assert Run.objects.filter(subject=bob.subject).count() == 4
    holding.place(actor=dan, reason=HoldReason.COURT, subject=bob.subject)
    run = engine.finish_now(run)
    assert (run.state, run.counters["rows"], run.counters["spared"]) == (RunState.DONE, 2, 4)
    assert Run.objects.filter(subject=bob.subject).count() == 4


@pytest.mark.promise("RET-03")
def test_who_wants_it_longer_keeps_it_longer_and_off_is_the_default(old_order, alice, bob):
    assert wishes.chosen_by(alice.subject) == set()
    wishes.keep_longer(alice, "TRANSACTION")
    wishes.keep_longer(alice, "TRANSACTION")
    assert wishes.chosen_by(alice.subject) == {"TRANSACTION"}
    assert wishes.chosen_by(bob.subject) == set()
    found = simulating.simulate_all()["orders.Order"]
    assert (found.removed, found.longer) == (0, 1)
    sweep()
    assert Order.objects.filter(pk=old_order.pk).exists()
    wishes.keep_as_usual(alice, "TRANSACTION")
    sweep()
    assert not Order.objects.filter(pk=old_order.pk).exists()
    with pytest.raises(wishes.NotOffered):
        wishes.keep_longer(alice, "OTHER")


# --- The cap ----------------------------------------------------------------------------


def old_runs(number):
    ended = timezone.now() - timedelta(days=2000)
    return Run.objects.bulk_create(
        Run(kind="tests.x", plan_sha256="", state="DONE", finished_at=ended, code=f"OLD{n}")
        for n in range(number)
    )


def test_too_large_a_share_waits_for_an_operator(settings, dan):
    settings.RETENTION_CAP_ROWS = 5
    old_runs(20)
    run = sweep()
    assert (run.state, run.waits_for) == (RunState.PAUSED, Waits.CONFIRMATION)
    assert Run.objects.filter(kind="tests.x").count() == 20
    step = run.steps.get(name="privacy.Run")
    assert (step.state, step.last_error, step.expected) == (StepState.HELD_BACK, "CAP", 20)
    engine.confirm(step, actor=dan.subject)
    run = engine.finish_now(run)
    assert (run.state, run.counters["rows"]) == (RunState.DONE, 20)
    assert not Run.objects.filter(kind="tests.x").exists()


def test_what_waits_for_a_word_is_asked_anew_by_the_next_night(settings):
    settings.RETENTION_CAP_ROWS = 5
    old_runs(20)
    first, second = sweep(), sweep()
    first.refresh_from_db()
    assert first.state == RunState.CANCELLED
    assert second.waits_for == Waits.CONFIRMATION


def test_what_lives_for_days_only_alarms_nobody(settings):
    settings.RETENTION_CAP_ROWS = 1
    assert simulating.is_short_lived(declaration(MessageCount))
    assert not simulating.is_over_cap(declaration(MessageCount), {"removed": 99, "table": 99})
    assert not simulating.is_short_lived(declaration(Order))
    assert simulating.is_over_cap(declaration(Order), {"removed": 99, "table": 99})


# --- The command ------------------------------------------------------------------------


def command(*arguments):
    out = StringIO()
    call_command("retention", *arguments, stdout=out)
    return out.getvalue()


def test_a_dry_run_takes_any_day_and_removes_nothing(old_order):
    found = json.loads(command("--dry-run", "--as-of", "2099-01-01", "--json"))
    assert found["tables"]["orders.Order"]["removed"] == 0
    # The order's events are a ledger, and the database lets go of those by its own clock.
    assert found["tables"]["orders.Order"]["dependents"] == 1
    assert found["tables"]["orders.OrderEvent"]["refused"] == "DATABASE_CLOCK"
    assert Run.objects.count() == 0
    assert Order.objects.filter(pk=old_order.pk).exists()
    assert "orders.Order: 1 of 1 would go" in command("--dry-run")


def test_a_real_run_says_what_went(old_order):
    found = json.loads(command("--json"))
    assert found["state"] == "DONE"
    assert found["tables"]["orders.Order"]["done"] == 1
    assert "orders.Order" not in command()


def test_production_takes_no_other_day(settings, old_order):
    settings.TESTING = settings.DEMO = False
    with pytest.raises(CommandError, match="today only"):
        call_command("retention", "--as-of", "2099-01-01")
    with pytest.raises(sweeping.NotToday):
        sweeping.start(as_of=timezone.now() + timedelta(days=2), then_sweep=True)
    assert Run.objects.count() == 0
    assert json.loads(command("--dry-run", "--as-of", "2099-01-01", "--json"))["dry_run"]


def test_a_machine_whose_clock_is_wrong_removes_nothing(settings, old_order):
    settings.TESTING = settings.DEMO = False
    with (
        time_machine.travel(timezone.now() + timedelta(days=4000)),
        pytest.raises(sweeping.ClockWrong),
    ):
        sweeping.start(then_sweep=True)
    assert Run.objects.count() == 0


def test_a_clock_that_jumps_back_removes_nothing_early(old_order):
    with time_machine.travel(end_of(old_order) - timedelta(days=3)):
        assert not sweep().steps.filter(name__startswith="orders.").exists()
    assert Order.objects.filter(pk=old_order.pk).exists()


def test_too_large_a_share_cannot_be_confirmed_in_the_command(settings):
    settings.RETENTION_CAP_ROWS = 5
    old_runs(20)
    with pytest.raises(CommandError) as refused:
        command()
    assert refused.value.returncode == 3
    assert Run.objects.filter(kind="tests.x").count() == 20
    with pytest.raises(CommandError):
        command("--confirm")


# --- A part that breaks -----------------------------------------------------------------


def test_a_table_that_cannot_be_swept_names_itself_and_the_others_are_swept(old_order, monkeypatch):
    old_runs(3)
    real = sweeping.strategies.carry_out

    def breaks(one, rows):
        if one.label == "privacy.Run":
            raise RuntimeError
        return real(one, rows)

    monkeypatch.setattr(sweeping.strategies, "carry_out", breaks)
    run = sweep()
    assert (run.state, run.last_error) == (RunState.PARTIAL, "privacy.Run")
    assert not Order.objects.filter(pk=old_order.pk).exists()
    assert Run.objects.filter(kind="tests.x").count() == 3
    assert RunStep.objects.get(run=run, name="privacy.Run").last_error == "RuntimeError"
