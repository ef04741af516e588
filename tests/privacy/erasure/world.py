"""Ask for an erasure, let the time pass, and let the run end."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from privacy.erasure import cases
from privacy.runs import engine


def erase(person, *, days=8):
    """Ask, let the days pass, and let the run end; the case as it stands then."""
    case = cases.open_case(person.subject)
    return go_on(case, days=days)


def go_on(case, *, days=8):
    """Let the clock do what is due so many days from now."""
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=True):
        cases.tend()
        case.refresh_from_db()
        if case.run is not None:
            engine.finish_now(case.run)
            case.refresh_from_db()
    return case
