"""A case from the confirming click to the run: hidden at once, taken back, waited for, begun."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from privacy import audit, journal, residue
from privacy.enums import Action, Decision
from privacy.erasure import planning, proof, rows, running
from privacy.erasure.enums import OPEN, UNDOABLE, CaseReason, CaseScope, CaseState
from privacy.erasure.errors import MustWait, NothingThere, PlanChanged, TooLateToUndo
from privacy.models import ErasureCase
from privacy.registry import blockers_of
from privacy.retention import holding
from privacy.runs.enums import LIVE, RunState
from privacy.signals import account_hidden, account_shown, blockers_due
from privacy.vault import replay

log = logging.getLogger(__name__)

GATE = 7_244_005
TRY_AGAIN = timedelta(hours=1)
"""After what time a case of which something failed is taken up again; it is never given up."""


def open_case_of(subject: UUID) -> ErasureCase | None:
    """The case by which this account is hidden, if there is one."""
    return ErasureCase.objects.filter(
        subject=subject, scope=CaseScope.ACCOUNT, state__in=OPEN
    ).first()


def is_there(subject: UUID) -> bool:
    """Whether there is an account that was not erased."""
    people = get_user_model()._default_manager.filter(subject=subject)
    return people.exclude(password="").exists()


def open_case(
    subject: UUID,
    *,
    fingerprint: str | None = None,
    reason: CaseReason = CaseReason.PERSON,
    actor: Any = None,
) -> ErasureCase:
    """Hide the person at once and note when they are erased. Asked twice is asked once.

    `fingerprint` is that of the plan which the person saw. Raises `MustWait`, `PlanChanged` and
    `NothingThere`.
    """
    with transaction.atomic():
        _one_at_a_time()
        existing = open_case_of(subject)
        if existing is not None:
            return existing
        if not is_there(subject):
            raise NothingThere
        plan = planning.plan_for(subject)
        if plan.must_do:
            raise MustWait(plan.must_do)
        if fingerprint is not None and fingerprint != plan.fingerprint:
            raise PlanChanged
        now = timezone.now()
        case = ErasureCase.objects.create(
            subject=subject,
            reason=reason,
            plan_sha256=plan.fingerprint,
            waits_for=_codes(plan.waits_for),
            asked_at=now,
            erase_after=now + timedelta(days=settings.ERASURE_COOLING_OFF_DAYS),
            latest_at=now + timedelta(days=settings.ERASURE_LATEST_DAYS),
        )
        audit.record(Action.ERASURE_ASKED, actor=actor, subject=subject, detail={"case": case.code})
        case.receipt_code = proof.promise(case, plan).code
        case.save(update_fields=["receipt_code"])
        account_hidden.send(ErasureCase, case=case)
        residue.gather(subject, case.code)
        _decide(Decision.CANCEL_ACCOUNT, case)
    case.refresh_from_db()
    return case


def undo(case: ErasureCase, *, actor: Any = None) -> None:
    """Show the account again as it was. Raises `TooLateToUndo`."""
    with transaction.atomic():
        _one_at_a_time()
        taken = ErasureCase.objects.filter(pk=case.pk, state__in=UNDOABLE).update(
            state=CaseState.UNDONE, finished_at=timezone.now(), waits_for="", farewell=None
        )
        if not taken:
            raise TooLateToUndo
        case.refresh_from_db()
        audit.record(
            Action.ERASURE_UNDONE, actor=actor, subject=case.subject, detail={"case": case.code}
        )
        proof.cancel(case)
        residue.discard(case.code)
        account_shown.send(ErasureCase, case=case)
        _decide(Decision.KEEP_ACCOUNT, case)


def _decide(decision: Decision, case: ErasureCase) -> None:
    """Into the journal, last of all: a restored backup does not forget what was asked for."""
    replay.mark(journal.write(decision, subject=case.subject, scope=case.code))


def _one_at_a_time() -> None:
    """Of two last administrators one goes; of two clicks one counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATE])


def _codes(blockers: Any) -> str:
    return ",".join(sorted({one.code for one in blockers}))[:200]


# --- By the clock -----------------------------------------------------------------------


def tend() -> int:
    """Begin what is due, and take up again what failed or was held; returns how many began."""
    now = timezone.now()
    due = ErasureCase.objects.filter(state__in=UNDOABLE, erase_after__lte=now)
    began = sum(begin_if_free(case) for case in due.order_by("erase_after"))
    stuck = ErasureCase.objects.filter(
        state__in=[CaseState.RUNNING, CaseState.PARTIAL]
    ).select_related("run")
    return began + sum(_go_on(case) for case in stuck.order_by("pk"))


def begin_if_free(case: ErasureCase) -> bool:
    """Begin the erasure of a case that is due, unless something must end first.

    What is not in the person's hands gets ended where that is possible. On the last day the
    erasure begins all the same: what is still under way needs nothing that goes.
    """
    blockers = blockers_of(case.subject)
    if blockers:
        for receiver, answer in blockers_due.send_robust(ErasureCase, subject=case.subject):
            if isinstance(answer, Exception):
                name = getattr(receiver, "__name__", "")
                log.error("a blocker could not be ended", extra={"kind": name})
        blockers = blockers_of(case.subject)
    is_late = timezone.now() >= case.latest_at
    stops = [one for one in blockers if one.in_persons_hands] if is_late else blockers
    if stops:
        ErasureCase.objects.filter(pk=case.pk, state__in=UNDOABLE).update(
            state=CaseState.WAITING, waits_for=_codes(stops)
        )
        return False
    return begin(case)


def begin(case: ErasureCase) -> bool:
    """Start the run; False when the case was taken back or begun at the same moment."""
    with transaction.atomic():
        _one_at_a_time()
        taken = ErasureCase.objects.filter(pk=case.pk, state__in=UNDOABLE).update(
            state=CaseState.RUNNING, begun_at=timezone.now(), waits_for=""
        )
        if not taken:
            return False
        ErasureCase.objects.filter(pk=case.pk).update(run=running.start(case))
    case.refresh_from_db()
    return True


def _go_on(case: ErasureCase) -> bool:
    """A new run for what an ended one left undone: at once when a hold is over, else later."""
    run = case.run
    if run is None or run.state in LIVE:
        return False
    if _is_held(case):
        return False
    failed = run.state != RunState.DONE
    if failed and run.finished_at and run.finished_at > timezone.now() - TRY_AGAIN:
        return False
    with transaction.atomic():
        again = ErasureCase.objects.filter(pk=case.pk, run=run, state__in=OPEN)
        if not again.update(state=CaseState.RUNNING):
            return False
        ErasureCase.objects.filter(pk=case.pk).update(run=running.start(case))
    return True


def _is_held(case: ErasureCase) -> bool:
    """Whether a hold still keeps something that the last run found held."""
    kept = [name.removeprefix("held:") for name in case.counters if name.startswith("held:")]
    holds = holding.in_force()
    return any(rows.is_held(one, case.subject, holds) for one in rows.tables() if one.label in kept)
