"""People may want the mall to keep a family of their data for as long as they have an account."""

from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from common.append_only import AppendOnlyModel
from privacy import audit
from privacy.enums import Action
from privacy.models import LongerRetention
from privacy.registry import Declaration, Family, registry, subject_path


class NotOffered(ValueError):
    """Nothing of this family ends before the account does, so there is nothing to choose."""


def is_stretchable(declaration: Declaration) -> bool:
    """Whether people may have its rows kept longer: their own rows, that end by age.

    Ledgers are the mall's proofs, and end when their time is over.
    """
    return (
        declaration.data.family in {Family.TRANSACTION, Family.USAGE}
        and subject_path(declaration) is not None
        and declaration.alias == "default"
        and any(not rule.is_account_life for rule in declaration.rules)
        and not issubclass(declaration.model, AppendOnlyModel)
    )


def offered() -> list[Family]:
    """The families among which people may choose."""
    families = {one.data.family for one in registry.declarations() if is_stretchable(one)}
    return [family for family in Family if family in families]


def chosen_by(subject: UUID) -> set[Family]:
    """What this person wants kept longer."""
    found = LongerRetention.objects.filter(subject=subject, ended_at__isnull=True)
    # A family that a later release no longer knows is no wish that anybody could carry out.
    families = found.filter(family__in=Family.values).values_list("family", flat=True)
    return {Family(family) for family in families}


def keep_longer(person: Any, family: Family) -> None:
    """Keep this family as long as the account; chosen twice is chosen once."""
    if family not in offered():
        raise NotOffered(family)
    with transaction.atomic():
        row, created = LongerRetention.objects.get_or_create(
            subject=person.subject, family=family, ended_at=None
        )
        if created:
            audit.record(
                Action.KEPT_LONGER,
                actor=person,
                subject=person.subject,
                detail={"model": "privacy.LongerRetention", "row": str(row.pk)},
            )


def keep_as_usual(person: Any, family: Family) -> None:
    """Take the wish back: what is past its time goes with the next sweep."""
    with transaction.atomic():
        row = LongerRetention.objects.filter(
            subject=person.subject, family=family, ended_at__isnull=True
        ).first()
        if row is None:
            return
        LongerRetention.objects.filter(pk=row.pk).update(ended_at=timezone.now())
        audit.record(
            Action.KEPT_AS_USUAL,
            actor=person,
            subject=person.subject,
            detail={"model": "privacy.LongerRetention", "row": str(row.pk)},
        )


def _wishes(family: Family) -> "QuerySet[LongerRetention]":
    """The wishes of people who still have an account."""
    people = get_user_model()._default_manager.filter(is_active=True).values("subject")
    return LongerRetention.objects.filter(family=family, ended_at__isnull=True, subject__in=people)


def wished(declaration: Declaration) -> Q | None:
    """Rows that their person wants kept longer; None when nobody wants that."""
    family, path = declaration.data.family, subject_path(declaration)
    if path is None or family is None or not is_stretchable(declaration):
        return None
    wishes = _wishes(family)
    if not wishes.exists():
        return None
    return Q(Exists(wishes.filter(subject=OuterRef(path))))
