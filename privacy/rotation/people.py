"""Give people new keys: what the old ones seal is sealed anew, and the old ones end.

The old keys are *retired* and go with a later night, once no backup holds a row under them.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from privacy import resealing
from privacy.enums import KeyClass
from privacy.keyring import ending
from privacy.keyring.blocking import BLOCKED_WITH_A_PERSON
from privacy.models import DataKey, Run, RunStep
from privacy.runs import engine
from privacy.runs.engine import Part
from privacy.runs.kinds import Chunk, Cursor, run_kind

KIND = "privacy.rotate_data_keys"
ROTATED = BLOCKED_WITH_A_PERSON
"""Names in the ledgers cannot change, and sessions end by themselves."""
AT_ONCE = 100


def start(
    *,
    subject: UUID | None = None,
    key_class: KeyClass = KeyClass.ACCOUNT,
    older_than: timedelta = timedelta(),
    requested_by: UUID | None = None,
) -> Run:
    """Begin to exchange the keys of a class: one person's, or everybody's older than that."""
    if key_class not in ROTATED:
        raise ValueError(f"Keys of the class {key_class} are not rotated.")
    before = timezone.now() - older_than
    plan = {"before": before.isoformat()}
    number = _old(key_class, before, subject).filter(retired_at=None).count()
    return engine.start(
        KIND,
        parts=[Part(str(key_class), expected=number)],
        plan=plan,
        subject=subject,
        requested_by=requested_by,
    )


def _old(key_class: KeyClass, before: datetime, subject: UUID | None) -> "QuerySet[DataKey]":
    keys = ending.living().filter(key_class=key_class, created_at__lt=before)
    return keys if subject is None else keys.filter(subject=subject)


@run_kind(KIND, label=_("Rotation of people's keys"), cancel_is_safe=True)
def rotate(step: RunStep, cursor: Cursor) -> Chunk:
    """Some people: retire their keys, draw new ones, and move their rows, a few hundred at a time.

    The chunk is over when nothing is left under the old keys; only then the next people come.
    """
    key_class = KeyClass(step.name)
    before = parse_datetime(step.run.plan["before"])
    assert before is not None
    keys = _old(key_class, before, step.run.subject)
    if "after" in cursor:
        keys = keys.filter(pk__gt=UUID(cursor["after"]))
    chosen = list(keys.order_by("pk")[:AT_ONCE])
    if not chosen:
        return Chunk(cursor, done=True)
    fresh = [key for key in chosen if key.retired_at is None]
    ending.retire(key.pk for key in fresh)
    resealing.target_keys({key.subject: key.state for key in fresh}, key_class)
    only = Q(pk__in=[key.pk for key in chosen])
    for model in resealing.sealed_models():
        rows = resealing.rows_under(model, chosen).order_by("pk")[: resealing.AT_ONCE]
        moved = resealing.move(model, rows, key_class, only=only)[0]
        if moved:
            return Chunk(cursor, {"sealed_anew": moved, **({"rows": len(fresh)} if fresh else {})})
    after = {"after": str(chosen[-1].pk)}
    return Chunk(after, {"rows": len(fresh)} if fresh else {})
