"""What each database remembers of the journal, so that a restored one knows it is behind."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from common.append_only import AppendOnlyModel


class Applied(AppendOnlyModel):
    """A decision of the journal whose effects stand in the database of this table.

    Written in the transaction of the effects or after it, never before: a copy of the database
    that lacks the effects lacks this row too.
    """

    number = models.BigIntegerField(unique=True)
    hash = models.CharField(max_length=64)
    applied_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.number)


class AppliedDecision(Applied):
    """A decision that the main database knows."""


class AppliedKeyDecision(Applied):
    """A decision that the keyring knows."""


class JournalHead(models.Model):
    """The newest entry that the keyring has seen; one row.

    The journal's table is left out of the keyring's backups and this row is not: it witnesses how
    long the journal was. `witnessed` says that a published head exists outside the databases.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    witnessed = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="privacy_one_journal_head")
        ]

    def __str__(self) -> str:
        return str(self.number)


class Restoration(models.Model):
    """A restore from a backup, with the head of the journal that the backup saw."""

    backup = models.CharField(max_length=40)
    parts = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    head_number = models.BigIntegerField()
    head_hash = models.CharField(max_length=64, blank=True)
    restored_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.backup
