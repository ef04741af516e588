"""A sweep removes whole windows of keys by plain statements, and still waits for nobody."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import MessageCount
from privacy.models import Run
from privacy.registry import registry
from privacy.retention import rules, simulating, strategies, sweeping
from privacy.runs import engine
from privacy.runs.engine import Part
from privacy.runs.enums import RunState


def counts(*days_ago):
    """Counts of messages that ended so many days ago."""
    now = timezone.now()
    rows = [
        MessageCount(token=str(n), window_start=now, ends_at=now - timedelta(days=days))
        for n, days in enumerate(days_ago)
    ]
    return MessageCount.objects.bulk_create(rows)


def declaration():
    return registry.declaration_of(MessageCount)


@pytest.mark.django_db(transaction=True)
def test_a_locked_row_is_left_and_its_neighbours_go():
    rows = counts(3, 3, 3, 3, 3)
    moment = rules.Moment(timezone.now())
    found = rules.removable(declaration(), moment)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM accounts_messagecount WHERE id = %s FOR UPDATE", [rows[2].pk]
            )
        with transaction.atomic():
            assert strategies.carry_out(declaration(), found) == 4
        assert [row.pk for row in found.all()] == [rows[2].pk]
    finally:
        other.rollback()
        other.close()
    assert strategies.carry_out(declaration(), found) == 1
    assert not found.all().exists()


@pytest.mark.django_db
@pytest.mark.parametrize("young", [0, 40], ids=["close together", "far apart"])
def test_a_chunk_never_holds_more_rows_than_its_pace(monkeypatch, young):
    monkeypatch.setattr(engine, "MOST_PACE", 2)
    counts(3, *[0] * young, 3, 3, 3, 3)
    seen = []
    real = strategies.carry_out

    def watched(one, rows):
        seen.append(real(one, rows))
        return seen[-1]

    monkeypatch.setattr(sweeping.strategies, "carry_out", watched)
    plan = simulating.simulate(declaration(), rules.Moment(timezone.now())).as_plan()
    run = engine.start(
        sweeping.SWEEP,
        plan={"as_of": timezone.now().isoformat()},
        parts=[Part("accounts.MessageCount", expected=plan["removed"], plan=plan)],
    )
    Run.objects.filter(pk=run.pk).update(pace=2)
    run = engine.finish_now(run)
    assert run.state == RunState.DONE
    assert seen == [2, 2, 1]
    assert run.counters == {"rows": 5}
    assert MessageCount.objects.count() == young
