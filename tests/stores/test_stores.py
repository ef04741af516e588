"""Stores and their members."""

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from stores.enums import MemberRole, StoreStatus
from stores.models import Store, StoreMember
from stores.queries import store_of
from tests.catalog.factories import make_store

pytestmark = pytest.mark.django_db


def test_a_store_speaks_the_readers_language_and_falls_back():
    store = make_store(name_en="Hill", name_zh="山", intro_en="", intro_zh="山里的茶。")
    assert (store.name, store.intro, str(store)) == ("Hill", "山里的茶。", "Hill")
    with translation.override("zh-hans"):
        assert store.name == "山"
        assert store.get_absolute_url() == f"/zh-hans/s/{store.slug}/"


def test_a_store_is_found_by_its_address_open_or_not():
    shut = make_store(slug="shut", status=StoreStatus.CLOSED)
    assert store_of("shut") == shut
    assert store_of("nobody") is None
    assert shut.is_open is False


def test_a_person_is_a_member_of_a_store_once(alice):
    store = make_store()
    StoreMember.objects.create(store=store, user=alice, role=MemberRole.OWNER)
    with pytest.raises(IntegrityError), transaction.atomic():
        StoreMember.objects.create(store=store, user=alice)


def test_a_member_of_a_store_has_the_sellers_role(alice):
    assert alice.role_name == ""
    StoreMember.objects.create(store=make_store(), user=alice)
    assert type(alice).objects.get(pk=alice.pk).role_name == "seller"


@pytest.mark.promise("MER-04")
def test_the_administrator_edits_a_store_and_nobody_deletes_one(bob, client_of):
    bob.is_staff = True
    bob.save(update_fields=["is_staff"])
    bob.groups.add(Group.objects.get(name="administrator"))
    client = client_of(bob)
    store = make_store(slug="hill")
    page = reverse("admin:stores_store_change", args=[store.pk])
    data = {
        "slug": "hill",
        "name_en": "Hill Tea",
        "name_zh": "山茶",
        "intro_en": "Leaves.",
        "status": StoreStatus.OPEN,
        "opened_at_0": "2026-01-01",
        "opened_at_1": "10:00",
        "members-TOTAL_FORMS": 0,
        "members-INITIAL_FORMS": 0,
        "shipping_rates-TOTAL_FORMS": 0,
        "shipping_rates-INITIAL_FORMS": 0,
    }
    response = client.post(page, data)
    assert response.status_code == 302, response.context["errors"]
    assert Store.objects.get().name_en == "Hill Tea"
    delete = reverse("admin:stores_store_delete", args=[store.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
