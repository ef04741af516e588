"""People of a known size among many: invented, sealed like real ones."""

import random

from bench import place

SEED = 7
"""Apart from those that `manage.py seed` makes by default."""


def crowd(members: int) -> int:
    """See to it that at least so many members are there; returns how many there are."""
    from accounts.models import User

    there = User.objects.count()
    if there < members:
        place.manage("seed", f"--members={members - there}", "--orders-per-member=3", "--seed=6")
        there = User.objects.count()
    return there


def person(orders: int):
    """A new person with so many orders."""
    from accounts.models import User
    from mall.demo.seed import Plan, write_chunk

    number = random.randrange(10**8)
    plan = Plan(members=number + 1, orders_per_member=orders, seed=SEED)
    write_chunk(plan, number, number + 1)
    return User.objects.get(member_name=plan.name_of(number))
