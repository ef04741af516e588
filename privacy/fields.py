"""Sealed columns: plain to the code that holds the row, unreadable in the database.

    class Address(SealedModel):
        name = SealedTextField()
        phone = SealedTextField()
        phone_index = BlindIndexField(source="phone", normalise="phone")

Reading an attribute opens it; `open_rows` opens a page of rows with one query. Sealed columns
cannot be filtered, sorted or updated in bulk: look up by blind index, write by `save`.
"""

import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F
from django.db.models.lookups import In
from django.db.models.query_utils import DeferredAttribute

from privacy import keyring, normalising
from privacy.enums import KeyClass
from privacy.keyring import indexes

__all__ = [
    "GONE",
    "RESTRICTED",
    "BlindIndexField",
    "SealedJSONField",
    "SealedModel",
    "SealedTextField",
    "blind_index",
    "open_rows",
]

Row = TypeVar("Row", bound="SealedModel")


class Gone(str):
    """What a sealed attribute reads as once its key is destroyed: empty, and known by identity."""

    __slots__ = ()


GONE = Gone("")


class Restricted(str):
    """What a sealed attribute reads as while its key is closed to whoever asks."""

    __slots__ = ()


RESTRICTED = Restricted("")


class Sealed:
    """A value as the database holds it, not opened yet. Shows nothing."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __repr__(self) -> str:
        return "<sealed>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.content == self.content

    def __hash__(self) -> int:
        return hash(self.content)


class SealedAttribute(DeferredAttribute):
    """Opens the value when it is first read."""

    field: "SealedTextField"

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        """The plain value, `GONE` once its key is destroyed, `RESTRICTED` while it is closed."""
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = self.field.open(instance, value.content)
        return value

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = value


class SealedTextField(models.Field):  # type: ignore[type-arg]
    """Text under the person's key; str to the code, bytea in the database."""

    descriptor_class = SealedAttribute
    empty_strings_allowed = False

    def get_internal_type(self) -> str:
        """Stored like any bytes."""
        return "BinaryField"

    # --- reading

    def from_db_value(self, value: bytes | memoryview | None, *_args: object) -> Sealed | None:
        """Nothing is opened before somebody asks."""
        return None if value is None else Sealed(bytes(value))

    def open(self, instance: models.Model, sealed: bytes) -> Any:
        """Open and remember on the instance, with the bytes, so that saving changes nothing.

        What is closed is not remembered: it stays sealed, and may open for somebody else.
        """
        try:
            plain = keyring.open_value(sealed, **self._place(instance))
        except keyring.KeyBlocked:
            return RESTRICTED
        value = GONE if plain is None else self.from_plain(plain)
        instance.__dict__[self.attname] = value
        instance.__dict__[self._memory] = (sealed, plain)
        return value

    def close(self, state: dict[str, Any]) -> None:
        """Put the sealed bytes back in place of a value that was opened and not changed."""
        memory = state.pop(self._memory, None)
        state.pop(self._mark, None)
        value = state.get(self.attname)
        if memory is None or value is None or isinstance(value, Sealed):
            return
        if value is GONE or self.to_plain(value) == memory[1]:
            state[self.attname] = Sealed(memory[0])

    @property
    def _memory(self) -> str:
        return f"_sealed_{self.attname}"

    @property
    def _mark(self) -> str:
        """Whether the save that is under way sealed the value anew."""
        return f"_sealed_anew_{self.attname}"

    def _place(self, instance: models.Model) -> dict[str, str]:
        return {
            "table": self.model._meta.db_table,
            "column": str(self.column),
            "row": str(instance.seal_id),  # type: ignore[attr-defined]
        }

    # --- writing

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        """Seal what changed; what did not change keeps its bytes."""
        value = model_instance.__dict__.get(self.attname)
        model_instance.__dict__[self._mark] = False
        if value is None or isinstance(value, Sealed):
            return value
        memory = model_instance.__dict__.get(self._memory)
        if memory is not None and (value is GONE or self.to_plain(value) == memory[1]):
            return Sealed(memory[0])
        if value is GONE:
            return None
        if value is RESTRICTED:
            raise keyring.KeyBlocked("What was not opened cannot be written elsewhere.")
        plain = self.to_plain(value)
        sealed = keyring.seal_value(
            plain,
            subject=model_instance.subject,  # type: ignore[attr-defined]
            key_class=model_instance.key_class,  # type: ignore[attr-defined]
            **self._place(model_instance),
        )
        model_instance.__dict__[self._memory] = (sealed, plain)
        model_instance.__dict__[self._mark] = True
        return Sealed(sealed)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Only what `pre_save` sealed, or nothing at all, ever reaches the database."""
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise FieldError(f"{self.name} is sealed: write it by save(), find it by blind index.")
        return connection.Database.Binary(value.content)

    def get_lookup(self, lookup_name: str) -> Any:
        """A sealed column cannot be searched."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def to_plain(self, value: Any) -> bytes:
        """The bytes to seal."""
        return str(value).encode()

    def from_plain(self, plain: bytes) -> Any:
        """The value that the code reads."""
        return plain.decode()

    def is_unchanged(self, instance: models.Model) -> bool:
        """Whether nobody read the value, or nobody changed what was read."""
        value = instance.__dict__.get(self.attname)
        if isinstance(value, Sealed) or value is GONE or value is RESTRICTED:
            return True
        memory = instance.__dict__.get(self._memory)
        if memory is None or value is None or instance.__dict__.get(self._mark):
            return False
        return bool(self.to_plain(value) == memory[1])

    # --- elsewhere

    def value_to_string(self, obj: models.Model) -> str:
        """Serialisers see that there is something, never what."""
        return "<sealed>"

    def formfield(self, **kwargs: Any) -> Any:
        """An ordinary text input."""
        return super().formfield(**{"form_class": forms.CharField, **kwargs})

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """Text as it was typed, without spaces around it."""
        return super().clean(value.strip() if isinstance(value, str) else value, model_instance)


class SealedJSONField(SealedTextField):
    """A JSON value under the person's key."""

    def to_plain(self, value: Any) -> bytes:
        """Compact JSON with sorted keys, so that equal values are equal bytes."""
        return json.dumps(
            value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, cls=DjangoJSONEncoder
        ).encode()

    def from_plain(self, plain: bytes) -> Any:
        """The JSON value."""
        return json.loads(plain)

    def formfield(self, **kwargs: Any) -> Any:
        """Not edited by hand."""
        return None


class BlindIndexField(models.CharField):  # type: ignore[type-arg]
    """A keyed fingerprint of a sealed column, for exact look-ups. Fills itself on save."""

    def __init__(
        self, *args: Any, source: str = "", normalise: str = "exact", **kwargs: Any
    ) -> None:
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("null", True)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("blank", True)
        self.source = source
        self.normalise = normalise
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Source and normalisation are part of the column."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source, "normalise": self.normalise}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Follow the source; a source that nobody changed leaves the index alone.

        What is left alone is left to the database: the row may have got another index meanwhile.
        """
        value = model_instance.__dict__.get(self.source)
        source = self.model._meta.get_field(self.source)
        assert isinstance(source, SealedTextField)
        unread = isinstance(value, Sealed) or value is GONE or value is RESTRICTED
        if unread or self.source not in model_instance.__dict__:
            return getattr(model_instance, self.attname) if add else F(self.attname)
        if not add and source.is_unchanged(model_instance):
            return F(self.attname)
        plain = normalising.normalise(self.normalise, str(value)) if value else ""
        index = self._written(model_instance, plain) if plain else None
        setattr(model_instance, self.attname, index)
        return index

    def _written(self, instance: models.Model, plain: str) -> str:
        phase = indexes.phase_of_write(self.label)
        if self.unique:
            rows = self.model._base_manager.exclude(pk=instance.pk)
            indexes.refuse_double(
                self.label, plain, phase, lambda both: rows.filter(**{f"{self.name}__in": both})
            )
        return keyring.token(phase.written, plain)

    def index_of(self, value: str) -> str | None:
        """What a row with this value gets written; None when nothing is left after normalising."""
        plain = normalising.normalise(self.normalise, value)
        return keyring.token(indexes.phase_of_write(self.label).written, plain) if plain else None

    @property
    def label(self) -> str:
        """The name of the column among the keys of the house."""
        return f"{self.model._meta.db_table}.{self.column}"

    def fingerprint(self, value: str) -> indexes.Fingerprint | None:
        """What `value` is looked up by; None when nothing is left after normalising."""
        plain = normalising.normalise(self.normalise, value)
        return indexes.fingerprint(self.label, plain) if plain else None

    def get_lookup(self, lookup_name: str) -> Any:
        """While the key of the index is exchanged, an exact look-up tries both."""
        found = super().get_lookup(lookup_name)
        return exact_or_both(found) if lookup_name == "exact" else found


def exact_or_both(exact: Any) -> Callable[[Any, Any], Any]:
    """The lookup `exact`, or one of any where the value has two fingerprints."""

    def build(lhs: Any, rhs: Any) -> Any:
        if isinstance(rhs, indexes.Fingerprint) and len(rhs.all) > 1:
            return In(lhs, rhs.all)
        return exact(lhs, rhs)

    return build


class SealedModel(models.Model):
    """Base of every row with sealed columns.

    `subject` names the person whose keys seal the row, set when the row is created; `seal_id`
    ties each value to its row.
    """

    key_class: ClassVar[KeyClass] = KeyClass.ACCOUNT

    subject = models.UUIDField(db_index=True)
    seal_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True

    def __getstate__(self) -> dict[str, Any]:
        """Pickled into a cache or a task, a row carries its sealed bytes, not what they hold.

        A value that was set and not saved yet goes along as it is.
        """
        state: dict[str, Any] = super().__getstate__()
        for column in self._meta.concrete_fields:
            if isinstance(column, SealedTextField):
                column.close(state)
        return state

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a sealed column takes its blind indexes along."""
        names = kwargs.get("update_fields")
        if names is None and not kwargs.get("force_insert") and self.get_deferred_fields():
            # What was not loaded is not saved, so the indexes have to be named.
            names = {
                column.attname
                for column in self._meta.concrete_fields
                if column.attname in self.__dict__ and not column.primary_key
            }
        if names is not None:
            names = set(names)
            kwargs["update_fields"] = names | {
                column.name
                for column in self._meta.concrete_fields
                if isinstance(column, BlindIndexField) and column.source in names
            }
        if not any(isinstance(one, BlindIndexField) for one in self._meta.concrete_fields):
            super().save(*args, **kwargs)
            return
        # The phase of a blind index is held until the row is there.
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)


def blind_index(model: type[models.Model], column: str, value: str) -> str:
    """The fingerprint under which `value` is found in `column`.

    Something that cannot be normalised (a phone number that is none) finds nothing.
    """
    target = model._meta.get_field(column)
    assert isinstance(target, BlindIndexField)
    return target.fingerprint(value) or "none"


def open_rows(rows: Iterable[Row]) -> list[Row]:
    """Open every sealed value of these rows with one query for their keys."""
    opened = list(rows)
    pending = [
        (row, column, value)
        for row in opened
        for column in row._meta.concrete_fields
        if isinstance(column, SealedTextField)
        and isinstance(value := row.__dict__.get(column.attname), Sealed)
    ]
    with keyring.scope():
        keyring.fetch_keys({keyring.key_id_of(value.content) for _, _, value in pending})
        for row, column, value in pending:
            column.open(row, value.content)
    return opened
