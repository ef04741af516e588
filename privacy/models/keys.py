"""The keyring's tables. They live in a database of their own, with backups of their own."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from common.append_only import AppendOnlyModel
from privacy.enums import Decision, KeyClass, KeyState


class DataKey(models.Model):
    """One data key of a person: wrapped by the master key, for one class and one bucket.

    `bucket` is the month of creation (`2027-03`) for classes whose rows end by age, else empty.
    `retired_at` is when rows were moved away from it: nothing new is sealed under it, and it goes
    when the last backup that holds such a row under it has ended.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField()
    key_class = models.CharField(max_length=12, choices=KeyClass.choices)
    bucket = models.CharField(max_length=7, blank=True)
    state = models.CharField(max_length=10, choices=KeyState.choices, default=KeyState.ACTIVE)
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "key_class", "bucket"],
                condition=models.Q(retired_at=None),
                name="privacy_one_key_per_bucket",
            ),
            models.CheckConstraint(
                condition=models.Q(state=KeyState.DESTROYED, wrapped__isnull=True)
                | (~models.Q(state=KeyState.DESTROYED) & models.Q(wrapped__isnull=False)),
                name="privacy_destroyed_means_gone",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject"], name="privacy_key_subject"),
            models.Index(
                fields=["retired_at"],
                name="privacy_key_retired",
                condition=models.Q(retired_at__isnull=False) & ~models.Q(state=KeyState.DESTROYED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key_class} {self.bucket}".strip()


class DestroyedKeys(models.Model):
    """Which keys of a month were destroyed together: what they sealed reads as gone, not as lost.

    `ids` are the bytes of their ids, one after the other; `part` is the first byte of each.
    """

    key_class = models.CharField(max_length=12, choices=KeyClass.choices)
    bucket = models.CharField(max_length=7)
    part = models.PositiveSmallIntegerField(db_index=True)
    ids = models.BinaryField()
    destroyed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "destroyed keys"

    def __str__(self) -> str:
        return f"{self.key_class} {self.bucket} {self.part}"


class PurposeKey(models.Model):
    """A key of the house rather than of a person: blind indexes, sessions, signing.

    `noted_at` is when the main database learned its name.
    """

    name = models.CharField(max_length=120, primary_key=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)
    noted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class JournalEntry(AppendOnlyModel):
    """An irreversible decision of a person: enumerated values, UUIDs and counters only."""

    number = models.BigAutoField(primary_key=True)
    decision = models.CharField(max_length=20, choices=Decision.choices)
    subject = models.UUIDField()
    scope = models.CharField(max_length=120, blank=True)
    counters = models.JSONField(default=dict)
    written_at = models.DateTimeField(default=timezone.now)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)
    signature = models.CharField(max_length=120)

    class Meta:
        verbose_name_plural = "journal entries"
        indexes: ClassVar = [models.Index(fields=["subject"], name="privacy_journal_subject")]

    def __str__(self) -> str:
        return f"{self.decision} {self.number}"
