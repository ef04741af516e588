"""One member of staff for each role, and a shopper whose particulars may never be seen."""

import pytest
from django.contrib.auth.models import Group

from accounts.enums import Role
from accounts.services import register_person
from tests.conftest import PASSWORD
from tests.orders.world import buy_and_pay, shop

ROLES = [role.value for role in Role]
BAIT = (
    "13800138001",
    "alice@person.example",
    "林小雨",
    "桂花路88号",
    "请放在门卫处",
    "Alice Bait",
    "13700137007",
)
"""Phone, e-mail, name, street, remark, nickname and other number of the shopper."""


@pytest.fixture
def staff(db):
    """Somebody who works in this role."""

    def hire(role):
        number = ROLES.index(role)
        person = register_person(
            phone=f"+86139001390{number:02}",
            email=f"staff{number}@mall.example",
            member_name=f"staff_{number}",
            password=PASSWORD,
        )
        person.is_staff = True
        person.save(update_fields=["is_staff"])
        person.groups.add(Group.objects.get(name=role))
        return person

    return hire


@pytest.fixture
def desk(staff, client_of):
    """A browser in which somebody of this role is signed in."""
    return lambda role: client_of(staff(role))


@pytest.fixture
def order(alice, address):
    """Alice has bought something; her nickname is bait too."""
    alice.profile.nickname = "Alice Bait"
    alice.profile.save()
    shop().goods("T1", price=5000)
    return buy_and_pay(alice, ("T1", 2), remark="请放在门卫处", other_phone="+8613700137007")
