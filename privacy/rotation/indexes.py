"""Exchange the key of a blind index while people sign up, sign in and buy.

An old dump with a list of phone numbers finds nobody once the key that made its indexes is gone.
So each key is destroyed within a backup's life, written to the decision journal first.

1. Draw the next key and announce it: look-ups try both from now on.
2. When every process knows, new indexes are made under the next key; move the others, row by row.
3. Make the next key the present one; after a moment, destroy the old one.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.conf import settings
from django.db import connections, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.errors import TryLater
from privacy import keyring, normalising
from privacy.enums import Decision
from privacy.fields import BlindIndexField, SealedTextField
from privacy.fields_email import LABEL as EMAIL_LABEL
from privacy.fields_email import PREFIX_BYTES, BlindEmailField
from privacy.keyring import data, house, indexes
from privacy.models import DataKey, IndexKey, IndexPhase, JournalEntry, PurposeKey, Run, RunStep
from privacy.resealing import SealedColumn, sealed_columns
from privacy.runs import engine
from privacy.runs.engine import Part
from privacy.runs.enums import LIVE
from privacy.runs.kinds import Chunk, Cursor, run_kind

KIND = "privacy.rotate_index"
GRACE = timedelta(seconds=60)
"""Longer than a process remembers a phase, and than a request takes."""
AT_ONCE = 1000


class NoSuchIndex(LookupError):
    """No column of this name is a blind index."""


@dataclass(frozen=True)
class Index:
    """A blind index: its column, and the sealed one from which it is made."""

    model: type[models.Model]
    column: str
    source: SealedColumn
    plain: Callable[[bytes], str]
    is_mail: bool = False

    @property
    def label(self) -> str:
        """Its name: table and column."""
        return f"{self.model._meta.db_table}.{self.column}"


def all_indexes() -> dict[str, Index]:
    """Every blind index of the mall, by its name."""
    found = {}
    for model in apps.get_models():
        sealed = {one.name: one for one in sealed_columns(model)}
        for column in model._meta.concrete_fields:
            if isinstance(column, BlindIndexField):
                index = Index(model, str(column.column), sealed[column.source], _plain_of(column))
                found[index.label] = index
    mail = sealed_columns(EmailAddress)[0]
    column = EmailAddress._meta.get_field("email")
    assert isinstance(column, BlindEmailField)
    found[EMAIL_LABEL] = Index(
        EmailAddress, "email", mail, lambda plain: normalising.email(plain.decode()), is_mail=True
    )
    return dict(sorted(found.items()))


def _plain_of(column: BlindIndexField) -> Callable[[bytes], str]:
    source = column.model._meta.get_field(column.source)
    assert isinstance(source, SealedTextField)

    def plain(content: bytes) -> str:
        value = source.from_plain(content)
        return normalising.normalise(column.normalise, str(value)) if value else ""

    return plain


# --- Starting ---------------------------------------------------------------------------


def start(labels: list[str] | None = None, *, requested_by: UUID | None = None) -> Run:
    """Begin to exchange the keys of these indexes, or of all. Raises `NoSuchIndex`.

    One rotation at a time: a second call returns the run that is under way.
    """
    known = all_indexes()
    wanted = list(known) if labels is None else labels
    for label in wanted:
        if label not in known:
            raise NoSuchIndex(label)
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [KIND])
        live = Run.objects.filter(kind=KIND, state__in=LIVE).first()
        if live is not None:
            return live
        return engine.start(
            KIND, parts=[Part(label) for label in wanted], requested_by=requested_by
        )


def start_old() -> Run | None:
    """Begin with the indexes whose keys are older than `INDEX_KEY_DAYS`; None when none is."""
    before = timezone.now() - timedelta(days=settings.INDEX_KEY_DAYS)
    old = [label for label, at in drawn_at().items() if at is not None and at < before]
    return start(old) if old else None


def drawn_at() -> dict[str, Any]:
    """Since when each index has its present key; None for one that was never used."""
    rows = {row.column: row.key_name for row in IndexKey.objects.all()}
    names = {label: rows.get(label, indexes.first_name(label)) for label in all_indexes()}
    keys = PurposeKey.objects.using(keyring.ALIAS).filter(pk__in=names.values())
    made = dict(keys.values_list("name", "created_at"))
    return {label: made.get(name) for label, name in names.items()}


# --- The run ----------------------------------------------------------------------------


@run_kind(KIND, label=_("Rotation of blind indexes"))
def rotate(step: RunStep, cursor: Cursor) -> Chunk:
    """One step of one index; its phase says where it stands, whatever the cursor lost."""
    index = all_indexes()[step.name]
    match cursor.get("phase", "announce"):
        case "announce":
            return _announce(index)
        case "wait":
            return _begin_moving(index)
        case "move":
            return _move_chunk(index, cursor, step.run.pace)
        case "switch":
            return _switch(index, str(cursor["old"]))
        case _:
            return _destroy(index, str(cursor["old"]))


def _row(index: Index) -> IndexKey:
    """The index's row, locked: nobody is writing by the former phase when this returns."""
    first = IndexKey(column=index.label, key_name=indexes.first_name(index.label))
    IndexKey.objects.bulk_create([first], ignore_conflicts=True)
    return IndexKey.objects.select_for_update().get(pk=index.label)


def _enter(row: IndexKey, phase: IndexPhase, **values: Any) -> None:
    row.phase, row.since = phase, timezone.now()
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    indexes.forget_phases()


def _announce(index: Index) -> Chunk:
    row = _row(index)
    if row.phase == IndexPhase.STEADY:
        name = f"{indexes.first_name(index.label)}:{secrets.token_hex(4)}"
        keyring.purpose_key(name)
        _enter(row, IndexPhase.ANNOUNCED, next_name=name)
    return Chunk({"phase": "wait" if row.phase == IndexPhase.ANNOUNCED else "move"})


def _begin_moving(index: Index) -> Chunk:
    row = _row(index)
    if row.phase == IndexPhase.ANNOUNCED:
        _wait_since(row.since)
        _enter(row, IndexPhase.MOVING)
    return Chunk({"phase": "move"})


def _wait_since(since: Any) -> None:
    left = since + GRACE - timezone.now()
    if left > timedelta():
        raise TryLater(seconds=int(left.total_seconds()) + 1, reason="every process must know")


def _move_chunk(index: Index, cursor: Cursor, at_once: int) -> Chunk:
    row = IndexKey.objects.get(pk=index.label)
    number, last = move(index, row.next_name, cursor.get("after"), min(at_once, AT_ONCE))
    if last is None:
        return Chunk({"phase": "switch", "old": row.key_name})
    return Chunk({"phase": "move", "after": last}, {"rows": number})


def _switch(index: Index, old: str) -> Chunk:
    row = _row(index)
    if row.next_name:
        now = timezone.now()
        _enter(row, IndexPhase.STEADY, key_name=row.next_name, next_name="", drawn_at=now)
    return Chunk({"phase": "destroy", "old": old})


def _destroy(index: Index, old: str) -> Chunk:
    row = IndexKey.objects.get(pk=index.label)
    if old in {row.key_name, row.next_name}:
        return Chunk({}, done=True)
    _wait_since(row.since)
    return Chunk({}, {"keys": destroy_key(old)}, done=True)


def destroy_key(name: str) -> int:
    """Destroy the former key of an index for ever; the journal knows of it before it happens."""
    from privacy import journal  # noqa: PLC0415 - declared after the handlers of decisions
    from privacy.vault import replay  # noqa: PLC0415

    if not PurposeKey.objects.using(keyring.ALIAS).filter(pk=name).exists():
        return 0
    return replay.carry_out(
        journal.write(
            Decision.DESTROY_INDEX_KEY,
            subject=keyring.EVERYBODY,
            scope=name,
            counters={"keys": 1},
        )
    )


# --- Moving -----------------------------------------------------------------------------


def move(index: Index, name: str, after: Any, at_once: int) -> tuple[int, Any]:
    """Make the indexes of one chunk of rows anew under the key `name`.

    Returns how many changed and the last row's key, None when no row is left. The indexes are made
    from the sealed values, not from the old indexes. A value that nobody can open any more loses
    its index; one whose key is missing keeps it. An index is exchanged only where the old one still
    stands.
    """
    rows = index.model._base_manager.exclude(**{f"{index.column}__isnull": True}).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    names = list(dict.fromkeys(["pk", index.column, index.source.name, index.source.bound]))
    taken = list(rows.values(*names)[:at_once])
    if not taken:
        return 0, None
    keys = _keys_of(index, taken)
    changes = []
    for row in taken:
        old, stored = str(row[index.column]), row[index.source.name]
        change = _changed(index, name, stored, str(row[index.source.bound]), keys)
        if change is not None and change[0] != old:
            changes.append((row["pk"], old, *change))
    if changes:
        _exchange(index, changes)
    return len(changes), taken[-1]["pk"]


def _keys_of(index: Index, taken: list[dict[str, Any]]) -> dict[UUID, data.Held]:
    stored = [row[index.source.name] for row in taken]
    wanted = {keyring.key_id_of(index.source.content(one)) for one in stored if one is not None}
    rows = DataKey.objects.using(keyring.ALIAS).filter(pk__in=wanted)
    return {row.pk: data.held_of(row) for row in rows}


def _changed(
    index: Index,
    name: str,
    stored: Any,
    bound: str,
    keys: dict[UUID, data.Held],
) -> tuple[str | None, bytes | None] | None:
    """The new index, and the new sealed bytes where they are bound to it; None to leave the row."""
    if stored is None:
        return _without(index, b"")
    content = index.source.content(stored)
    held = keys.get(keyring.key_id_of(content))
    if held is None:
        return None
    if held.key is None:
        return _without(index, content)
    try:
        opened = index.source.open(held.key, content, bound)
    except InvalidTag:
        return None
    plain = index.plain(opened)
    fresh = keyring.token(name, plain) if plain else None
    if not index.is_mail:
        return fresh, None
    assert fresh is not None
    prefix = bytes.fromhex(fresh)[:PREFIX_BYTES]
    return fresh, prefix + index.source.seal(held, opened, fresh)


def _without(index: Index, content: bytes) -> tuple[str | None, bytes | None]:
    """Nobody reads the value any more, so nobody is to find it either."""
    if not index.is_mail:
        return None, None
    nobody = secrets.token_bytes(32)
    return nobody.hex(), nobody[:PREFIX_BYTES] + content


def _exchange(index: Index, changes: list[Any]) -> None:
    connection: Any = connections["default"]
    quote = connection.ops.quote_name
    meta = index.model._meta
    assert meta.pk is not None
    key, kind = quote(str(meta.pk.column)), meta.pk.rel_db_type(connection)
    table, name = quote(meta.db_table), quote(index.column)
    also = f", {quote(index.source.column)} = v.sealed" if index.is_mail else ""
    sealed = [connection.Database.Binary(one) if one is not None else None for *_, one in changes]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS t SET {name} = v.fresh{also} "  # noqa: S608 - names of ours
            f"FROM unnest(%s::{kind}[], %s::text[], %s::text[], %s::bytea[]) "
            f"AS v(key, old, fresh, sealed) WHERE t.{key} = v.key AND t.{name} = v.old",
            [
                [pk for pk, _old, _fresh, _sealed in changes],
                [old for _pk, old, _fresh, _sealed in changes],
                [fresh for _pk, _old, fresh, _sealed in changes],
                sealed,
            ],
        )


# --- After a restore --------------------------------------------------------------------


def follow_destruction(entry: JournalEntry) -> int:
    """Carry out that the key of an index is gone, also in databases that were restored.

    A main database from before the rotation still has its indexes under that key: they are made
    anew first, under a key of their own, while the door is shut.
    """
    name = entry.scope
    label = name.removeprefix("blind:").partition(":")[0]
    index = all_indexes().get(label)
    row = IndexKey.objects.filter(pk=label).first()
    present = {row.key_name, row.next_name} if row else {indexes.first_name(label)}
    if index is not None and name in present:
        make_anew(index, but=name)
    return house.end_purpose_key(name)


def heal() -> int:
    """Make anew the indexes whose key this keyring lacks; returns how many columns.

    After the restore of a keyring that is older than the last rotation.
    """
    missing = {name for name in house.missing_names() if name.startswith("blind:")}
    rows = {row.column: row for row in IndexKey.objects.all()}
    number = 0
    for label, index in all_indexes().items():
        row = rows.get(label)
        names = [row.key_name, row.next_name] if row else [indexes.first_name(label)]
        if missing & set(names):
            make_anew(index, but=names[0])
            number += 1
    for name in missing:
        house.end_purpose_key(name)
    return number


def make_anew(index: Index, *, but: str) -> None:
    """All indexes of a column under another key than `but`, at once; nobody may be writing.

    Under the newest that the keyring has for it, which a restored main database does not know.
    """
    first = indexes.first_name(index.label)
    known = PurposeKey.objects.using(keyring.ALIAS).filter(pk__startswith=f"{first}:")
    newest = known.exclude(pk=but).order_by("-created_at").first()
    name = newest.name if newest else f"{first}:{secrets.token_hex(4)}"
    keyring.purpose_key(name)
    after: Any = None
    while True:
        _number, after = move(index, name, after, AT_ONCE)
        if after is None:
            break
    with transaction.atomic():
        row = _row(index)
        _enter(row, IndexPhase.STEADY, key_name=name, next_name="", drawn_at=timezone.now())
