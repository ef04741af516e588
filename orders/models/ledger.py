"""The ledger of money: no person, no text; it stays as it is when people are forgotten."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from orders.enums import EntryKind


class LedgerEntry(AppendOnlyModel):
    """Money that came in (above zero) or went back (below zero) for one order.

    Names the order by its code alone, so that it may outlive the order's row. Charges are written
    when the payment settles, refunds when the partner has paid back, so the sum over an order is
    what the mall holds for it. `key` writes each line once.
    """

    order_code = models.CharField(_("Order"), max_length=12)
    kind = models.CharField(_("Kind"), max_length=16, choices=EntryKind.choices)
    amount = models.BigIntegerField(_("Amount"))
    tax_part = models.BigIntegerField(default=0)
    tax_rate_bp = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)
    key = models.CharField(max_length=80)
    recorded_at = models.DateTimeField(_("Written"), default=timezone.now)

    class Meta:
        verbose_name = _("entry of the money ledger")
        verbose_name_plural = _("money ledger")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order_code", "key"], name="ledger_entry_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["recorded_at"], name="ledger_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
