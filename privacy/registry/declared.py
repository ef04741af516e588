"""All declarations. Each app's `personal_data.py` speaks here, once about each model."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import models, router
from django.utils.text import capfirst

from privacy.enums import LegalGround
from privacy.purposes import Purpose
from privacy.registry.json_keys import watch
from privacy.registry.vocabulary import (
    Erasure,
    Family,
    PersonalData,
    Place,
    Retention,
    Text,
)


@dataclass(frozen=True)
class Declaration:
    """A model and what its app said about it."""

    model: type[models.Model]
    data: type[PersonalData]

    @property
    def label(self) -> str:
        """`app.Model`."""
        return self.model._meta.label

    @property
    def alias(self) -> str:
        """The database in which the rows are."""
        return router.db_for_write(self.model)

    @property
    def rules(self) -> tuple[Retention, ...]:
        """How long rows are kept; of those that apply to a row the longest wins."""
        kept = self.data.kept_for
        if kept is None:
            return ()
        return kept if isinstance(kept, tuple) else (kept,)

    @property
    def grounds(self) -> tuple[LegalGround, ...]:
        """The laws that let rows outlive their person."""
        return tuple(rule.ground for rule in self.rules if rule.ground is not None)

    @property
    def is_kept(self) -> bool:
        """Whether rows stay, blocked, when their person is erased."""
        return self.data.on_erasure == Erasure.KEEP

    @property
    def columns_about_others(self) -> frozenset[str]:
        """Columns that concern somebody else and were not entered by the person: left out."""
        return frozenset(
            name for party in self.data.others if not party.entered for name in party.columns
        )

    @property
    def title(self) -> str:
        """What people call its rows."""
        return capfirst(str(self.data.title or self.model._meta.verbose_name_plural))

    def erasure_of(self, column: str) -> Erasure:
        """What happens to this column of a row whose person is erased."""
        assert self.data.on_erasure is not None
        if column in self.data.column_erasure:
            return self.data.column_erasure[column]
        if column in self.data.secrets and self.data.on_erasure != Erasure.DELETE:
            return Erasure.BLANK
        return self.data.on_erasure


@dataclass(frozen=True)
class Elsewhere:
    """Personal data outside tables: files, caches, logs, what lies with partners."""

    name: str
    label: Text
    family: Family
    purposes: tuple[Purpose, ...]
    because: Text
    place: Place
    kept: Text
    on_erasure: Erasure
    recipient: str = ""
    found: Callable[[UUID], list[str]] | None = None
    erase: Callable[[UUID], int] | None = None
    is_stored: bool = False


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

    def add_elsewhere(self, place: Elsewhere) -> None:
        """Take a place outside of tables; each has a name of its own."""
        if any(known.name == place.name for known in self.elsewhere):
            raise ValueError(f"The place {place.name} is declared twice.")
        self.elsewhere.append(place)


registry = Registry()


def declare(
    model: type[models.Model],
) -> Callable[[type[PersonalData]], type[PersonalData]]:
    """Declare the personal data of `model`; its JSON columns are watched from then on."""

    def register(data: type[PersonalData]) -> type[PersonalData]:
        registry.add(model, data)
        watch(model, data)
        return data

    return register


def not_personal(*excused: type[models.Model], because: str) -> None:
    """Say that these models hold nothing about people, and why."""
    for model in excused:
        registry.excuse(model, because)


def declare_elsewhere(
    name: str,
    *,
    label: Text,
    family: Family,
    purposes: tuple[Purpose, ...],
    because: Text,
    place: Place,
    kept: Text,
    on_erasure: Erasure,
    recipient: str = "",
    found: Callable[[UUID], list[str]] | None = None,
    erase: Callable[[UUID], int] | None = None,
    is_stored: bool = False,
) -> None:
    """Name personal data that lies in no table, so that the inventory is honest about it.

    `found` lists what lies there for a person, `erase` removes it and returns how many; a place
    that empties itself has neither, and `kept` says when. What `is_stored` was uploaded by the
    person: `found` gives names of Django's file storage, and a copy of their data takes them along.
    """
    registry.add_elsewhere(
        Elsewhere(
            name,
            label,
            family,
            purposes,
            because,
            place,
            kept,
            on_erasure,
            recipient,
            found,
            erase,
            is_stored,
        )
    )
