"""Searches after an erasure: words sealed before it, sought right after it and a month later."""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy import inbound
from privacy.enums_proofs import ResidueState
from privacy.models import ResidueFinding, ResidueSearch, Run, RunStep
from privacy.residue import sealed
from privacy.residue.searching import Searcher
from privacy.residue.words import words_of
from privacy.runs import engine
from privacy.runs.enums import LIVE
from privacy.runs.kinds import Chunk, Cursor, run_kind

log = logging.getLogger(__name__)

KIND = "privacy.residue"
AGAIN_AFTER = timedelta(days=30)
ABANDONED_AFTER = timedelta(days=60)
"""Words of an erasure that never came are destroyed then."""
MADE_UP_AFTER = timedelta(hours=1)
"""How long after an erasure a search that its run did not come to is started by itself."""
CHUNK_SECONDS = 0.4


def gather(subject: UUID, case: str) -> ResidueSearch:
    """Seal the person's distinctive words for a case, before anything is erased. Repeatable.

    Words gathered again replace those from before, key and all.
    """
    words = words_of(subject)
    content = sealed.seal(case, words)
    search, _made = ResidueSearch.objects.update_or_create(
        case=case,
        defaults={
            "subject": subject,
            "state": ResidueState.GATHERED,
            "words": content,
            "words_count": len(words),
            "gathered_at": timezone.now(),
            "key_destroyed_at": None,
        },
    )
    return search


def discard(case: str) -> None:
    """The person took the erasure back: destroy the words. Repeatable."""
    for search in ResidueSearch.objects.filter(case=case, state=ResidueState.GATHERED):
        sealed.destroy(search)
        ResidueSearch.objects.filter(pk=search.pk).update(state=ResidueState.DROPPED)


@run_kind(KIND, label=_("Search for what an erasure left"), cancel_is_safe=False, target=1.0)
def advance(step: RunStep, cursor: Cursor) -> Chunk:
    """A bounded piece of the search; a part of the erasure's run, and of the run a month later.

    Findings are committed with the cursor. The words are destroyed after the second search.
    """
    search = _search_of(step.run)
    if search is None:
        return Chunk(cursor=cursor, counters={"without_words": 1}, done=True)
    try:
        words = sealed.unseal(search)
    except sealed.WordsGone:
        return Chunk(cursor=cursor, counters={"without_words": 1}, done=True)
    progress = Searcher(words, search.subject).work(cursor, seconds=CHUNK_SECONDS)
    turn = 2 if search.state == ResidueState.SEARCHED else 1
    for place, count in progress.found.items():
        _note(search, turn, place, count)
    for place in progress.not_searched:
        _note(search, turn, f"not searched: {place}", 0)
    ResidueSearch.objects.filter(pk=search.pk).update(places=F("places") + progress.places)
    if progress.done:
        _end_turn(search, turn)
    counters = {"rows": progress.places, "found": sum(progress.found.values())}
    return Chunk(cursor=progress.cursor, counters=counters, done=progress.done)


def _search_of(run: Run) -> ResidueSearch | None:
    if run.subject is None:
        return None
    open_ones = ResidueSearch.objects.filter(subject=run.subject, key_destroyed_at__isnull=True)
    return open_ones.order_by("-gathered_at").first()


def _note(search: ResidueSearch, turn: int, place: str, count: int) -> None:
    finding, is_new = ResidueFinding.objects.get_or_create(
        search=search, round=turn, place=place[:160], defaults={"count": count}
    )
    if not is_new:
        ResidueFinding.objects.filter(pk=finding.pk).update(count=F("count") + count)


def _end_turn(search: ResidueSearch, turn: int) -> None:
    now = timezone.now()
    values: dict[str, Any] = {"first_at": now, "second_due_at": now + AGAIN_AFTER}
    values |= {"erased_at": now, "state": ResidueState.SEARCHED}
    if turn == 2:
        values = {"second_at": now, "state": ResidueState.ENDED}
        transaction.on_commit(partial(sealed.destroy, search))
    ResidueSearch.objects.filter(pk=search.pk).update(**values)
    found = search.findings.filter(round=turn, count__gt=0).count()
    if found:
        log.error("an erasure left something", extra={"reference": search.case, "count": found})


def tend() -> int:
    """Start the second searches that are due, and destroy words that are not needed any more.

    Returns how many searches were started.
    """
    now = timezone.now()
    abandoned = ResidueSearch.objects.filter(
        state=ResidueState.GATHERED, gathered_at__lt=now - ABANDONED_AFTER
    )
    for case in abandoned.values_list("case", flat=True):
        discard(case)
    for search in ResidueSearch.objects.filter(
        state=ResidueState.ENDED, key_destroyed_at__isnull=True
    ):
        sealed.destroy(search)
    sealed.destroy_strays()
    return sum(_start(search) for search in _due(now))


def _due(now: datetime) -> list[ResidueSearch]:
    """Second searches, and first ones that the erasure's run did not come to."""
    second = ResidueSearch.objects.filter(state=ResidueState.SEARCHED, second_due_at__lte=now)
    never = ResidueSearch.objects.filter(
        state=ResidueState.GATHERED, gathered_at__lt=now - MADE_UP_AFTER
    )
    return [*second, *(one for one in never if inbound.is_gone(one.subject))]


def _start(search: ResidueSearch) -> bool:
    """Start the search unless a run of this person is under way."""
    if Run.objects.filter(subject=search.subject, state__in=LIVE).exists():
        return False
    engine.start(KIND, parts=[engine.Part("residue")], subject=search.subject)
    return True


OPEN_FINDING = Q(settled_at__isnull=True, count__gt=0)
COUNT_OPEN = Count("findings", filter=Q(findings__settled_at__isnull=True, findings__count__gt=0))
"""How many places a search found that nobody has put in order yet."""


def open_findings() -> "QuerySet[ResidueFinding]":
    """Places that hold something and that nobody has put in order yet."""
    return ResidueFinding.objects.filter(OPEN_FINDING)


def settle(finding: ResidueFinding, *, actor: UUID) -> bool:
    """A member of staff put the place in order; False when that was noted before."""
    rows = ResidueFinding.objects.filter(pk=finding.pk, settled_at__isnull=True)
    return bool(rows.update(settled_at=timezone.now(), settled_by=actor))
