"""A column about people that nobody declared stops the build."""

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import models

from accounts.models import Address, Phone, Profile
from privacy import purposes
from privacy.checks import incomplete, undeclared
from privacy.fields import BlindIndexField, SealedModel, SealedTextField
from privacy.models import AuditEntry, DataKey
from privacy.registry import (
    Category,
    Erasure,
    Family,
    PersonalData,
    Registry,
    account_life,
    keep_for,
    personal,
    registry,
)


class Parcel(models.Model):
    """A table of nobody's, to declare rightly and wrongly."""

    owner = models.ForeignKey(get_user_model(), on_delete=models.CASCADE, related_name="+")
    street = models.CharField(max_length=100)
    size = models.CharField(max_length=10)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "tests"
        managed = False

    def __str__(self):
        return "parcel"


class SealedParcel(SealedModel):
    """The same, sealed."""

    street = SealedTextField()
    street_index = BlindIndexField(source="street")

    class Meta:
        app_label = "tests"
        managed = False

    def __str__(self):
        return "parcel"


class Whole(PersonalData):
    """Nothing is missing here; each test takes something away."""

    person = "owner"
    family = Family.TRANSACTION
    fields = {
        "street": personal(Category.ADDRESS, "Street", readable_because="A test."),
        "sent_at": personal(Category.BEHAVIOUR, "When it was sent"),
    }
    other_fields = {"size": "Small or large."}
    purposes = (purposes.DELIVERY,)
    kept_for = keep_for(days=30, after="sent_at", because="A test.")
    on_erasure = Erasure.DELETE


def found(model=Parcel, **changes):
    """The ids of what the check says about a declaration with these changes."""
    known = Registry()
    known.add(model, type("Changed", (Whole,), changes))
    return [message.id for message in incomplete(known)]


def test_a_whole_declaration_is_in_order():
    assert found() == []


def test_the_mall_itself_is_in_order():
    assert [*undeclared(registry), *incomplete(registry)] == []
    call_command("check", fail_level="WARNING", tags=["privacy"])


def test_every_model_of_every_app_is_declared_or_excused():
    for model in apps.get_models():
        spoken = registry.declaration_of(model) is not None or model in registry.excused
        assert spoken, model._meta.label


def test_a_model_that_nobody_spoke_about_is_named():
    known = Registry()
    for declaration in registry.declarations():
        if declaration.model is not Phone:
            known.add(declaration.model, declaration.data)
    for model, because in registry.excused.items():
        known.excuse(model, because)
    messages = list(undeclared(known))
    assert [(message.id, message.obj) for message in messages] == [("privacy.E001", Phone)]
    assert "accounts.Phone" in messages[0].msg


def test_a_deliberately_undeclared_column_stops_the_build():
    declared = registry.declaration_of(Address).data
    fields = {name: what for name, what in declared.fields.items() if name != "street"}
    known = Registry()
    known.add(Address, type("Forgetful", (declared,), {"fields": fields}))
    messages = list(incomplete(known))
    assert [message.id for message in messages] == ["privacy.E002"]
    assert "accounts.Address.street is not declared" in messages[0].msg


def test_a_column_that_does_not_exist_is_named():
    assert found(other_fields={**Whole.other_fields, "colour": "?"}) == ["privacy.E003"]


def test_a_column_declared_twice_is_named():
    assert "privacy.E003" in found(other_fields={**Whole.other_fields, "street": "again"})


@pytest.mark.parametrize(
    "kept_for", [None, keep_for(days=1, after="nowhere", because="x"), account_life(because=" ")]
)
def test_how_long_and_why_must_be_said(kept_for):
    assert found(kept_for=kept_for) == ["privacy.E004"]


@pytest.mark.parametrize("changes", [{"on_erasure": None}, {"family": None}, {"purposes": ()}])
def test_erasure_family_and_purpose_must_be_said(changes):
    assert found(**changes) == ["privacy.E005"]


def test_a_purpose_that_nobody_listed_is_refused():
    invented = purposes.Purpose("curiosity", purposes.DELIVERY.basis, "Because.")
    assert found(purposes=(invented,)) == ["privacy.E005"]


@pytest.mark.parametrize("person", ["size", "nobody", "owner__handle"])
def test_the_path_must_lead_to_a_person(person):
    assert "privacy.E006" in found(person=person, other_fields={**Whole.other_fields, "owner": "x"})


def test_a_table_without_a_person_says_why():
    without = {"person": None, "other_fields": {**Whole.other_fields, "owner": "x"}}
    assert found(**without) == ["privacy.E006"]
    assert found(**without, because="A test.") == []


def test_a_person_may_be_named_by_subject():
    assert registry.declaration_of(DataKey).data.person == "subject"


def test_a_recipient_that_nobody_declared_is_named():
    assert found(recipients=("a_friend",)) == ["privacy.E007"]


def test_a_readable_street_needs_a_reason():
    readable = {**Whole.fields, "street": personal(Category.ADDRESS, "Street")}
    assert found(fields=readable) == ["privacy.E008"]


def test_a_sealed_street_needs_none_and_its_fingerprint_no_line():
    fields = {"street": personal(Category.ADDRESS, "Street")}
    assert (
        found(
            SealedParcel,
            person="subject",
            fields=fields,
            other_fields={},
            kept_for=account_life(because="A test."),
        )
        == []
    )


def test_an_excuse_needs_a_reason():
    known = Registry()
    known.excuse(Parcel, " ")
    assert "privacy.E009" in [message.id for message in undeclared(known)]
    assert found(other_fields={"size": " "}) == ["privacy.E009"]


def test_a_model_speaks_once():
    known = Registry()
    known.add(Parcel, Whole)
    with pytest.raises(ValueError, match="twice"):
        known.add(Parcel, Whole)
    with pytest.raises(ValueError, match="twice"):
        known.excuse(Parcel, "x")


def test_every_name_phone_email_and_street_of_the_mall_is_sealed_or_says_why():
    for declaration in registry.declarations():
        for name, what in declaration.data.fields.items():
            if what.category in {Category.NAME, Category.CONTACT, Category.ADDRESS}:
                column = declaration.model._meta.get_field(name)
                sealed = isinstance(column, SealedTextField) or hasattr(
                    declaration.model, "email_sealed"
                )
                assert sealed or what.readable_because, f"{declaration.label}.{name}"


def test_ledgers_and_profiles_are_among_the_declared():
    for model in (AuditEntry, Profile):
        assert registry.declaration_of(model) is not None
