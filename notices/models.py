"""Messages to people. Their words are made when they are sent; their particulars are sealed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.codes import public_code
from notices.enums import Category, Channel, MessageState
from notices.kinds import Kind, kind_of
from privacy.fields import SealedJSONField, SealedModel, SealedTextField
from privacy.keyring import KeyClass


class Message(SealedModel):
    """One message on one channel.

    `to_address` is set only for an address without an account; an account's own address is
    looked up at the moment of sending. `once` together with the channel is unique: asking twice
    sends once.
    """

    key_class: ClassVar[KeyClass] = KeyClass.MESSAGE

    code = models.CharField(max_length=16, unique=True, default=public_code, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(_("Kind"), max_length=60)
    category = models.CharField(_("Category"), max_length=12, choices=Category.choices)
    channel = models.CharField(_("Channel"), max_length=6, choices=Channel.choices)
    language = models.CharField(max_length=10)
    once = models.CharField(max_length=120)
    context = SealedJSONField()
    to_address = SealedTextField(blank=True, null=True)
    state = models.CharField(
        _("State"), max_length=10, choices=MessageState.choices, default=MessageState.QUEUED
    )
    error = models.CharField(_("Reason"), max_length=60, blank=True)
    partner_message_id = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(_("Written"), default=timezone.now)
    sent_at = models.DateTimeField(_("Sent"), null=True)
    read_at = models.DateTimeField(_("Read"), null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["once", "channel"], name="notices_message_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["person", "-created_at", "-id"],
                name="notices_inbox",
                condition=Q(channel=Channel.INBOX, state=MessageState.SENT),
            ),
            models.Index(fields=["person", "created_at"], name="notices_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"

    @property
    def declared(self) -> Kind:
        """The kind as it was declared."""
        return kind_of(self.kind)
