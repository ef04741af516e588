"""What the mall holds about people, declared beside the models in each app's `personal_data.py`.

    @declare(Address)
    class AddressData(PersonalData):
        person = "owner"
        family = Family.REGISTRATION
        fields = {"name": personal(Category.NAME, _("Recipient"), mask=Mask.NAME)}
        other_fields = {"is_default": "A switch."}
        purposes = (purposes.DELIVERY,)
        kept_for = account_life(because=_("..."))
        on_erasure = Erasure.DELETE

Everything else reads this registry and nothing keeps a second list.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
    """What happens to a row when its person is erased."""

    DELETE = "DELETE", _("deleted")
    BLANK = "BLANK", _("emptied")
    DETACH = "DETACH", _("cut from you")
    GENERALISE = "GENERALISE", _("made general")
    KEEP = "KEEP", _("kept as long as the law asks, and blocked")


@dataclass(frozen=True)
class Personal:
    """A column about a person: what it is, its label for people, its mask for staff."""

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
    """Declare a personal column.

    A column that names or reaches a person must be sealed, unless `readable_because` gives the
    reason why it may stay readable in the database.
    """
    return Personal(category, label, mask, sensitive, readable_because)


@dataclass(frozen=True)
class Retention:
    """How long, counted from which column (or from the end of the account), and why."""

    because: Text
    years: int = 0
    months: int = 0
    days: int = 0
    after: str = ""

    @property
    def is_account_life(self) -> bool:
        """Whether the clock is the account's own life."""
        return not (self.years or self.months or self.days)


def keep_for(
    *, because: Text, after: str, years: int = 0, months: int = 0, days: int = 0
) -> Retention:
    """Kept for a period after the date in column `after`."""
    return Retention(because, years, months, days, after)


def account_life(*, because: Text) -> Retention:
    """Kept as long as the account exists."""
    return Retention(because)


class PersonalData:
    """Base of a declaration. Each attribute is a plain value that others read."""

    person: ClassVar[str | None] = None
    because: ClassVar[str] = ""
    family: ClassVar[Family | None] = None
    fields: ClassVar[Mapping[str, Personal]] = {}
    other_fields: ClassVar[Mapping[str, str]] = {}
    secrets: ClassVar[tuple[str, ...]] = ()
    purposes: ClassVar[tuple[Purpose, ...]] = ()
    recipients: ClassVar[tuple[str, ...]] = ()
    kept_for: ClassVar[Retention | None] = None
    on_erasure: ClassVar[Erasure | None] = None


@dataclass(frozen=True)
class Declaration:
    """A model and what its app said about it."""

    model: type[models.Model]
    data: type[PersonalData]

    @property
    def label(self) -> str:
        """`app.Model`."""
        return self.model._meta.label


@dataclass(frozen=True)
class Elsewhere:
    """Personal data outside tables: files, caches, logs, what lies with partners."""

    name: str
    label: Text
    family: Family
    purposes: tuple[Purpose, ...]
    because: Text


class Registry:
    """All declarations. `_registry` is what Django rolls back when a module fails to import."""

    def __init__(self) -> None:
        self._registry: dict[type[models.Model], type[PersonalData]] = {}
        self.excused: dict[type[models.Model], str] = {}
        self.elsewhere: list[Elsewhere] = []

    def declarations(self) -> list[Declaration]:
        """Every declared model, by label."""
        found = [Declaration(model, data) for model, data in self._registry.items()]
        return sorted(found, key=lambda one: one.label)

    def declaration_of(self, model: type[models.Model]) -> Declaration | None:
        """What was said about `model`, if anything."""
        data = self._registry.get(model)
        return Declaration(model, data) if data else None

    def add(self, model: type[models.Model], data: type[PersonalData]) -> None:
        """Take a declaration; a model speaks once."""
        if model in self._registry or model in self.excused:
            raise ValueError(f"{model._meta.label} is declared twice.")
        self._registry[model] = data

    def excuse(self, model: type[models.Model], because: str) -> None:
        """Take an excuse; a model speaks once."""
        if model in self._registry or model in self.excused:
            raise ValueError(f"{model._meta.label} is declared twice.")
        self.excused[model] = because


registry = Registry()


def declare(
    model: type[models.Model],
) -> Callable[[type[PersonalData]], type[PersonalData]]:
    """Declare the personal data of `model`."""

    def register(data: type[PersonalData]) -> type[PersonalData]:
        registry.add(model, data)
        return data

    return register


def not_personal(*excused: type[models.Model], because: str) -> None:
    """Say that these models hold nothing about people, and why."""
    for model in excused:
        registry.excuse(model, because)


def declare_elsewhere(
    name: str, *, label: Text, family: Family, purposes: tuple[Purpose, ...], because: Text
) -> None:
    """Name personal data that lies in no table, so that the inventory is honest about it."""
    registry.elsewhere.append(Elsewhere(name, label, family, purposes, because))
