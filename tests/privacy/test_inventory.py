"""docs/personal-data.md is made from the declarations, and is current."""

import json
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from privacy.inventory import inventory
from privacy.registry import registry

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "personal-data.md"


def written(**options):
    out = StringIO()
    call_command("personaldata", stdout=out, **options)
    return out.getvalue()


def test_the_document_is_current():
    assert DOCUMENT.read_text() == written(markdown=True), (
        "Run `python manage.py personaldata --markdown > docs/personal-data.md`."
    )


def test_programs_read_the_same():
    assert json.loads(written(json=True)) == inventory()


def test_nothing_that_was_declared_is_left_out():
    found = inventory()
    assert [one["table"] for one in found["tables"]] == [
        one.label for one in registry.declarations()
    ]
    for table, declaration in zip(found["tables"], registry.declarations(), strict=True):
        assert [one["name"] for one in table["columns"]] == list(declaration.data.fields)
    assert len(found["not_personal"]) == len(registry.excused)
    assert len(found["elsewhere"]) == len(registry.elsewhere)


def test_what_is_sealed_is_called_sealed():
    tables = {one["table"]: one for one in inventory()["tables"]}
    address = {one["name"]: one["held"] for one in tables["accounts.Address"]["columns"]}
    assert (address["street"], address["city"]) == ("sealed", "readable")
    email = tables["account.EmailAddress"]["columns"][0]
    assert (email["name"], email["held"]) == ("email", "sealed")


def test_every_recipient_that_a_table_names_is_described():
    found = inventory()
    described = {one["code"] for one in found["recipients"]}
    assert {code for table in found["tables"] for code in table["recipients"]} <= described
