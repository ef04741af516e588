"""How a case ends."""

from collections import Counter

from django.utils import timezone

from privacy import audit
from privacy.enums import Action
from privacy.erasure import planning, proof
from privacy.erasure.enums import CaseState
from privacy.models import ErasureCase, Run
from privacy.runs.enums import RunState
from privacy.signals import erasure_ended


def ended(case: ErasureCase, run: Run) -> None:
    """Note how the run of a case ended; what is left is tried again later."""
    numbers = numbers_of(run)
    whole = run.state == RunState.DONE and not any(key.startswith("held:") for key in numbers)
    values = {
        "state": CaseState.DONE if whole else CaseState.PARTIAL,
        "counters": numbers,
        "finished_at": timezone.now() if whole else None,
    }
    ErasureCase.objects.filter(pk=case.pk).update(**values)
    if not whole:
        return
    case.refresh_from_db()
    proof.complete(case, planning.plan_for(case.subject), run)
    # The entry names nobody: who it was is what nobody may know any more.
    audit.record(Action.ERASURE_DONE, actor=None, detail={"case": case.code})
    erasure_ended.send(ErasureCase, case=case)
    ErasureCase.objects.filter(pk=case.pk).update(farewell=None)


def numbers_of(run: Run) -> dict[str, int]:
    """What became of how many rows: `erased:…`, `kept:…`, `held:…` and `failed` by table."""
    found: Counter[str] = Counter()
    names = {"rows": "erased", "kept": "kept", "held": "held"}
    for step in run.steps.all():
        for key, number in step.counters.items():
            if key in names:
                found[f"{names[key]}:{step.name}"] += number
            elif step.name == "kept":
                found[f"kept:{key}"] += number
            else:
                found[key] += number
    return dict(sorted(found.items()))
