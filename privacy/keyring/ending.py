"""Keys are destroyed for ever: by person, by month, or because their rows moved to another key.

A key from which a row was moved (*retired*) stays until the last backup that still holds the row
under it has ended, or a restore of that backup would lose the row. Everything else goes at once.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import connections
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.sql import DeleteQuery
from django.utils import timezone

from privacy.enums import Decision, KeyClass, KeyState
from privacy.keyring.data import ALIAS, BUCKETED
from privacy.models.keys import DataKey, DestroyedKeys

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


def retired_and_ripe(at_once: int) -> list[DataKey]:
    """The keys that retired first, up to the first one that has to wait."""
    retired = living().filter(retired_at__isnull=False)
    waits = retired.exclude(ripe()).aggregate(first=Min("retired_at"))["first"]
    if waits is not None:
        retired = retired.filter(retired_at__lt=waits)
    chunk = list(retired.order_by("retired_at", "pk")[:at_once])
    # What retired at the same moment goes together: the journal names moments, not keys.
    return list(retired.filter(retired_at__lte=chunk[-1].retired_at)) if chunk else []


def destroy_retired(keys: Iterable[DataKey]) -> int:
    """Destroy what `retired_and_ripe` found, once nothing is left under it; returns how many.

    By one entry of the journal, which names the classes and the moment before which they retired.
    """
    given = list(keys)
    moments = [key.retired_at for key in given if key.retired_at is not None]
    if not moments:
        return 0
    counters = Counter(key.key_class for key in given)
    before = max(moments) + timedelta(microseconds=1)
    scope = f"{','.join(sorted(counters))}#{before.isoformat()}"
    return _decide(EVERYBODY, scope, dict(counters))


def some_wait_for_backups(subject: UUID) -> bool:
    """Whether a key of this person stays until the backups from before their erasure have ended."""
    return living().filter(subject=subject, retired_at__isnull=False).exists()


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


def remove_together(keys: "QuerySet[DataKey]", key_class: str, bucket: str) -> int:
    """Delete these keys of a month, and note their ids by the thousand; returns how many.

    To change a million rows takes a minute, to delete them a second.
    """
    connection = connections[ALIAS]
    delete = keys.query.chain(DeleteQuery).get_compiler(ALIAS)
    inner, values = delete.as_sql()
    noted = connection.ops.quote_name(DestroyedKeys._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH gone AS ({inner} RETURNING uuid_send(id) AS id), "  # noqa: S608 - names of ours
            f"parts AS (INSERT INTO {noted} (key_class, bucket, part, ids, destroyed_at) "
            "SELECT %s, %s, get_byte(id, 0), string_agg(id, ''), %s FROM gone GROUP BY 3 "
            "RETURNING length(ids)) SELECT coalesce(sum(length), 0) / 16 FROM parts",
            [*values, key_class, bucket, timezone.now()],
        )
        return int(cursor.fetchone()[0])


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


def _decide(subject: UUID, scope: str, counters: dict[str, int]) -> int:
    from privacy import journal  # noqa: PLC0415 - the journal signs with a key of the house
    from privacy.vault import replay  # noqa: PLC0415

    entry = journal.write(Decision.DESTROY_KEYS, subject=subject, scope=scope, counters=counters)
    return replay.carry_out(entry)
