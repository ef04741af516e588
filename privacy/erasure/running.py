"""The run that erases a person: a part for each table and each place, then the keys.

    begin → elsewhere:… → a part for each table that changes → kept → keys → ledgers → partners
    → residue

A part that fails lets the others finish; keys of its rows wait for it. A hold keeps its rows, and
the case goes on when the hold is over.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from privacy import journal, keyring, recipients_told, residue
from privacy.enums import Decision, KeyClass
from privacy.erasure import endings, rows
from privacy.explain import find
from privacy.fields import SealedModel
from privacy.ledger import doors
from privacy.models import ErasureCase, JournalEntry, Run, RunStep
from privacy.registry import Declaration, registry, rows_of
from privacy.retention import holding
from privacy.runs import engine
from privacy.runs.engine import Part
from privacy.runs.enums import StepState
from privacy.runs.kinds import Advance, Chunk, Cursor, run_kind
from privacy.signals import erasure_begins
from privacy.vault import replay

KIND = "privacy.erasure"
BEGIN, KEPT, KEYS, LEDGERS = "begin", "kept", "keys", "ledgers"
PARTNERS, RESIDUE = "partners", "residue"
ELSEWHERE = "elsewhere:"
AT_ONCE = 1000


def start(case: ErasureCase) -> Run:
    """Write the run of a case, in the caller's transaction."""
    places = [Part(f"{ELSEWHERE}{one.name}") for one in registry.elsewhere if one.erase]
    changed = [Part(one.label) for one in rows.tables() if rows.is_touched(one)]
    last = [Part(name) for name in (KEPT, KEYS, LEDGERS, PARTNERS, RESIDUE)]
    return engine.start(
        KIND,
        parts=[Part(BEGIN), *places, *changed, *last],
        plan={"case": case.code},
        subject=case.subject,
    )


def case_of(run: Run) -> ErasureCase:
    """The case that a run works on."""
    return ErasureCase.objects.get(code=run.plan["case"])


def _ended(run: Run) -> None:
    """Called in the transaction that ends the run."""
    endings.ended(case_of(run), run)


@run_kind(
    KIND,
    label=_("Erasure of an account"),
    # A person waits for it, and one person's rows never keep a database busy for long.
    target=1.0,
    on_end=_ended,
)
def erase(step: RunStep, cursor: Cursor) -> Chunk:
    """One piece of one part."""
    subject = _subject(step)
    if step.name in _BY_NAME:
        return _BY_NAME[step.name](step, cursor)
    if step.name.startswith(ELSEWHERE):
        return _elsewhere(step.name.removeprefix(ELSEWHERE), subject)
    return _erase_rows(find(step.name), subject, step, cursor)


def _erase_rows(declaration: Declaration, subject: UUID, step: RunStep, cursor: Cursor) -> Chunk:
    """A chunk of one table, or nothing while a hold keeps it; no hold comes in between."""
    holding.wait_for_holds()
    if rows.is_held(declaration, subject, holding.in_force()):
        held = rows_of(declaration, subject).count()
        if held:
            return Chunk({}, {"held": held}, done=True)
    return rows.erase_chunk(declaration, subject, cursor, step.run.pace)


def _begin(step: RunStep, _cursor: Cursor) -> Chunk:
    """The decision is on disk before anything goes; from here on there is no way back."""
    case = case_of(step.run)
    written = JournalEntry.objects.using(keyring.ALIAS).filter(
        subject=case.subject, decision=Decision.ERASE_ACCOUNT, scope=case.code
    )
    entry = written.first() or journal.write(
        Decision.ERASE_ACCOUNT, subject=case.subject, scope=case.code
    )
    # This run carries it out. A restored database has neither the mark nor the effects.
    replay.mark(entry)
    erasure_begins.send(ErasureCase, case=case)
    return Chunk({}, done=True)


def _elsewhere(name: str, subject: UUID) -> Chunk:
    place = next(one for one in registry.elsewhere if one.name == name)
    assert place.erase is not None
    number = place.erase(subject)
    return Chunk({}, {"rows": number} if number else {}, done=True)


def _count_kept(step: RunStep, _cursor: Cursor) -> Chunk:
    """How many rows stay as they are, by table."""
    subject = _subject(step)
    found = {
        one.label: rows_of(one, subject).count()
        for one in rows.tables()
        if not rows.is_touched(one)
    }
    return Chunk({}, {label: number for label, number in found.items() if number}, done=True)


def _subject(step: RunStep) -> UUID:
    subject = step.run.subject
    assert subject is not None
    return subject


# --- Keys -------------------------------------------------------------------------------


def _end_keys(step: RunStep, _cursor: Cursor) -> Chunk:
    return Chunk({}, destroy_keys(_subject(step), _classes_in_use(step)), done=True)


def destroy_keys(subject: UUID, spared: set[KeyClass]) -> dict[str, int]:
    """Destroy the person's keys but those of what stays; none that is left opens for anybody.

    A key from which kept rows moved away waits, closed, for the backups that still need it.
    """
    number = keyring.destroy_keys(subject, [one for one in KeyClass if one not in spared])
    keyring.block_keys(subject)
    return {"keys": number} if number else {}


def _class_of(declaration: Declaration) -> KeyClass | None:
    model: Any = declaration.model
    return model.key_class if issubclass(model, SealedModel) else None


def _classes_in_use(step: RunStep) -> set[KeyClass]:
    """Keys of rows that are still there: kept by law or by a hold, or not dealt with yet."""
    open_still = {
        one.name
        for one in step.run.steps.exclude(pk=step.pk)
        if one.state != StepState.DONE or one.counters.get("held")
    }
    waiting = {_class_of(one) for one in rows.tables() if one.label in open_still}
    found = {KeyClass.STATUTORY} | {one for one in waiting if one is not None}
    if open_still & {one.label for one in rows.tables()}:
        # The name in the ledgers goes when nothing else is left.
        found |= {KeyClass.LEDGER, KeyClass.ACCOUNT}
    return found


def _forget(step: RunStep, _cursor: Cursor) -> Chunk:
    number = forget(_subject(step))
    return Chunk({}, {"rows": number} if number else {}, done=True)


def forget(subject: UUID) -> int:
    """Take the person out of audit entries about them, once their salt is destroyed."""
    salt = keyring.keys_of([subject], KeyClass.LEDGER).get(subject)
    return doors.forget([subject]) if salt is None else 0


_BY_NAME: dict[str, Advance] = {
    BEGIN: _begin,
    KEPT: _count_kept,
    KEYS: _end_keys,
    LEDGERS: _forget,
    PARTNERS: recipients_told.tell_all,
    RESIDUE: residue.advance,
}


# --- At once ----------------------------------------------------------------------------


def erase_again(subject: UUID) -> int:
    """Erase a person whom a restored database brought back; returns how many rows it dealt with.

    The same parts in the same order as the run, here and now.
    """
    number = 0
    for place in registry.elsewhere:
        if place.erase:
            number += place.erase(subject)
    holds = holding.in_force()
    spared = {KeyClass.STATUTORY}
    for declaration in rows.tables():
        if not rows.is_touched(declaration):
            continue
        if rows.is_held(declaration, subject, holds) and rows_of(declaration, subject).exists():
            spared |= {KeyClass.LEDGER, KeyClass.ACCOUNT}
            if found := _class_of(declaration):
                spared.add(found)
            continue
        number += _all_chunks(declaration, subject)
    destroy_keys(subject, spared)
    forget(subject)
    return number


def _all_chunks(declaration: Declaration, subject: UUID) -> int:
    number = 0
    cursor: Cursor = {}
    while True:
        with transaction.atomic():
            chunk = rows.erase_chunk(declaration, subject, cursor, AT_ONCE)
        number += sum(chunk.counters.values())
        if chunk.done:
            return number
        cursor = chunk.cursor
