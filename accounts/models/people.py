"""The account, its profile and its phone number."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeBand, ChangeState, IdentifierKind, IdentityKind
from accounts.managers import UserManager
from common.codes import public_code, public_code_default
from privacy.fields import BlindIndexField, SealedModel, SealedTextField
from privacy.keyring import KeyClass, new_subject

MEMBER_NAME_LENGTH = 24
NICKNAME_LENGTH = 40


def new_handle() -> str:
    """What Django calls the username: random, shown to nobody."""
    return public_code(20)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. Phone and e-mail stand in tables of their own, sealed.

    `subject` names the person in keys, ledgers and receipts. `frozen_at` is set while a change
    of identifier was stopped and nobody has proved yet whose account this is, `closing_at` while
    the account is hidden and waits for its erasure.
    """

    subject = models.UUIDField(unique=True, default=new_subject, editable=False)
    handle = models.CharField(max_length=20, unique=True, default=new_handle, editable=False)
    member_name = models.CharField(
        _("Member name"), max_length=MEMBER_NAME_LENGTH, null=True, blank=True
    )
    language = models.CharField(
        _("Language"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    age_band = models.CharField(
        _("Age"), max_length=5, choices=AgeBand.choices, default=AgeBand.ADULT
    )
    age_changes_on = models.DateField(_("Turns 18 in"), null=True, blank=True)
    is_staff = models.BooleanField(_("Works here"), default=False)
    is_active = models.BooleanField(_("Active"), default=True)
    frozen_at = models.DateTimeField(_("Frozen since"), null=True, editable=False)
    closing_at = models.DateTimeField(_("Closing since"), null=True, editable=False)
    joined_at = models.DateTimeField(_("Joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "handle"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("member_name"), name="accounts_member_name_once"),
        ]
        indexes: ClassVar = [
            # An erased account has no password, not even an unusable one.
            models.Index(fields=["subject"], name="accounts_erased", condition=Q(password="")),
        ]

    def __str__(self) -> str:
        return self.member_name or f"{self.handle[:4]}…"

    @property
    def display_name(self) -> str:
        """What others may read: nickname or member name, never an identifier."""
        if self.closing_at is not None:
            return ""
        profile = getattr(self, "profile", None)
        return (profile.nickname if profile else "") or self.member_name or ""

    @cached_property
    def role_name(self) -> str:
        """The first group's name, "seller" for a member of a store, "" for a shopper."""
        if self.is_staff:
            group = self.groups.order_by("pk").values_list("name", flat=True).first()
            if group:
                return group
        memberships = getattr(self, "store_memberships", None)
        if memberships is not None and memberships.exists():
            return "seller"
        return ""

    @property
    def is_adult(self) -> bool:
        """Whether the person may buy: 18, also where the nightly job was not here yet."""
        if self.age_band == AgeBand.ADULT:
            return True
        return self.age_changes_on is not None and self.age_changes_on <= timezone.localdate()

    @property
    def is_frozen(self) -> bool:
        """Whether nobody may sign in with a password or a code for now."""
        return self.frozen_at is not None


class Profile(SealedModel):
    """What a person chose to say about themselves. Nickname and picture are public."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    nickname = models.CharField(_("Nickname"), max_length=NICKNAME_LENGTH, blank=True)
    avatar = models.CharField(_("Picture"), max_length=120, blank=True)
    gender = SealedTextField(_("Gender"), null=True, blank=True)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return f"profile {self.pk}"


class Phone(SealedModel):
    """The phone number of an account; only a proved number gets a row.

    `verified_at` is the day on which it became theirs, `proved_at` the last time that a code
    reached its owner: numbers are given to new people after a while.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="phone")
    number = SealedTextField(_("Phone number"))
    number_index = BlindIndexField(source="number", normalise="phone", unique=True)
    number_tail_index = BlindIndexField(source="number", normalise="tail4", db_index=True)
    verified_at = models.DateTimeField(_("Confirmed"), null=True)
    proved_at = models.DateTimeField(_("Last confirmed"), null=True)

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")

    def __str__(self) -> str:
        return f"phone {self.pk}"


class IdentifierChange(SealedModel):
    """A phone number or an e-mail address that took the place of another one.

    The old one was told, with a link that puts it back until `stoppable_until`.
    """

    key_class: ClassVar[KeyClass] = KeyClass.SECURITY

    code = models.CharField(max_length=16, unique=True, default=public_code_default, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identifier_changes")
    kind = models.CharField(max_length=5, choices=IdentifierKind.choices)
    old_value = SealedTextField(null=True)
    new_value = SealedTextField()
    state = models.CharField(max_length=8, choices=ChangeState.choices, default=ChangeState.DONE)
    changed_at = models.DateTimeField(default=timezone.now)
    stoppable_until = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("change of identifier")
        verbose_name_plural = _("changes of identifier")
        indexes: ClassVar = [
            models.Index(fields=["user", "-changed_at"], name="accounts_changes_of_user")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class KeptIdentity(SealedModel):
    """Who somebody was who worked or sold here, kept apart from their account.

    Written when they leave: the law asks who sold, and a log of access says who looked.
    """

    key_class: ClassVar[KeyClass] = KeyClass.STATUTORY

    kind = models.CharField(_("What they were"), max_length=6, choices=IdentityKind.choices)
    known_as = SealedTextField(_("Member name"), null=True)
    phone = SealedTextField(_("Phone number"), null=True)
    email = SealedTextField(_("E-mail address"), null=True)
    place = models.CharField(_("Where"), max_length=200, blank=True)
    left_at = models.DateTimeField(_("Left"), default=timezone.now)

    class Meta:
        verbose_name = _("identity of somebody who left")
        verbose_name_plural = _("identities of people who left")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "kind"], name="accounts_one_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
