"""The demo's fees and people are loaded once, however often they are loaded."""

import io

import pytest
from django.core.cache import cache
from django.core.management import call_command

from accounts.models import Address, User
from accounts.queries import addresses_of, missing_for_trade
from common.regions import is_consistent
from delivery.errors import NotDelivered
from delivery.models import ShippingRate
from delivery.services import quote
from mall.demo.catalogue import load_stores
from mall.demo.content import STORES
from mall.demo.people import PEOPLE, passwords
from mall.demo.people_load import load_people
from mall.demo.shipping import load_shipping
from privacy.models import ConsentEntry
from stores.models import StoreMember


@pytest.fixture
def loaded(db, tmp_path):
    """Stores, fees and people, loaded twice."""
    stores = load_stores()
    drawn = passwords(tmp_path)
    load_shipping(stores)
    load_people(stores, drawn)
    assert load_shipping(stores) == 0
    return stores, load_people(stores, drawn), drawn


def test_loading_twice_makes_everything_once(loaded):
    assert User.objects.count() == len(PEOPLE)
    assert Address.objects.count() == 3
    assert ShippingRate.objects.count() == 2 * len(STORES)
    assert StoreMember.objects.count() == 1
    assert ConsentEntry.objects.count() == 2 * len(PEOPLE)


def test_everybody_can_log_in_with_the_password_of_this_installation(loaded, tmp_path):
    stores, people, drawn = loaded
    for code, user in people.items():
        assert user.check_password(drawn[code])
    others = passwords(tmp_path / "another")
    people = load_people(stores, others)
    assert people["shopper"].check_password(others["shopper"])


def test_shoppers_may_trade_and_live_somewhere(loaded):
    _stores, people, _drawn = loaded
    for code in ("shopper", "second"):
        assert missing_for_trade(people[code]) == []
        for address in addresses_of(people[code]):
            assert is_consistent(address.province, address.city, address.district)
            assert "示例" in address.street


def test_roles_are_given_and_nobody_else_is_staff(loaded):
    _stores, people, _drawn = loaded
    for person in PEOPLE:
        user = people[person.code]
        assert user.role_name == person.role
        assert user.is_staff == (person.role not in {"", "seller"})
        assert not user.is_superuser


def test_every_store_delivers_to_every_province_of_the_mainland(loaded):
    stores, _people, _drawn = loaded
    for demo in STORES:
        asked = {"method": "carrier", "weight_g": 500, "goods_total": 100}
        assert quote(stores[demo.slug], province="310000", **asked).fee == demo.first_fee
        assert quote(stores[demo.slug], province="650000", **asked).fee == demo.far_fee
        with pytest.raises(NotDelivered):
            quote(stores[demo.slug], province="810000", **asked)


def test_no_page_of_a_half_loaded_mall_stays_behind(db, settings, tmp_path):
    class Visitor(io.StringIO):
        """Somebody who looks at a page, which is kept, whenever something is said."""

        def write(self, text):
            cache.set("page:kept", text)
            return super().write(text)

    settings.VAR = tmp_path
    settings.SANDBOX_URL = ""
    said = Visitor()
    call_command("demo", stdout=said)
    assert "orders are new" in said.getvalue()
    assert cache.get("page:kept") is None
