"""Erasing a person with many orders, among few members and among many.

From the moment when the cooling-off is over to the end of the run; the search for words that may
be left, and what is told to partners, are parts of their own and not counted.
"""

from bench import figures, people, place

APART = ("partners", "residue")


def measure(orders: int, few: int, many: int) -> None:
    """The same person among `few` members, then among `many`."""
    taken = {}
    for members in (few, many):
        there = people.crowd(members)
        taken[members] = figures.in_turns({"erasing": lambda: erase(orders)})["erasing"]
        figures.within(f"erasure.among_{there}", taken[members], "s", orders, 2)
    if many > few:
        ratio = taken[many] / taken[few]
        figures.within("erasure.many_to_few", ratio, "times", many, 1.3)


def erase(orders: int) -> float:
    """Invent a person, ask for the erasure, and erase; returns the seconds."""
    from django.utils import timezone

    from privacy.erasure import cases
    from privacy.models import ErasureCase

    person = people.person(orders)
    case = cases.open_case(person.subject)
    ErasureCase.objects.filter(pk=case.pk).update(erase_after=timezone.now())
    done = place.child("bench.erasing:run", case=case.code)
    figures.say(f"erased: {done}")
    return done["seconds"]


def run(case: str) -> dict:
    """In a process of its own: the run of a case that is due, as a worker does it."""
    from django.utils import timezone

    from privacy.erasure import cases
    from privacy.models import ErasureCase, Run, RunStep
    from privacy.runs import engine
    from privacy.runs.enums import StepState

    found = ErasureCase.objects.get(code=case)
    began = timezone.now()
    assert cases.begin_if_free(found), found.waits_for
    found.refresh_from_db()
    parts = RunStep.objects.filter(run=found.run).exclude(name__in=APART)
    while parts.filter(finished_at=None).exists():
        if not engine.take_turn(found.run.pk, seconds=0.5):
            # A busy machine makes a run rest; here it goes on.
            Run.objects.filter(pk=found.run.pk).update(resume_at=timezone.now())
    left = parts.exclude(state=StepState.DONE)
    assert not left.exists(), [(one.name, one.state, one.last_error) for one in left]
    return {"seconds": (max(one.finished_at for one in parts) - began).total_seconds()}
