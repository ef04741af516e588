"""A longer period counts for whoever accepted the policy that brought it, and not before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from privacy import consents
from privacy.models import Run
from privacy.personal_data_runs import RunData
from privacy.purposes import POLICY
from privacy.registry import ends_at, expired, keep_for, registry
from privacy.retention import sweeping
from privacy.runs import engine

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(monkeypatch):
    longer = keep_for(
        years=5, after="finished_at", because="longer", since="1.10", formerly={"years": 1}
    )
    monkeypatch.setattr(RunData, "kept_for", longer)
    return registry.declaration_of(Run)


def done(subject, days, code):
    ended = timezone.now() - timedelta(days=days)
    return Run.objects.create(
        kind="tests.x", plan_sha256="", state="DONE", subject=subject, finished_at=ended, code=code
    )


def accept(person, version):
    consents.give(person.subject, POLICY, document_version=version, language="en", place="tests")


def gone(declaration):
    return set(expired(declaration, timezone.now()).values_list("code", flat=True))


def years_kept(declaration, row):
    rows = Run.objects.filter(pk=row.pk).annotate(end=ends_at(declaration))
    return rows.values_list("end", flat=True).get().year - row.finished_at.year


@pytest.mark.promise("RET-01")
def test_until_a_person_accepts_the_shorter_period_ends_their_rows(one, alice, bob):
    accept(alice, "1.9")
    accept(bob, "not a version")
    rows = {
        "A2": done(alice.subject, 800, "A2"),
        "B2": done(bob.subject, 800, "B2"),
        "N2": done(None, 800, "N2"),
        "A6": done(alice.subject, 2200, "A6"),
    }
    assert gone(one) == {"A2", "B2", "A6"}
    assert years_kept(one, rows["A2"]) == 1
    assert years_kept(one, rows["N2"]) == 5
    accept(alice, "1.10")
    assert gone(one) == {"B2", "A6"}
    assert years_kept(one, rows["A2"]) == 5
    accept(bob, "2")
    assert gone(one) == {"A6"}


def test_a_sweep_obeys_what_each_person_accepted(one, alice, bob):
    for person, version in ((alice, "1.9"), (bob, "1.10.2")):
        accept(person, version)
        done(person.subject, 800, person.member_name)
    count = engine.finish_now(sweeping.start(then_sweep=True))
    engine.finish_now(Run.objects.get(plan__simulation=count.pk))
    left = set(Run.objects.filter(kind="tests.x").values_list("code", flat=True))
    assert left == {"bob"}


def test_a_shorter_period_counts_at_once_and_half_a_change_is_refused(monkeypatch, alice):
    shorter = keep_for(
        years=1, after="finished_at", because="shorter", since="1.10", formerly={"years": 5}
    )
    monkeypatch.setattr(RunData, "kept_for", shorter)
    declaration = registry.declaration_of(Run)
    done(alice.subject, 800, "A2")
    assert gone(declaration) == {"A2"}
    with pytest.raises(ValueError, match="go together"):
        keep_for(years=1, after="at", because="x", since="1.1")
