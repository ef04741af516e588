"""A column about people that nobody declared stops the build."""

import time
from dataclasses import replace

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import models

from accounts.models import Address, Phone, Profile
from privacy import purposes
from privacy.checks import check_declarations, circles, incomplete, incomplete_elsewhere, undeclared
from privacy.fields import BlindIndexField, SealedModel, SealedTextField
from privacy.models import AuditEntry, DataKey
from privacy.registry import (
    Category,
    Elsewhere,
    Erasure,
    Family,
    LegalGround,
    Mask,
    PersonalData,
    Place,
    Registry,
    account_life,
    actor,
    keep_for,
    other,
    personal,
    registry,
    second_party,
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


@pytest.mark.promise("DEF-01", "CON-12")
def test_the_mall_itself_is_in_order():
    assert check_declarations() == []
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


# --- Keys of JSON columns ---------------------------------------------------------------


class Letter(models.Model):
    """A table with JSON, dates, an actor and several owners, to declare wrongly."""

    writer = models.UUIDField()
    reader = models.UUIDField(db_index=True)
    clerk = models.ForeignKey(get_user_model(), on_delete=models.CASCADE, related_name="+")
    content = models.JSONField(default=dict)
    words = models.CharField(max_length=100, unique=True)
    level = models.IntegerField()
    state = models.CharField(max_length=3, choices=[("new", "New")])
    sent_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "tests"
        managed = False

    def __str__(self):
        return "letter"


class WholeLetter(PersonalData):
    """Nothing is missing here."""

    person = "reader"
    actors = (actor("clerk", shows=("sent_at", "state")),)
    others = (second_party("writer", columns=("words",), what="Who wrote it"),)
    family = Family.OTHER
    fields = {"words": personal(Category.CONTENT, "Words")}
    other_fields = {
        "writer": "x",
        "clerk": "x",
        "content": "x",
        "level": "x",
        "state": "x",
        "sent_at": "x",
    }
    json_keys = {"content": {"a.b[]": other("x"), "street": personal(Category.CONTENT, "Text")}}
    purposes = (purposes.MESSAGES,)
    kept_for = keep_for(
        years=3, after="sent_at", because="A test.", ground=LegalGround.DEAL_RECORDS
    )
    on_erasure = Erasure.KEEP


def said(**changes):
    """The ids of what the check says about letters declared with these changes."""
    known = Registry()
    known.add(Letter, type("Changed", (WholeLetter,), changes))
    return [message.id for message in incomplete(known)]


def test_a_whole_declaration_with_everything_is_in_order():
    assert said() == []


@pytest.mark.parametrize(
    "json_keys",
    [
        {},
        {**WholeLetter.json_keys, "words": {"a": other("x")}},
        {**WholeLetter.json_keys, "nothing": {"a": other("x")}},
        {"content": {"a": other(" ")}},
        {"content": {"": other("x")}},
    ],
)
def test_every_key_of_a_json_column_is_declared_with_words(json_keys):
    assert said(json_keys=json_keys) == ["privacy.E010"]


def test_a_json_column_among_the_secrets_needs_no_keys():
    rest = {name: why for name, why in WholeLetter.other_fields.items() if name != "content"}
    assert "privacy.E010" not in said(json_keys={}, other_fields=rest, secrets=("content",))


def test_a_key_that_names_a_person_is_sealed_or_says_why():
    name = {"content": {"name": personal(Category.NAME, "Name")}}
    assert said(json_keys=name) == ["privacy.E008"]


# --- People -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "party",
    [
        second_party("level", columns=("words",), what="Somebody"),
        second_party(None, columns=(), what="Somebody"),
        second_party(None, columns=("nothing",), what="Somebody"),
        second_party(None, columns=("words",), what=" "),
    ],
)
def test_a_second_party_is_declared_whole(party):
    assert said(others=(party,)) == ["privacy.E011"]


@pytest.mark.parametrize(
    ("path", "shows"),
    [
        ("level", ("sent_at",)),
        ("clerk", ("words",)),
        ("clerk", ("nothing",)),
        ("clerk", ()),
    ],
)
def test_who_acted_is_shown_time_and_deed_only(path, shows):
    assert "privacy.E012" in said(actors=(actor(path, shows=shows),))


def test_the_way_to_the_person_has_an_index():
    rest = {name: why for name, why in WholeLetter.other_fields.items() if name != "writer"}
    assert said(person="writer", others=(), other_fields={**rest, "reader": "x"}) == [
        "privacy.W001"
    ]


def test_the_way_to_who_acted_has_an_index():
    assert said(actors=(actor("writer", shows=("sent_at",)),)) == ["privacy.W001"]


@pytest.mark.promise("DEF-02")
def test_what_is_sensitive_is_sealed_masked_and_by_consent():
    readable = {"words": personal(Category.CONTENT, "Words", sensitive=True)}
    assert said(fields=readable) == ["privacy.E013"]
    faith = {"street": personal(Category.CONTENT, "Faith", sensitive=True, mask=Mask.ALL)}
    sealed = {
        "person": "subject",
        "fields": faith,
        "other_fields": {},
        "kept_for": account_life(because="A test."),
    }
    assert found(SealedParcel, **sealed) == ["privacy.E013"]
    assert found(SealedParcel, **sealed, purposes=(purposes.PROFILE,)) == []
    unmasked = {"street": personal(Category.CONTENT, "Faith", sensitive=True)}
    assert found(SealedParcel, **{**sealed, "fields": unmasked}, purposes=(purposes.PROFILE,)) == [
        "privacy.E013"
    ]


# --- How long ---------------------------------------------------------------------------


@pytest.mark.promise("RET-01")
def test_a_row_outlives_its_person_by_law_only():
    kept = keep_for(years=3, after="sent_at", because="We would like to.")
    assert said(kept_for=kept) == ["privacy.E014"]


@pytest.mark.promise("RET-02")
def test_no_period_is_shorter_than_the_law_asks():
    short = keep_for(
        years=2, months=11, after="sent_at", because="x", ground=LegalGround.DEAL_RECORDS
    )
    assert said(kept_for=short) == ["privacy.E014"]
    with_months = keep_for(months=36, after="sent_at", because="x", ground=LegalGround.DEAL_RECORDS)
    assert said(kept_for=with_months) == []


@pytest.mark.parametrize(
    ("kept_for", "expected"),
    [
        (keep_for(years=3, after="level", because="x"), "privacy.E004"),
        (keep_for(after="sent_at", because="x"), "privacy.E004"),
        (keep_for(years=3, after="sent_at", because="x", where=models.Q(colour=1)), "privacy.E018"),
        (keep_for(years=3, after="sent_at", because="x", together_by="nobody"), "privacy.E018"),
    ],
)
def test_a_rule_counts_from_a_date_and_asks_for_what_exists(kept_for, expected):
    assert expected in said(kept_for=kept_for)


def test_every_rule_of_several_is_looked_at():
    whole = WholeLetter.kept_for
    assert said(kept_for=(whole, account_life(because=" "))) == ["privacy.E004"]


# --- Erasure ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"column_erasure": {"nothing": Erasure.BLANK}},
        {"column_erasure": {"level": Erasure.BLANK}},
        {"column_erasure": {"words": Erasure.BLANK}},
        {"column_erasure": {"level": Erasure.DETACH}},
        {"column_erasure": {"clerk": Erasure.DETACH}},
        {"column_erasure": {"level": Erasure.GENERALISE}},
        {"column_erasure": {"level": Erasure.KEEP}, "generalised": {"level": 1}},
        {"generalised": {"nothing": 1}},
        {"on_erasure": Erasure.DELETE, "column_erasure": {"level": Erasure.KEEP}},
        {"on_erasure": Erasure.BLANK},
    ],
)
def test_what_cannot_be_done_to_a_column_is_refused(changes):
    assert said(**changes) == ["privacy.E015"]


def test_what_can_be_done_to_a_column_is_accepted():
    can = {"sent_at": Erasure.BLANK, "state": Erasure.BLANK, "level": Erasure.GENERALISE}
    assert said(column_erasure=can, generalised={"level": 0}) == []


def test_secrets_of_a_row_that_stays_are_emptied():
    rest = {name: why for name, why in WholeLetter.other_fields.items() if name != "level"}
    assert said(other_fields=rest, secrets=("level",)) == ["privacy.E015"]


class Egg(models.Model):
    """Refers to the hen."""

    hen = models.ForeignKey("Hen", on_delete=models.CASCADE, related_name="+")

    class Meta:
        app_label = "tests"
        managed = False

    def __str__(self):
        return "egg"


class Hen(models.Model):
    """Refers to the egg."""

    egg = models.ForeignKey(Egg, on_delete=models.CASCADE, related_name="+")

    class Meta:
        app_label = "tests"
        managed = False

    def __str__(self):
        return "hen"


def test_a_circle_of_tables_is_named():
    known = Registry()
    known.add(Egg, Whole)
    known.add(Hen, Whole)
    (message,) = circles(known)
    assert message.id == "privacy.E017"
    assert "tests.Hen" in message.msg


# --- Outside of tables ------------------------------------------------------------------

ROOM = Elsewhere(
    "room",
    "A room",
    Family.OTHER,
    (purposes.OPERATION,),
    "A test.",
    Place.FILES,
    "A day.",
    Erasure.DELETE,
)


def heard(**changes):
    """The ids of what the check says about a place with these changes."""
    known = Registry()
    known.add_elsewhere(replace(ROOM, **changes))
    return [message.id for message in incomplete_elsewhere(known)]


@pytest.mark.parametrize(
    "changes",
    [
        {"because": ""},
        {"kept": " "},
        {"label": ""},
        {"purposes": ()},
        {"place": Place.PARTNER},
        {"recipient": "carrier"},
        {"place": Place.PARTNER, "recipient": "a_friend"},
        {"found": lambda _subject: []},
    ],
)
def test_a_place_outside_of_tables_is_declared_whole(changes):
    assert heard() == []
    assert heard(**changes) == ["privacy.E016"]


def test_what_a_recipient_holds_is_declared():
    known = Registry()
    known.add(Parcel, type("Sent", (Whole,), {"recipients": ("carrier",)}))
    assert [message.id for message in incomplete_elsewhere(known)] == ["privacy.E016"]
    known.add_elsewhere(replace(ROOM, place=Place.PARTNER, recipient="carrier"))
    assert list(incomplete_elsewhere(known)) == []


def test_a_place_has_one_name():
    known = Registry()
    known.add_elsewhere(ROOM)
    with pytest.raises(ValueError, match="twice"):
        known.add_elsewhere(ROOM)


# --- The mall ---------------------------------------------------------------------------


@pytest.mark.promise("DEF-10")
def test_the_four_families_are_all_used():
    assert {one.data.family for one in registry.declarations()} == set(Family)


def test_every_column_has_a_purpose_with_a_legal_basis():
    for declaration in registry.declarations():
        assert declaration.data.purposes, declaration.label
        assert all(one.basis for one in declaration.data.purposes)


def test_the_checks_cost_the_start_less_than_half_a_second():
    check_declarations()
    began = time.perf_counter()
    check_declarations()
    assert time.perf_counter() - began < 0.5
