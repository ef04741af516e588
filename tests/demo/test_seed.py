"""People and orders for measuring are like real ones."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum

from accounts.models import User
from accounts.queries import addresses_of, user_by_phone
from mall.demo.seed import Plan, seed
from orders.models import LedgerEntry, Order, OrderLine
from tests.catalog.factories import make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods():
    return make_product()


def test_people_can_be_found_and_read_like_anybody_else(goods):
    assert seed(Plan(members=3, orders_per_member=2, seed=7), processes=1) == 3
    found = user_by_phone("+8619700000001")
    assert found is not None
    assert found.member_name == "seed7_1"
    (home,) = addresses_of(found)
    assert home.recipient.startswith("种子")
    assert Order.objects.filter(buyer=found).count() == 2
    assert Order.objects.filter(buyer=found)[0].recipient == home.recipient


def test_nobody_is_readable_in_the_table(goods):
    seed(Plan(members=2, orders_per_member=1, seed=7), processes=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_address::text FROM accounts_address")
        rows = [row for (row,) in cursor.fetchall()]
    assert len(rows) == 2
    bait = "种子路"
    assert not any(bait in row or bait.encode().hex() in row for row in rows)


def test_the_sums_add_up(goods):
    seed(Plan(members=4, orders_per_member=3, seed=7), processes=1)
    totals = Order.objects.aggregate(total=Sum("total"))["total"]
    assert OrderLine.objects.count() == 12
    assert LedgerEntry.objects.aggregate(total=Sum("amount"))["total"] == totals


def test_asking_again_adds_only_those_who_are_missing(goods, capsys):
    call_command("seed", "--members=2", "--orders-per-member=0", "--seed=7", "--processes=1")
    call_command("seed", "--members=5", "--orders-per-member=0", "--seed=7", "--processes=1")
    assert User.objects.filter(member_name__startswith="seed7_").count() == 5
    assert "3 members are new" in capsys.readouterr().out
