"""How the keys stand: which master key wraps how many, what is missing, what is old."""

from collections import Counter
from typing import Any

from django.db import connections
from django.db.models import Count
from django.utils import timezone

from privacy.keyring import ALIAS, ending, house, master
from privacy.models import DataKey, PurposeKey, Run
from privacy.rotation import indexes
from privacy.rotation.master import KIND as MASTER
from privacy.runs.enums import RunState
from privacy.vault import backup_keys

UNMARKED = "unmarked"


def status() -> dict[str, Any]:
    """What `manage.py keyring status` says."""
    known = master.ids()
    wrapped = _wrapped_by()
    closed = {name: number for name, number in wrapped.items() if name not in {*known, UNMARKED}}
    others = sum(number for name, number in wrapped.items() if name != known[0])
    rows = DataKey.objects.using(ALIAS).order_by("key_class", "state")
    people = rows.values_list("key_class", "state").annotate(number=Count("pk"))
    found: dict[str, Any] = {
        "master": known[0],
        "old_masters": known[1:],
        "wrapped_by": dict(sorted(wrapped.items())),
        "closed": sum(closed.values()),
        "missing": house.missing_names(),
        "people": {f"{key_class} {state}": number for key_class, state, number in people},
        "retired": ending.living().filter(retired_at__isnull=False).count(),
        "indexes": {
            label: at.date().isoformat() if at else None for label, at in indexes.drawn_at().items()
        },
    }
    return {**found, **_old_master(others)}


def _wrapped_by() -> Counter[str]:
    """How many keys each master key wraps, by its id."""
    counts: Counter[str] = Counter()
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN substring(wrapped FROM 1 FOR 1) = %s "
            "THEN encode(substring(wrapped FROM 2 FOR 4), 'hex') ELSE %s END, count(*) "
            "FROM privacy_datakey WHERE wrapped IS NOT NULL GROUP BY 1",
            [master.MARKED, UNMARKED],
        )
        counts.update(dict(cursor.fetchall()))
    own = [bytes(one) for one in PurposeKey.objects.using(ALIAS).values_list("wrapped", flat=True)]
    for wrapped in [*own, *backup_keys.wrapped_keys()]:
        counts[master.mark_of(wrapped) or UNMARKED] += 1
    return counts


def _old_master(others: int) -> dict[str, Any]:
    """Whether the old master key may go, and until when its copy is needed for old backups."""
    last = Run.objects.filter(kind=MASTER, state=RunState.DONE).order_by("-finished_at").first()
    ends = None
    if last is not None and last.finished_at is not None:
        ends = backup_keys.last_end_of(last.finished_at)
    needed = ends is not None and ends > timezone.now()
    return {
        "under_other_masters": others,
        "old_master_may_be_removed": others == 0,
        "keep_old_master_until": ends.date().isoformat() if needed and ends else None,
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The same in sentences."""
    told = [f"Master key {found['master']}, and {len(found['old_masters'])} old ones."]
    if found["under_other_masters"]:
        told.append(
            f"{found['under_other_masters']} keys are not wrapped by it: "
            "`manage.py keyring rotate-master`."
        )
    else:
        told.append("It wraps every key; MASTER_KEY_OLD may be emptied.")
        if found["keep_old_master_until"]:
            told.append(
                "Keep the old master key in a safe place, for the keyrings in backups from before "
                f"the rotation, until {found['keep_old_master_until']}."
            )
    told += [f"{name}: {number}" for name, number in found["people"].items()]
    told.append(f"Retired keys that wait for backups to end: {found['retired']}.")
    told += [
        f"Index {label}: key of {day or 'its first use'}" for label, day in found["indexes"].items()
    ]
    told += [f"MISSING: {name}" for name in found["missing"]]
    if found["closed"]:
        told.append(f"{found['closed']} keys are wrapped by a master key that is not configured.")
    return told
