"""What the mall holds about people, as its declarations say: nobody writes this page by hand."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from privacy.fields import SealedTextField
from privacy.fields_email import BlindEmailField, SealedCopyField
from privacy.recipients import all_recipients, recipient
from privacy.registry import Declaration, Family, Personal, Retention, registry

Text = str | Promise
LOCKED = (SealedTextField, BlindEmailField, SealedCopyField)

SENT: dict[str, Text] = {
    "address": _("address"),
    "amount": _("amount"),
    "currency": _("currency"),
    "email": _("e-mail address"),
    "name": _("name"),
    "other_phone": _("another phone number, if you give one"),
    "payment_reference": _("payment number"),
    "phone": _("phone number"),
    "refund_reason": _("reason for a refund"),
    "text": _("the message itself"),
    "title": _("title of the payment"),
    "weight": _("weight of the parcel"),
}


@dataclass(frozen=True)
class Held:
    """One column, in words, and whether it is stored locked."""

    label: Text
    is_locked: bool


@dataclass(frozen=True)
class Entry:
    """One table of the database: what it holds, why, for whom, how long."""

    held: list[Held]
    why: list[Text]
    recipients: list[Text]
    how_long: str
    because: Text
    on_erasure: Text


@dataclass(frozen=True)
class Group:
    """One of the four families, with everything in it."""

    title: Text
    code: str
    entries: list[Entry]
    elsewhere: list[tuple[Text, Text]]


@dataclass(frozen=True)
class Receiver:
    """Somebody outside who may be given something, and all that they may ever be given."""

    name: Text
    role: Text
    fields: list[Text]
    grounds: list[Text]


def groups() -> list[Group]:
    """Every declaration by family, in the order in which people read them."""
    found = [declared for declared in registry.declarations() if declared.data.fields]
    return [
        Group(
            title=family.label,
            code=family.value.lower(),
            entries=[_entry(declared) for declared in found if declared.data.family == family],
            elsewhere=[
                (place.label, place.because)
                for place in registry.elsewhere
                if place.family == family
            ],
        )
        for family in Family
    ]


def receivers() -> list[Receiver]:
    """Every declared recipient."""
    return [
        Receiver(
            name=one.name,
            role=one.role,
            fields=[SENT.get(name, name.replace("_", " ")) for name in sorted(one.fields)],
            grounds=[ground.label for ground in sorted(one.grounds)],
        )
        for one in all_recipients()
    ]


def _entry(declared: Declaration) -> Entry:
    data = declared.data
    return Entry(
        held=[_held(declared, name, column) for name, column in data.fields.items()],
        why=[purpose.sentence for purpose in data.purposes],
        recipients=[recipient(code).name for code in data.recipients],
        how_long=_longest(declared),
        because=declared.rules[0].because if declared.rules else "",
        on_erasure=data.on_erasure.label if data.on_erasure else "",
    )


def _held(declared: Declaration, name: str, column: Personal) -> Held:
    field = None if name == "pk" else declared.model._meta.get_field(name)
    return Held(column.label, isinstance(field, LOCKED))


def _longest(declared: Declaration) -> str:
    """The period of every rule, the first one first."""
    return gettext(", ").join(dict.fromkeys(_period(rule) for rule in declared.rules))


def _period(kept: Retention | None) -> str:
    if kept is None or kept.is_account_life:
        return str(_("As long as you have the account"))
    years = ngettext("%(count)s year", "%(count)s years", kept.years) % {"count": kept.years}
    months = ngettext("%(count)s month", "%(count)s months", kept.months) % {"count": kept.months}
    days = ngettext("%(count)s day", "%(count)s days", kept.days) % {"count": kept.days}
    parts = ((kept.years, years), (kept.months, months), (kept.days, days))
    return gettext(", ").join(words for number, words in parts if number)
