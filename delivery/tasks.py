"""What happens to parcels in the background. Thin: the rules stand in `delivery.services`."""

from datetime import timedelta

from delivery import services
from delivery.enums import News
from delivery.models import Parcel, PartnerPush
from jobs.registry import job, periodic


@job("delivery.ship")
def ship(parcel_id: int) -> None:
    """Announce a parcel to its carrier."""
    services.send_to_carrier(Parcel.objects.get(pk=parcel_id))


@job("delivery.cancel")
def cancel(parcel_id: int) -> None:
    """Take an announcement back."""
    services.cancel_at_carrier(Parcel.objects.get(pk=parcel_id))


@job("delivery.apply_push")
def apply_push(push_id: int) -> None:
    """Let a carrier's news change its parcel."""
    services.apply_push(PartnerPush.objects.select_related("parcel").get(pk=push_id))


@job("delivery.check", retries=2)
def check(parcel_id: int) -> None:
    """Ask the carrier about a silent parcel."""
    services.check(Parcel.objects.get(pk=parcel_id))


@job("delivery.announce", retries=20)
def announce(parcel_id: int, news: str) -> None:
    """Tell the apps above."""
    services.announce(Parcel.objects.select_related("store").get(pk=parcel_id), News(news))


@periodic("delivery.poll", every=timedelta(minutes=2))
def poll() -> None:
    """Find the parcels about which the carrier was silent."""
    services.poll()
