"""What the mall holds about the people who have an account."""

from collections.abc import Callable
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db.models import Q
from django.db.models.functions import TruncYear
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeBand, IdentityKind
from accounts.models import (
    Address,
    IdentifierChange,
    KeptIdentity,
    MessageCount,
    Phone,
    Profile,
    User,
)
from accounts.services.devices import end_sessions
from privacy import purposes
from privacy.erasure.parts import Cleared, RowsOf, declare_part
from privacy.registry import (
    Blocker,
    Category,
    Erasure,
    Family,
    LegalGround,
    Mask,
    PersonalData,
    Place,
    account_life,
    declare,
    declare_elsewhere,
    keep_for,
    personal,
    second_party,
)

WHILE_ACCOUNT = account_life(because=_("So that you can sign in, as long as you have an account."))


@declare(User)
class UserData(PersonalData):
    """The account itself."""

    person = "pk"
    title = _("Your account")
    family = Family.REGISTRATION
    fields = {
        "member_name": personal(
            Category.NAME,
            _("Member name"),
            readable_because="Chosen to be public: it stands beside what the member writes.",
        ),
        "language": personal(Category.PREFERENCE, _("Language")),
        "age_band": personal(Category.AGE, _("Age group")),
        "age_changes_on": personal(Category.AGE, _("Month in which you turn 18"), mask=Mask.ALL),
        "last_login": personal(Category.BEHAVIOUR, _("When you last signed in")),
        "joined_at": personal(Category.IDENTIFIER, _("When you joined")),
        "frozen_at": personal(Category.SECURITY, _("When a change was stopped")),
        "closing_at": personal(Category.SECURITY, _("When you asked us to close the account")),
    }
    other_fields = {
        "subject": "A random UUID that names the person in keys and ledgers.",
        "handle": "A random name that only the software uses.",
        "is_active": "A switch.",
        "is_staff": "Whether the person works here.",
        "is_superuser": "Whether the person may do everything.",
        "groups": "The person's roles in the administration.",
        "user_permissions": "Single permissions; the mall gives none.",
    }
    secrets = ("password",)
    purposes = (purposes.ACCOUNT, purposes.SECURITY)
    kept_for = WHILE_ACCOUNT
    on_erasure = Erasure.BLANK
    column_erasure = {
        "language": Erasure.GENERALISE,
        "age_band": Erasure.GENERALISE,
        "joined_at": Erasure.GENERALISE,
        "is_active": Erasure.GENERALISE,
        "is_staff": Erasure.GENERALISE,
        "is_superuser": Erasure.GENERALISE,
        "groups": Erasure.DETACH,
        "user_permissions": Erasure.DETACH,
    }
    generalised = {
        "language": settings.LANGUAGE_CODE,
        "age_band": AgeBand.ADULT,
        "joined_at": TruncYear("joined_at"),
        "is_active": False,
        "is_staff": False,
        "is_superuser": False,
    }

    @classmethod
    def why_not_yet(cls, subject: UUID) -> list[Blocker]:
        """The last one who can give roles must find a successor first."""
        person = User.objects.filter(subject=subject, is_superuser=True, is_active=True)
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(subject=subject)
        sentence = _("You are the last administrator. Name another one first.")
        is_last = person.exists() and not others.exists()
        return [Blocker("last_administrator", sentence, 1)] if is_last else []


@declare(Profile)
class ProfileData(PersonalData):
    """What a person chose to say."""

    person = "user"
    title = _("Your profile")
    family = Family.REGISTRATION
    fields = {
        "nickname": personal(
            Category.NAME,
            _("Nickname"),
            readable_because="Chosen to be public, and says so where it is entered.",
        ),
        "avatar": personal(Category.FILE, _("Picture")),
        "gender": personal(Category.PREFERENCE, _("Gender"), mask=Mask.ALL),
    }
    purposes = (purposes.PROFILE,)
    kept_for = account_life(because=_("Until you clear it, or close your account."))
    on_erasure = Erasure.DELETE


@declare(Phone)
class PhoneData(PersonalData):
    """The number for signing in."""

    person = "user"
    title = _("Your phone number")
    family = Family.REGISTRATION
    fields = {
        "number": personal(Category.CONTACT, _("Phone number"), mask=Mask.PHONE),
        "verified_at": personal(Category.SECURITY, _("When you confirmed the number")),
        "proved_at": personal(Category.SECURITY, _("When you last confirmed the number")),
    }
    purposes = (purposes.ACCOUNT, purposes.MESSAGES)
    kept_for = WHILE_ACCOUNT
    on_erasure = Erasure.DELETE


@declare(Address)
class AddressData(PersonalData):
    """An entry of the address book."""

    person = "user"
    title = _("Your address book")
    others = (
        second_party(
            None,
            columns=("recipient", "phone", "street"),
            what=_("Whoever you have things brought to"),
            entered=True,
        ),
    )
    family = Family.REGISTRATION
    fields = {
        "recipient": personal(Category.NAME, _("Recipient"), mask=Mask.NAME),
        "phone": personal(Category.CONTACT, _("Phone number"), mask=Mask.PHONE),
        "street": personal(Category.ADDRESS, _("Street and house number"), mask=Mask.ADDRESS),
        "province": personal(Category.LOCATION, _("Province")),
        "city": personal(Category.LOCATION, _("City")),
        "district": personal(Category.LOCATION, _("District")),
        "postcode": personal(Category.LOCATION, _("Postcode")),
    }
    other_fields = {
        "code": "A random name for the address line.",
        "is_default": "A switch.",
        "created_at": "When it was added.",
    }
    purposes = (purposes.DELIVERY,)
    kept_for = account_life(because=_("Until you delete it, or close your account."))
    on_erasure = Erasure.DELETE


@declare(IdentifierChange)
class IdentifierChangeData(PersonalData):
    """The old and the new, so that a stranger's change can be put back."""

    person = "user"
    title = _("Changes of how you sign in")
    family = Family.REGISTRATION
    fields = {
        "old_value": personal(Category.CONTACT, _("Before"), mask=Mask.ALL),
        "new_value": personal(Category.CONTACT, _("After"), mask=Mask.ALL),
        "kind": personal(Category.SECURITY, _("Phone or e-mail")),
        "state": personal(Category.SECURITY, _("Changed or put back")),
        "changed_at": personal(Category.SECURITY, _("When it was changed")),
        "stopped_at": personal(Category.SECURITY, _("When the change was stopped")),
    }
    other_fields = {
        "code": "A random name for the stop link.",
        "stoppable_until": "Until when the link works.",
    }
    purposes = (purposes.SECURITY,)
    kept_for = keep_for(
        months=6, after="changed_at", because=_("So that a stolen account can be given back.")
    )
    on_erasure = Erasure.DELETE


@declare(KeptIdentity)
class KeptIdentityData(PersonalData):
    """Who worked or sold here, for as long as somebody may have to answer for it."""

    title = _("Who sold here")
    person = "subject"
    family = Family.OTHER
    fields = {
        "kind": personal(Category.IDENTIFIER, _("What you were here")),
        "known_as": personal(Category.NAME, _("Your member name then"), mask=Mask.NAME),
        "phone": personal(Category.CONTACT, _("Your phone number then"), mask=Mask.PHONE),
        "email": personal(Category.CONTACT, _("Your e-mail address then"), mask=Mask.EMAIL),
        "place": personal(Category.IDENTIFIER, _("Your roles or stores")),
        "left_at": personal(Category.IDENTIFIER, _("When you left")),
    }
    purposes = (purposes.RECORDS, purposes.PROOF)
    kept_for = (
        keep_for(
            years=3,
            days=30,
            after="left_at",
            because=_("The law asks platforms to know for three years who sold here."),
            ground=LegalGround.SELLER_IDENTITY,
            where=Q(kind=IdentityKind.SELLER),
        ),
        keep_for(
            years=3,
            after="left_at",
            because=_("So that it is known who looked at other people's data."),
            ground=LegalGround.STAFF_ACCESS,
            where=Q(kind=IdentityKind.STAFF),
        ),
    )
    on_erasure = Erasure.KEEP


@declare(MessageCount)
class MessageCountData(PersonalData):
    """Keyed fingerprints and numbers."""

    person = None
    because = "The fingerprint is keyed and names no account; it lives for a day."
    family = Family.USAGE
    other_fields = {
        "window_start": "The start of the hour or day.",
        "count": "How many messages.",
        "ends_at": "When the row may go.",
    }
    secrets = ("token",)
    purposes = (purposes.SECURITY,)
    kept_for = keep_for(
        days=1, after="ends_at", because=_("So that nobody has us send you heaps of messages.")
    )
    on_erasure = Erasure.KEEP


@declare(EmailAddress)
class EmailAddressData(PersonalData):
    """The address for signing in."""

    person = "user"
    title = _("Your e-mail address")
    family = Family.REGISTRATION
    fields = {
        "email": personal(Category.CONTACT, _("E-mail address"), mask=Mask.EMAIL),
        "email_sealed": personal(Category.CONTACT, _("E-mail address, sealed"), mask=Mask.ALL),
        "verified": personal(Category.SECURITY, _("Whether you confirmed the address")),
    }
    other_fields = {"primary": "Which of several addresses is written to."}
    purposes = (purposes.ACCOUNT, purposes.MESSAGES)
    kept_for = WHILE_ACCOUNT
    on_erasure = Erasure.DELETE


@declare(EmailConfirmation)
class EmailConfirmationData(PersonalData):
    """Not used: addresses are confirmed by code, and the code lies in the sealed session."""

    person = "email_address__user"
    title = _("Confirmations of an e-mail address")
    family = Family.REGISTRATION
    other_fields = {"created": "When it was made.", "sent": "When it was sent."}
    secrets = ("key",)
    purposes = (purposes.ACCOUNT,)
    kept_for = keep_for(days=3, after="created", because=_("A confirmation that nobody used."))
    on_erasure = Erasure.DELETE


@declare(Authenticator)
class AuthenticatorData(PersonalData):
    """A second step at sign-in; its secret is sealed."""

    person = "user"
    title = _("Your second step")
    family = Family.REGISTRATION
    fields = {
        "type": personal(Category.SECURITY, _("Kind of second step")),
        "created_at": personal(Category.SECURITY, _("When you set it up")),
        "last_used_at": personal(Category.SECURITY, _("When you last used it")),
    }
    secrets = ("data",)
    purposes = (purposes.SECURITY,)
    kept_for = account_life(because=_("Until you switch it off, or close your account."))
    on_erasure = Erasure.DELETE


@declare(UserSession)
class UserSessionData(PersonalData):
    """A device on which the person is signed in."""

    person = "user"
    title = _("Your devices")
    family = Family.USAGE
    fields = {
        "ip": personal(Category.DEVICE, _("Network you came from, shortened"), mask=Mask.ALL),
        "user_agent": personal(Category.DEVICE, _("Browser and system"), mask=Mask.ALL),
        "created_at": personal(Category.BEHAVIOUR, _("When you signed in there")),
        "last_seen_at": personal(Category.BEHAVIOUR, _("When you were last seen there")),
    }
    other_fields = {"data": "Nothing; the library's own."}
    json_keys = {"data": {}}
    secrets = ("session_key",)
    purposes = (purposes.SECURITY,)
    kept_for = keep_for(
        days=14, after="last_seen_at", because=_("So that you can see and end your sessions.")
    )
    on_erasure = Erasure.DELETE


def _avatars_of(subject: UUID) -> list[str]:
    names = Profile.objects.filter(user__subject=subject).exclude(avatar="")
    return list(names.values_list("avatar", flat=True))


def _erase_avatars(subject: UUID) -> int:
    """The file first: while the row still names it, a second try finds it."""
    names = _avatars_of(subject)
    for name in names:
        default_storage.delete(name)
    Profile.objects.filter(user__subject=subject).exclude(avatar="").update(avatar="")
    return len(names)


def _keys_of(subject: UUID) -> list[str]:
    keys = UserSession.objects.filter(user__subject=subject).values_list("session_key", flat=True)
    return list(keys)


def _sessions_of(subject: UUID) -> list[str]:
    here = Session.objects.filter(session_key__in=_keys_of(subject))
    return [f"session until {session.expire_date:%Y-%m-%d}" for session in here]


def _erase_sessions(subject: UUID) -> int:
    deleted, _by_model = Session.objects.filter(session_key__in=_keys_of(subject)).delete()
    return deleted


declare_elsewhere(
    "sessions",
    label=_("Where you are signed in"),
    family=Family.USAGE,
    purposes=(purposes.SECURITY,),
    because=_("What a session holds is sealed, and found through the list of your devices only."),
    place=Place.SESSIONS,
    kept=_("Until you sign out, fourteen days at most."),
    on_erasure=Erasure.DELETE,
    found=_sessions_of,
    erase=_erase_sessions,
)
declare_elsewhere(
    "avatars",
    label=_("Pictures of profiles"),
    family=Family.REGISTRATION,
    purposes=(purposes.PROFILE,),
    because=_("Files under random names, without the data that cameras add."),
    place=Place.FILES,
    kept=_("Until you clear it, or close your account."),
    on_erasure=Erasure.DELETE,
    found=_avatars_of,
    erase=_erase_avatars,
    is_stored=True,
)


def _holds_in_profile(column: str) -> Callable[[UUID], int]:
    empty = Q(**{column: ""}) | Q(**{f"{column}__isnull": True})
    return lambda subject: Profile.objects.filter(user__subject=subject).exclude(empty).count()


def _clear_nickname(subject: UUID) -> int:
    profile = Profile.objects.filter(user__subject=subject)
    return profile.exclude(nickname="").update(nickname="")


def _clear_gender(subject: UUID) -> int:
    profile = Profile.objects.filter(user__subject=subject, gender__isnull=False)
    return profile.update(gender=None)


def _is_gendered(subject: UUID) -> int:
    return Profile.objects.filter(user__subject=subject, gender__isnull=False).count()


def _end_devices(subject: UUID) -> int:
    user = User.objects.filter(subject=subject).first()
    return end_sessions(user) if user is not None else 0


declare_part(
    "addresses",
    label=_("Addresses"),
    what=_("Your address book. Orders that you placed keep their own copy, as long as they stay."),
    rows=RowsOf(
        Address, clock="created_at", named=lambda row: f"{row.recipient}, {row.place} {row.street}"
    ),
    is_risky=True,
)
declare_part(
    "picture",
    label=_("Profile picture"),
    what=_("The picture and its file."),
    rows=Cleared(Profile, _holds_in_profile("avatar"), _erase_avatars),
)
declare_part(
    "nickname",
    label=_("Nickname"),
    what=_("Your member name stays: it is the name under which you are known here."),
    rows=Cleared(Profile, _holds_in_profile("nickname"), _clear_nickname),
)
declare_part(
    "gender",
    label=_("Gender"),
    what=_("Nothing else depends on it."),
    rows=Cleared(Profile, _is_gendered, _clear_gender),
)
declare_part(
    "devices",
    label=_("Devices"),
    what=_("The list of browsers in which you are signed in. You are logged out in all of them."),
    rows=Cleared(
        UserSession,
        lambda subject: UserSession.objects.filter(user__subject=subject).count(),
        _end_devices,
    ),
    is_risky=True,
)
