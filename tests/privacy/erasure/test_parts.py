"""A part of what is held: gone at once, in the journal first, and never back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Address
from accounts.services import add_address
from accounts.services.addresses import delete_address
from notices.models import Message
from notices.services import send
from privacy import keyring
from privacy.enums import Decision
from privacy.erasure import parts
from privacy.erasure.errors import Held, NothingThere
from privacy.models import ErasureCase, JournalEntry
from privacy.retention import holding
from privacy.retention.enums import HoldReason
from privacy.vault import replay
from tests.orders.world import buy_and_pay, shop


def newest_decision():
    entry = JournalEntry.objects.using(keyring.ALIAS).order_by("-number").first()
    return entry and (entry.decision, entry.scope)


def another(person):
    return add_address(
        person, recipient="王芳", phone="+8613900139999", province="310000", city="310100",
        district="310101", street="梅花路1号",
    )  # fmt: skip


@pytest.mark.promise("RGT-11")
def test_one_entry_goes_and_the_others_stay(alice, address, bob):
    two, his = another(alice), another(bob)
    case = parts.erase(alice.subject, parts.part_of("addresses"), item=two.seal_id, actor=alice)
    assert set(Address.objects.all()) == {address, his}
    assert newest_decision() == (Decision.ERASE_ROW, f"addresses:{two.seal_id}")
    assert (case.scope, case.counters) == ("ROW", {"erased:accounts.Address": 1})


@pytest.mark.promise("RGT-11")
def test_everything_of_a_kind_goes_and_the_order_keeps_its_copy(alice, address, bob):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    another(alice)
    his = another(bob)
    parts.erase(alice.subject, parts.part_of("addresses"), actor=alice)
    assert list(Address.objects.all()) == [his]
    order.refresh_from_db()
    assert order.street
    assert newest_decision() == (Decision.ERASE_CATEGORY, "addresses")


def test_somebody_elses_entry_is_nothing_that_can_be_deleted(alice, address, bob):
    his = another(bob)
    with pytest.raises(NothingThere):
        parts.erase(alice.subject, parts.part_of("addresses"), item=his.seal_id, actor=alice)
    assert Address.objects.filter(pk=his.pk).exists()
    assert not ErasureCase.objects.exists()


def test_nothing_is_decided_twice(alice, address):
    part = parts.part_of("addresses")
    parts.erase(alice.subject, part, actor=alice)
    with pytest.raises(NothingThere):
        parts.erase(alice.subject, part, actor=alice)
    assert ErasureCase.objects.count() == 1


def test_a_hold_keeps_what_it_holds(alice, address, dan):
    holding.place(actor=dan, reason=HoldReason.COURT, declaration="accounts.Address")
    with pytest.raises(Held):
        parts.erase(alice.subject, parts.part_of("addresses"), actor=alice)
    assert Address.objects.exists()


def test_the_address_book_deletes_through_the_journal_too(alice, address):
    delete_address(address)
    delete_address(address)
    assert newest_decision() == (Decision.ERASE_ROW, f"addresses:{address.seal_id}")
    assert not Address.objects.exists()


@pytest.mark.promise("RET-06")
def test_a_restored_database_loses_again_what_was_deleted_and_nothing_younger(alice, address):
    copy = Address.objects.get(pk=address.pk)
    parts.erase(alice.subject, parts.part_of("addresses"), actor=alice)
    # As an older backup would have it.
    copy.save(force_insert=True)
    young = another(alice)
    Address.objects.filter(pk=young.pk).update(created_at=timezone.now() + timedelta(days=1))
    entry = JournalEntry.objects.using(keyring.ALIAS).order_by("-number").first()
    assert replay.carry_out(entry) == 1
    assert list(Address.objects.all()) == [young]


def test_every_part_can_be_counted_and_cleared(alice, address, client_of):
    client_of(alice).get("/me/")
    shop().goods("T1")
    from tests.orders.world import cart_of

    cart_of(alice, ("T1", 1))
    send("accounts.password_changed", to=alice, context={}, once="x")
    alice.profile.gender = "f"
    alice.profile.avatar = "avatars/nothing.webp"
    alice.profile.save()
    there = {one.part.code for one in parts.offered_to(alice.subject) if one.count}
    assert there >= {"addresses", "picture", "nickname", "gender", "messages", "cart"}
    for code in there:
        parts.erase(alice.subject, parts.part_of(code), actor=alice)
    assert {one.count for one in parts.offered_to(alice.subject)} == {0}
    assert not Message.objects.filter(person=alice).exists()
