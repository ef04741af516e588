"""What delivery knows about people, and who receives some of it."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from delivery.models import Parcel, ParcelEvent, PartnerPush, ShippingRate
from privacy import purposes
from privacy.enums import Ground
from privacy.recipients import declare_recipient
from privacy.registry import (
    Blocker,
    Category,
    Erasure,
    Family,
    LegalGround,
    Mask,
    PersonalData,
    Place,
    Retention,
    declare,
    declare_elsewhere,
    keep_for,
    not_personal,
    other,
    personal,
    second_party,
)

declare_recipient(
    "carrier",
    name=_("The carrier"),
    role=_("Brings you the parcel"),
    purpose=purposes.DELIVERY,
    fields=("name", "phone", "address", "weight"),
    grounds=(Ground.CONTRACT,),
)
declare_recipient(
    "store",
    name=_("The store that you buy from"),
    role=_("Packs your parcel, or hands it to you at the store"),
    purpose=purposes.DELIVERY,
    fields=("name", "phone", "other_phone", "address", "weight"),
    grounds=(Ground.CONTRACT,),
)


def delivery(after: str) -> Retention:
    """Three years from the end of a delivery, and a month to put things in order."""
    return keep_for(
        years=3,
        days=30,
        after=after,
        because=_(
            "The law asks trading platforms to keep the records of a delivery for three years."
        ),
        ground=LegalGround.DEAL_RECORDS,
    )


GENERAL = "Too general to find a person; needed for fees and statistics."

not_personal(ShippingRate, because="What a store charges for delivery.")


@declare(Parcel)
class ParcelData(PersonalData):
    """A parcel names and reaches its recipient."""

    person = "subject"
    title = _("Your parcels")
    others = (
        second_party(
            None,
            columns=("recipient_name", "recipient_phone", "street"),
            what=_("Whoever you have the parcel brought to"),
            entered=True,
        ),
    )
    family = Family.TRANSACTION
    fields = {
        "recipient_name": personal(Category.NAME, _("Recipient"), mask=Mask.NAME),
        "recipient_phone": personal(Category.CONTACT, _("Phone of the recipient"), mask=Mask.PHONE),
        "street": personal(Category.ADDRESS, _("Street"), mask=Mask.ADDRESS),
        "province": personal(Category.LOCATION, _("Province"), readable_because=GENERAL),
        "city": personal(Category.LOCATION, _("City"), readable_because=GENERAL),
        "district": personal(Category.LOCATION, _("District"), readable_because=GENERAL),
        "postcode": personal(Category.LOCATION, _("Postcode"), readable_because=GENERAL),
        "tracking_number": personal(Category.IDENTIFIER, _("Tracking number"), mask=Mask.CODE),
        "state": personal(Category.ORDER, _("Where the parcel is")),
        "collected_at": personal(Category.ORDER, _("When the carrier got it")),
        "ready_at": personal(Category.ORDER, _("When it was ready for you")),
        "delivered_at": personal(Category.ORDER, _("When you got it")),
    }
    other_fields = {
        "code": "A random name under which the carrier knows the parcel.",
        "reference": "The code of what is delivered.",
        "store": "Who sends it.",
        "method": "Carrier or pick-up.",
        "carrier": "Which carrier.",
        "weight_g": "The weight of the goods.",
        "pickup_tries": "How many wrong codes were tried.",
        "pickup_locked_until": "When codes may be tried again.",
        "failure": "A code of what went wrong.",
        "round": "How often the carrier was asked to take it.",
        "attempts": "How often we called.",
        "last_sequence": "The newest news of the carrier.",
        "polls": "How often we asked since its last news.",
        "next_poll_at": "When we ask again.",
        "created_at": "When it was opened.",
        "requested_at": "When it was announced to the carrier.",
        "cancel_requested_at": "When its cancelling was asked for.",
        "ended_at": "When it was delivered, returned, lost or cancelled.",
    }
    secrets = ("pickup_code", "pickup_hash")
    purposes = (purposes.DELIVERY, purposes.RECORDS)
    recipients = ("carrier", "store")
    kept_for = delivery("ended_at")
    on_erasure = Erasure.KEEP

    @classmethod
    def why_not_yet(cls, subject: UUID) -> list[Blocker]:
        """Parcels that the carrier or the store still holds."""
        count = Parcel.objects.filter(subject=subject, ended_at=None).count()
        sentence = _("A parcel is still on its way to you.")
        return [Blocker("parcels", sentence, count, in_persons_hands=False)] if count else []


@declare(ParcelEvent)
class ParcelEventData(PersonalData):
    """Where a person's parcel was, and when."""

    person = "parcel__subject"
    title = _("What happened to your parcels")
    family = Family.TRANSACTION
    fields = {
        "kind": personal(Category.ORDER, _("What happened to the parcel")),
        "place": personal(
            Category.LOCATION, _("Where the parcel was"), readable_because="A town, no address."
        ),
        "happened_at": personal(Category.ORDER, _("When it happened")),
    }
    other_fields = {
        "source": "Who told us.",
        "key": "Codes of what happened, so that it is written once.",
        "sequence": "The carrier's own order of events.",
        "detail": "A code of the carrier.",
        "recorded_at": "When we heard of it.",
    }
    purposes = (purposes.DELIVERY, purposes.RECORDS)
    kept_for = delivery("parcel__ended_at")
    on_erasure = Erasure.KEEP


@declare(PartnerPush)
class PartnerPushData(PersonalData):
    """A carrier's news as it came, without who signed for the parcel."""

    person = "parcel__subject"
    title = _("What carriers told us")
    family = Family.TRANSACTION
    fields = {
        "content": personal(
            Category.ORDER,
            _("What the carrier told us about the parcel"),
            readable_because="State, time and town; no name, no address.",
        ),
    }
    json_keys = {
        "content": {
            "state": personal(Category.ORDER, _("State of the parcel")),
            "sequence": other("The carrier's own order of events."),
            "happened_at": personal(Category.ORDER, _("When it happened")),
            "place": personal(Category.LOCATION, _("Where the parcel was")),
        }
    }
    other_fields = {
        "carrier": "Which carrier.",
        "event_id": "The carrier's own number, so that nothing counts twice.",
        "outcome": "What became of it.",
        "received_at": "When it came.",
        "processed_at": "When it was applied.",
    }
    purposes = (purposes.DELIVERY,)
    kept_for = keep_for(
        months=6, after="received_at", because=_("So that we can settle doubts with the carrier.")
    )
    on_erasure = Erasure.DELETE


declare_elsewhere(
    "carrier",
    label=_("Parcels at the carrier"),
    family=Family.TRANSACTION,
    purposes=(purposes.DELIVERY,),
    because=_(
        "The carrier holds name, phone number and address of your parcels under its own duties."
    ),
    place=Place.PARTNER,
    kept=_("As long as the carrier's own duties ask."),
    on_erasure=Erasure.KEEP,
    recipient="carrier",
)
declare_elsewhere(
    "store",
    label=_("Labels and lists at the store"),
    family=Family.TRANSACTION,
    purposes=(purposes.DELIVERY,),
    because=_("The store prints what it needs to pack your parcel or to hand it to you."),
    place=Place.PARTNER,
    kept=_("Until the parcel has left the store."),
    on_erasure=Erasure.DELETE,
    recipient="store",
)
