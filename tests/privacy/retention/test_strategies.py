"""What becomes of a row that does not simply go, and of the seals of ledgers whose rows went."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from privacy import audit
from privacy.enums import Action, CheckState
from privacy.ledger import doors, sealing, verifying
from privacy.models import AuditEntry, Run
from privacy.personal_data_runs import RunData
from privacy.registry import Erasure
from privacy.retention import simulating, sweeping
from privacy.runs import engine
from privacy.runs.enums import RunState

OLD = "tests.x"


def sweep():
    count = engine.finish_now(sweeping.start(then_sweep=True))
    run = engine.finish_now(Run.objects.get(kind=sweeping.SWEEP, plan__simulation=count.pk))
    assert run.state == RunState.DONE
    return {step.name: step.done_rows for step in run.steps.all() if step.done_rows}


@pytest.mark.django_db
@pytest.mark.promise("RET-05")
@pytest.mark.parametrize(
    ("strategy", "kind", "has_person"),
    [
        (Erasure.BLANK, "", True),
        (Erasure.GENERALISE, "something", True),
        (Erasure.DETACH, OLD, False),
    ],
)
def test_a_row_that_stays_loses_what_its_declaration_says_once(
    monkeypatch, alice, strategy, kind, has_person
):
    monkeypatch.setattr(RunData, "at_end", strategy)
    monkeypatch.setattr(RunData, "fields", {"kind": RunData.fields["kind"]})
    monkeypatch.setattr(RunData, "generalised", {"kind": "something"})
    now = timezone.now()
    codes = ("PAST", "KEPT")
    for code, days in zip(codes, (2000, 20), strict=True):
        ended = now - timedelta(days=days)
        Run.objects.create(
            kind=OLD, plan_sha256="", subject=alice.subject, state="DONE", code=code,
            finished_at=ended,
        )  # fmt: skip
    assert sweep()["privacy.Run"] == 1
    past, kept = (Run.objects.get(code=code) for code in codes)
    assert (past.kind, past.subject == alice.subject) == (kind, has_person)
    assert (kept.kind, kept.subject) == (OLD, alice.subject)
    assert simulating.simulate_all()["privacy.Run"].removed == 0
    assert "privacy.Run" not in sweep()


@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("SEC-08")
def test_the_seals_hold_after_a_sweep_let_go_of_entries_that_ended(alice):
    with time_machine.travel(timezone.now() - timedelta(days=1200), tick=False):
        ended = [
            audit.record(Action.SIGNED_IN, actor=alice, subject=alice.subject),
            audit.record(Action.VALUE_OPENED, actor=None, subject=alice.subject),
        ]
    with time_machine.travel(timezone.now() - timedelta(days=500), tick=False):
        own = audit.record(Action.SIGNED_IN, actor=alice, subject=alice.subject)
        staff = audit.record(Action.VALUE_OPENED, actor=None, subject=alice.subject)
    sealing.seal_all()
    before = verifying.verify()
    assert (before.state, before.expired) == (CheckState.CLEAN, 0)
    assert sweep()["privacy.AuditEntry"] == 3
    left = set(AuditEntry.objects.values_list("pk", flat=True))
    assert left.isdisjoint([*(one.pk for one in ended), own.pk])
    assert staff.pk in left
    doors.clear_tokens()
    sealing.seal_all()
    after = verifying.verify()
    assert (after.state, after.expired) == (CheckState.CLEAN, 3)
