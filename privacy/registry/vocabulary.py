"""The words of a declaration: each is a plain value that others read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from privacy.enums import LegalGround
from privacy.purposes import Purpose

Text = str | Promise


class Category(models.TextChoices):
    """What kind of thing a column says about a person."""

    NAME = "NAME", _("Name")
    CONTACT = "CONTACT", _("Contact")
    ADDRESS = "ADDRESS", _("Address")
    IDENTIFIER = "IDENTIFIER", _("Identifier")
    PAYMENT = "PAYMENT", _("Payment")
    ORDER = "ORDER", _("Order")
    BEHAVIOUR = "BEHAVIOUR", _("Use of the mall")
    PREFERENCE = "PREFERENCE", _("Preference")
    CONTENT = "CONTENT", _("Content")
    FREE_TEXT = "FREE_TEXT", _("Free text")
    FILE = "FILE", _("File")
    DEVICE = "DEVICE", _("Device")
    LOCATION = "LOCATION", _("Location")
    SECURITY = "SECURITY", _("Security")
    AGE = "AGE", _("Age")
    CONSENT = "CONSENT", _("Consent")


class Family(models.TextChoices):
    """The four families in which people see their data (DEF-10)."""

    REGISTRATION = "REGISTRATION", _("Registration")
    TRANSACTION = "TRANSACTION", _("Transactions")
    USAGE = "USAGE", _("Use")
    OTHER = "OTHER", _("Other")


class Mask(models.TextChoices):
    """How staff see a value that nobody opened; see `common.masking`."""

    NONE = "none", _("As it is")
    PHONE = "phone", _("Last four digits")
    EMAIL = "email", _("First letter")
    NAME = "name", _("First character")
    ADDRESS = "address", _("Nothing")
    CODE = "code", _("Last four characters")
    ALL = "all", _("Nothing at all")


class Erasure(models.TextChoices):
    """What happens to a row or a column when its person is erased, or when its time is over."""

    DELETE = "DELETE", _("deleted")
    BLANK = "BLANK", _("emptied")
    DETACH = "DETACH", _("cut from you")
    GENERALISE = "GENERALISE", _("made general")
    KEEP = "KEEP", _("kept as long as the law asks, and blocked")


class Place(models.TextChoices):
    """Where personal data lies that lies in no table."""

    FILES = "FILES", _("Files")
    CACHE = "CACHE", _("Cache")
    SESSIONS = "SESSIONS", _("Sessions")
    LOGS = "LOGS", _("Logs")
    QUEUE = "QUEUE", _("Queue")
    SEARCH = "SEARCH", _("Search")
    PARTNER = "PARTNER", _("At a partner")
    BROWSER = "BROWSER", _("In your browser")
    BACKUP = "BACKUP", _("Backups")


# --- Columns and keys -------------------------------------------------------------------


@dataclass(frozen=True)
class Personal:
    """A column or key about a person: what it is, its label for people, its mask for staff."""

    category: Category
    label: Text
    mask: Mask
    sensitive: bool
    readable_because: str


def personal(
    category: Category,
    label: Text,
    *,
    mask: Mask = Mask.NONE,
    sensitive: bool = False,
    readable_because: str = "",
) -> Personal:
    """Declare a personal column, or a personal key of a JSON column.

    A column that names or reaches a person must be sealed, unless `readable_because` gives the
    reason why it may stay readable in the database. What is `sensitive` (DEF-02) is sealed, masked
    and held by consent only, without exception.
    """
    return Personal(category, label, mask, sensitive, readable_because)


@dataclass(frozen=True)
class Other:
    """A key of a JSON column that says nothing about a person, and why it is there."""

    because: str


def other(because: str) -> Other:
    """Declare a key of a JSON column that is not personal."""
    return Other(because)


JsonKeys = Mapping[str, Personal | Other]
"""Key paths of a JSON column: `a`, `a.b`, `a[]` (each of a list), `[]`, `*` (any one key)."""


# --- People in a row besides its own ----------------------------------------------------


@dataclass(frozen=True)
class SecondParty:
    """Somebody else whom parts of a row concern."""

    path: str | None
    columns: tuple[str, ...]
    what: Text
    entered: bool


def second_party(
    path: str | None, *, columns: Iterable[str], what: Text, entered: bool = False
) -> SecondParty:
    """Say which columns may concern somebody else; `path` is None for people without an account.

    Whoever shows the row to its own person leaves these columns out, unless that person `entered`
    them.
    """
    return SecondParty(path, tuple(columns), what, entered)


@dataclass(frozen=True)
class Actor:
    """Who did something to a row. Their own copy holds `shows` only, never whose row it is."""

    path: str
    shows: tuple[str, ...]


def actor(path: str, *, shows: Iterable[str]) -> Actor:
    """Say which column names the one who acted, and the columns of time and action."""
    return Actor(path, tuple(shows))


@dataclass(frozen=True)
class Blocker:
    """Why an erasure must wait, and whether the person can do something about it."""

    code: str
    sentence: Text
    count: int
    in_persons_hands: bool = True


# --- How long ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Retention:
    """How long, counted from which column (or from the end of the account), and why."""

    because: Text
    years: int = 0
    months: int = 0
    days: int = 0
    after: str = ""
    ground: LegalGround | None = None
    where: Q | None = None
    together_by: str = ""
    since: str = ""
    formerly: "Retention | None" = None

    @property
    def is_account_life(self) -> bool:
        """Whether the clock is the account's own life."""
        return not (self.years or self.months or self.days)

    @property
    def is_legal_minimum_met(self) -> bool:
        """Whether it is at least as long as the law asks; days count as they are."""
        if self.ground is None or not self.ground.least_months:
            return True
        return self.years * 12 + self.months >= self.ground.least_months


def keep_for(
    *,
    because: Text,
    after: str,
    years: int = 0,
    months: int = 0,
    days: int = 0,
    ground: LegalGround | None = None,
    where: Q | None = None,
    together_by: str = "",
    since: str = "",
    formerly: Mapping[str, int] | None = None,
) -> Retention:
    """Kept for a period after the date in column `after`.

    `ground` names the law that asks for it, which is what lets a row outlive its person. `where`
    limits the rule to some rows; of the rules that apply to a row the longest wins. Rows with the
    same value in column `together_by` end together, when the newest of them does.

    A longer period holds for people who accepted the privacy policy that introduced it: `since` is
    its version, `formerly` the period of before (`{"years": 1}`). Until a person accepts, the
    shorter of the two ends their rows.
    """
    if bool(since) != bool(formerly):
        raise ValueError("A former period and the version that changed it go together.")
    rule = Retention(because, years, months, days, after, ground, where, together_by)
    if not formerly:
        return rule
    before = replace(
        rule,
        years=formerly.get("years", 0),
        months=formerly.get("months", 0),
        days=formerly.get("days", 0),
    )
    return replace(rule, since=since, formerly=before)


def account_life(*, because: Text, where: Q | None = None) -> Retention:
    """Kept as long as the account exists."""
    return Retention(because, where=where)


# --- A declaration ----------------------------------------------------------------------


class PersonalData:
    """Base of a declaration. Each attribute is a plain value that others read."""

    person: ClassVar[str | None] = None
    because: ClassVar[str] = ""
    others: ClassVar[tuple[SecondParty, ...]] = ()
    actors: ClassVar[tuple[Actor, ...]] = ()
    not_told: ClassVar[Q | None] = None
    title: ClassVar[Text] = ""
    family: ClassVar[Family | None] = None
    fields: ClassVar[Mapping[str, Personal]] = {}
    other_fields: ClassVar[Mapping[str, str]] = {}
    json_keys: ClassVar[Mapping[str, JsonKeys]] = {}
    secrets: ClassVar[tuple[str, ...]] = ()
    purposes: ClassVar[tuple[Purpose, ...]] = ()
    recipients: ClassVar[tuple[str, ...]] = ()
    kept_for: ClassVar[Retention | tuple[Retention, ...] | None] = None
    at_end: ClassVar[Erasure] = Erasure.DELETE
    on_erasure: ClassVar[Erasure | None] = None
    column_erasure: ClassVar[Mapping[str, Erasure]] = {}
    generalised: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def why_not_yet(cls, subject: UUID) -> list[Blocker]:  # noqa: ARG003 - for those who ask
        """Why the erasure of this person must wait; nothing unless the app says otherwise."""
        return []
