"""`manage.py explain` prints the plan of a table and of a person."""

import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from privacy.registry import Registry, declarations_in_order, registry
from stores.enums import MemberRole
from stores.models import StoreMember
from tests.support.canary import plant, world


def explained(*arguments, **options):
    out = StringIO()
    call_command("explain", *arguments, stdout=out, **options)
    return out.getvalue()


def test_the_plan_of_a_table_says_whose_why_how_long_and_what():
    plan = json.loads(explained("orders.Order", json=True))
    assert (plan["owned_by"], plan["on_erasure"], plan["subject_path"]) == (
        "subject",
        "KEEP",
        "subject",
    )
    assert plan["kept"][0]["law"] == "E-Commerce Law, article 31"
    assert plan["columns"]["remark"] == "BLANK"
    assert plan["columns"]["buyer"] == "DETACH"
    words = explained("order")
    for part in ("3 years 30 days after clock_at", "E-Commerce Law", "remark", "BLANK"):
        assert part in words


def test_every_table_has_a_plan():
    for declaration in registry.declarations():
        assert declaration.label in explained(declaration.label)


@pytest.mark.parametrize("what", ["nothing.AtAll", "Message.context", "catalog.Product", " "])
def test_something_unknown_is_an_error(what):
    with pytest.raises(CommandError):
        explained(what)


def test_nobody_is_an_error(db):
    with pytest.raises(CommandError, match="about this person"):
        explained(str(uuid.uuid4()))


def test_the_plan_of_a_person_counts_in_the_order_of_erasing(alice, bob):
    planted = plant(alice, world())
    plan = json.loads(explained(str(alice.subject), json=True))
    tables = {table["table"]: table for table in plan["tables"]}
    assert [table["order"] for table in plan["tables"]] == sorted(
        table["order"] for table in plan["tables"]
    )
    assert tables["orders.Order"]["rows"] == 1
    assert tables["orders.OrderLine"]["order"] < tables["orders.Order"]["order"]
    assert tables["orders.Order"]["order"] < tables["orders.Purchase"]["order"]
    assert tables["accounts.User"]["order"] == max(table["order"] for table in plan["tables"])
    kept = tables["payments.Payment"]["kept"]
    assert [group["count"] for group in kept] == [1]
    assert kept[0]["law"] == "E-Commerce Law, article 31"
    assert kept[0]["last_ends"] > "2026"
    text = json.dumps(plan, ensure_ascii=False)
    assert [word for word in planted.all_words() if len(word) > 8 and word in text] == []
    assert str(alice.subject) in explained(str(alice.subject))


def test_the_same_rows_give_the_same_plan(alice):
    plant(alice, world())
    assert explained(str(alice.subject), json=True) == explained(str(alice.subject), json=True)


def test_what_blocks_an_erasure_is_named(alice):
    plant(alice, world())
    plan = json.loads(explained(str(alice.subject), json=True))
    assert {one["code"] for one in plan["waits_for"]} >= {"parcels", "refunds", "returns"}


def test_the_last_administrator_and_the_last_owner_must_find_a_successor(alice, bob):
    planted = plant(alice, world())
    alice.is_superuser = True
    alice.save(update_fields=["is_superuser"])
    membership = planted.rows["stores.StoreMember"]
    membership.role = MemberRole.OWNER
    membership.save()
    another = StoreMember.objects.create(store=membership.store, user=bob, role=MemberRole.CLERK)
    codes = {
        one["code"] for one in json.loads(explained(str(alice.subject), json=True))["waits_for"]
    }
    assert {"last_administrator", "stores"} <= codes
    bob.is_superuser = True
    bob.save(update_fields=["is_superuser"])
    another.role = MemberRole.OWNER
    another.save()
    codes = {
        one["code"] for one in json.loads(explained(str(alice.subject), json=True))["waits_for"]
    }
    assert not {"last_administrator", "stores"} & codes


def test_rows_that_refer_come_before_those_referred_to():
    order = [one.model for one in declarations_in_order()]
    for model in order:
        for column in model._meta.concrete_fields:
            target = column.related_model
            if target in order and target is not model:
                assert order.index(model) < order.index(target), model._meta.label
    assert declarations_in_order(Registry()) == []
