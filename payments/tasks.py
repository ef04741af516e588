"""Jobs about money. Each fetches its row afresh and may run twice without harm."""

from datetime import timedelta

from jobs.registry import job, periodic
from payments import services
from payments.models import PartnerNotice, Payment, PaymentEvent, Refund


@job("payments.check")
def check(*, payment_id: int) -> None:
    """Ask the partner how a payment stands, or finish closing it."""
    services.check(Payment.objects.get(pk=payment_id))


@job("payments.apply_notice")
def apply_notice(*, notice_id: int) -> None:
    """Let a notice change its payment."""
    services.apply_notice(PartnerNotice.objects.get(pk=notice_id))


@job("payments.send_refund")
def send_refund(*, refund_id: int) -> None:
    """Ask the partner to pay back."""
    services.send_refund(Refund.objects.select_related("payment").get(pk=refund_id))


@job("payments.check_refund")
def check_refund(*, refund_id: int) -> None:
    """Ask whether a refund that we gave up was done after all."""
    services.check_refund(Refund.objects.select_related("payment").get(pk=refund_id))


@job("payments.announce", retries=20)
def announce(*, event_id: int) -> None:
    """Tell the apps above; a receiver that raises hears it again."""
    services.announce(PaymentEvent.objects.select_related("payment").get(pk=event_id))


@periodic("payments.reconcile", every=timedelta(seconds=60))
def reconcile() -> None:
    """Look for payments and refunds about which nobody told us anything."""
    services.reconcile()
