"""The e-mail column of the sign-in library, sealed in place.

The column keeps its name and type for the library's migrations. It holds a blind index; the sealed
address stands beside it, prefixed by the first eight bytes of the index, so that the database can
refuse a write of only one of the two.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.lookups import Exact, In
from django.db.models.query_utils import DeferredAttribute

from privacy import keyring, normalising
from privacy.enums import KeyClass
from privacy.fields import GONE, RESTRICTED
from privacy.keyring import indexes

PREFIX_BYTES = 8
TABLE, COLUMN = "account_emailaddress", "email"
LABEL = f"{TABLE}.{COLUMN}"


class Blind(str):
    """An index read from the database, not an address."""

    __slots__ = ()


def email_index(address: str) -> Blind:
    """The blind index of an address in any spelling, as a row gets it at present."""
    if isinstance(address, Blind):
        return address
    phase = indexes.phase_of_write(LABEL)
    return Blind(keyring.token(phase.written, normalising.email(address)))


def email_indexes(address: str) -> list[Blind]:
    """Every index under which an address may stand at present."""
    if isinstance(address, Blind):
        return [address]
    found = indexes.fingerprint(LABEL, normalising.email(address))
    return [Blind(one) for one in found.all]


class BlindEmailField(models.EmailField):  # type: ignore[type-arg]
    """An e-mail column that stores and finds by blind index."""

    def deconstruct(self) -> Any:
        """To migrations this is the library's own column."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        """Addresses become indexes on their way to the database."""
        return (
            None
            if value is None
            else str(email_index(str(value) if not isinstance(value, str) else value))
        )

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """An address that nobody changed keeps whatever index the row has meanwhile."""
        value = model_instance.__dict__.get("email")
        opened = model_instance.__dict__.get("_email_opened")
        if isinstance(value, Blind):
            return value if add else F("email")
        if opened and value == opened[0] and value is not None:
            return opened[1] if add else F("email")
        if value is None:
            return super().pre_save(model_instance, add)
        index = email_index(str(value))
        _refuse_double(model_instance, str(value))
        model_instance.__dict__["_email_index"] = index
        return index

    def value_to_string(self, obj: models.Model) -> str:
        """Serialisers see that there is something, never what."""
        return "<sealed>"

    def from_db_value(self, value: str | None, *_args: object) -> Blind | None:
        """What comes back is an index; the attribute opens the copy beside it."""
        return None if value is None else Blind(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whole addresses can be found; by each index that they may have at present."""
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        if lookup_name == "exact":
            return _exactly
        return _any_of if lookup_name == "in" else None


def _exactly(lhs: Any, rhs: Any) -> Any:
    if rhs is None or hasattr(rhs, "resolve_expression"):
        return Exact(lhs, rhs)
    found = email_indexes(str(rhs) if not isinstance(rhs, str) else rhs)
    return Exact(lhs, found[0]) if len(found) == 1 else In(lhs, found)


def _any_of(lhs: Any, rhs: Any) -> Any:
    if hasattr(rhs, "resolve_expression"):
        return In(lhs, rhs)
    return In(lhs, [index for one in rhs for index in email_indexes(one)])


def _refuse_double(instance: Any, address: str) -> None:
    """Of one person's addresses, and of proved ones, there is one of a kind."""
    phase = indexes.phase_of_write(LABEL)
    rows = type(instance)._base_manager.exclude(pk=instance.pk)
    same = Q(user=instance.user_id) | (Q(verified=True) if instance.verified else Q(pk__in=[]))
    indexes.refuse_double(
        LABEL,
        normalising.email(address),
        phase,
        lambda both: rows.filter(same, email__in=[Blind(one) for one in both]),
    )


class SealedEmailAttribute(DeferredAttribute):
    """Reads as the address; `GONE` once the person's key is destroyed."""

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        """Open the copy when the address is first read."""
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if not isinstance(value, Blind):
            return value
        sealed = instance.email_sealed  # type: ignore[attr-defined]
        plain = None
        if sealed is not None:
            content = bytes(sealed)[PREFIX_BYTES:]
            try:
                plain = keyring.open_value(content, table=TABLE, column=COLUMN, row=str(value))
            except keyring.KeyBlocked:
                return RESTRICTED
        address = GONE if plain is None else plain.decode()
        instance.__dict__["email"] = address
        instance.__dict__["_email_opened"] = (address, value)
        return address

    def __set__(self, instance: models.Model, value: object) -> None:
        if not isinstance(value, Blind):
            # A copy that was not loaded would be saved stale beside the new index.
            instance.__dict__.setdefault("email_sealed", None)
        instance.__dict__["email"] = value


class SealedCopyField(models.BinaryField):  # type: ignore[type-arg]
    """The sealed address; follows the address on every save."""

    def value_to_string(self, obj: models.Model) -> str:
        """Serialisers see that there is something, never what."""
        return "<sealed>"

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Seal the address when it changed."""
        address = model_instance.__dict__.get("email")
        opened = model_instance.__dict__.get("_email_opened")
        stored = getattr(model_instance, self.attname)
        unread = address is None or isinstance(address, Blind) or address is GONE
        if unread or (opened and opened[0] == address and stored is not None):
            return stored if add else F(self.attname)
        index = model_instance.__dict__.get("_email_index") or email_index(str(address))
        sealed = keyring.seal_value(
            str(address).encode(),
            subject=model_instance.user.subject,  # type: ignore[attr-defined]
            key_class=KeyClass.ACCOUNT,
            table=TABLE,
            column=COLUMN,
            row=str(index),
        )
        content = bytes.fromhex(index)[:PREFIX_BYTES] + sealed
        setattr(model_instance, self.attname, content)
        model_instance.__dict__["_email_opened"] = (address, index)
        model_instance.__dict__.pop("_email_index", None)
        return content


def seal_email_column(model: type[models.Model]) -> None:
    """Turn the finished model's `email` into a sealed column. Called once, while apps load."""
    column: Any = model._meta.get_field("email")
    column.__class__ = BlindEmailField
    model.email = SealedEmailAttribute(column)  # type: ignore[attr-defined]
    model.add_to_class("email_sealed", SealedCopyField(null=True, editable=False))


class AddFieldToApp(migrations.AddField):
    """Adds a column to another app's model from a migration of ours."""

    def __init__(self, app_label: str, model_name: str, name: str, field: Any) -> None:
        self.other_app = app_label
        super().__init__(model_name, name, field)

    def deconstruct(self) -> Any:
        """As it is written in the migration."""
        return (
            type(self).__name__,
            [],
            {
                "app_label": self.other_app,
                "model_name": self.model_name,
                "name": self.name,
                "field": self.field,
            },
        )

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The other app's state gets the column."""
        super().state_forwards(self.other_app, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """The other app's table gets the column."""
        super().database_forwards(self.other_app, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """The other app's table loses the column."""
        super().database_backwards(self.other_app, schema_editor, from_state, to_state)
