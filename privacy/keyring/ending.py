"""Keys are destroyed for ever: by person, by month, or because their rows moved to another key.

A key from which a row was moved (*retired*) stays until the last backup that still holds the row
under it has ended, or a restore of that backup would lose the row. Everything else goes at once.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from privacy.enums import Decision, KeyClass, KeyState
from privacy.keyring.data import ALIAS, BUCKETED
from privacy.models.keys import DataKey

EVERYBODY = UUID(int=0)
"""The subject of a decision about a whole bucket of keys."""
MOVED_WITHIN = timedelta(hours=1)
"""A transaction that moves rows, or a request that seals under the old key, has ended by then."""


def destroy_keys(subject: UUID, key_classes: Iterable[KeyClass] | None = None) -> int:
    """Destroy the person's keys (of these classes); returns how many. Repeatable.

    The rows that they seal are to be erased first. Not reversible: the journal knows of it before
    it happens, and no restored keyring brings the keys back. A retired key waits for the backups,
    and goes with a later night.
    """
    keys = living().filter(ripe(), subject=subject)
    if key_classes is not None:
        keys = keys.filter(key_class__in=list(key_classes))
    return _destroy(subject, keys)


def destroy_bucket(key_class: KeyClass, bucket: str) -> int:
    """Destroy everybody's keys of one month, set-based, by one entry of the journal.

    For when the last row of the bucket has ended. Returns how many. Repeatable.
    """
    if key_class not in BUCKETED or not bucket:
        raise ValueError(f"{key_class} has no buckets.")
    keys = living().filter(ripe(), key_class=key_class, bucket=bucket)
    number = keys.count()
    if not number:
        return 0
    return _decide(EVERYBODY, f"{key_class}@{bucket}", {str(key_class): number})


def destroy_retired(key_classes: Iterable[str] | None = None) -> int:
    """Destroy the retired keys for which no backup waits any more; returns how many.

    By one entry of the journal, which names the classes and the moment before which they retired.
    """
    keys = living().filter(ripe(), retired_at__isnull=False)
    if key_classes is not None:
        keys = keys.filter(key_class__in=list(key_classes))
    newest = keys.order_by("-retired_at").values_list("retired_at", flat=True).first()
    if newest is None:
        return 0
    counters = _counted(keys, "key_class")
    before = newest + timedelta(microseconds=1)
    return _decide(EVERYBODY, f"{','.join(sorted(counters))}#{before.isoformat()}", counters)


def destroy_unused(subjects: Iterable[UUID], key_class: KeyClass) -> int:
    """Destroy keys of a class without months whose people have no row left under them."""
    number = 0
    for subject in sorted(subjects):
        number += destroy_keys(subject, [key_class])
    return number


def living() -> "QuerySet[DataKey]":
    """Keys that are not destroyed."""
    return DataKey.objects.using(ALIAS).exclude(state=KeyState.DESTROYED)


def ripe() -> Q:
    """Keys that may go now: not retired, or retired before the oldest backup that still opens.

    One that may still be sealing in a request of another process waits for an hour besides; a
    blocked key seals nothing.
    """
    from privacy.vault import backup_keys  # noqa: PLC0415 - backups wrap their keys with ours

    now = timezone.now()
    waited = Q(state=KeyState.BLOCKED) | Q(retired_at__lt=now - MOVED_WITHIN)
    oldest = backup_keys.oldest_living(now)
    if oldest is not None:
        waited &= Q(retired_at__lt=oldest - MOVED_WITHIN)
    return Q(retired_at__isnull=True) | waited


def retire(key_ids: Iterable[UUID]) -> int:
    """Note that rows are about to move away from these keys; nothing new is sealed under them."""
    keys = living().filter(pk__in=list(key_ids))
    return keys.update(retired_at=timezone.now())


def _destroy(subject: UUID, keys: "QuerySet[DataKey]") -> int:
    """The journal names each bucket: a retired key of the same class is not meant."""
    counters: dict[str, int] = {}
    found = keys.order_by("key_class", "bucket").values_list("key_class", "bucket")
    for key_class, bucket, number in found.annotate(number=Count("pk")):
        counters[f"{key_class}@{bucket}" if bucket else key_class] = number
    if not counters:
        return 0
    classes = sorted({name.partition("@")[0] for name in counters})
    return _decide(subject, ",".join(classes), counters)


def _counted(keys: "QuerySet[DataKey]", name: str) -> dict[str, int]:
    return dict(keys.order_by(name).values_list(name).annotate(number=Count("pk")))


def _decide(subject: UUID, scope: str, counters: dict[str, int]) -> int:
    from privacy import journal  # noqa: PLC0415 - the journal signs with a key of the house
    from privacy.vault import replay  # noqa: PLC0415

    entry = journal.write(Decision.DESTROY_KEYS, subject=subject, scope=scope, counters=counters)
    return replay.carry_out(entry)
