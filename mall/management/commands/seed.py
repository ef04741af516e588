"""`manage.py seed --members N --orders-per-member M --seed S`: people and orders for measuring."""

import time
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mall.demo import seed as seeding


class Command(BaseCommand):
    """Refused in production: invented people do not belong among real ones."""

    help = "Add invented members with orders, sealed like real ones. Load the demo's goods first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--members, --orders-per-member, --seed, --processes."""
        parser.add_argument("--members", type=int, required=True)
        parser.add_argument("--orders-per-member", type=int, default=3)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--processes", type=int, default=None)

    def handle(
        self,
        *,
        members: int,
        orders_per_member: int,
        seed: int,
        processes: int | None,
        **options: object,
    ) -> None:
        """Add what is missing and say how fast."""
        if not (settings.DEMO or settings.TESTING):
            raise CommandError("Only with DEMO=1 or in tests.")
        if members < 1 or orders_per_member < 0:
            raise CommandError("--members must be at least 1, --orders-per-member at least 0.")
        began = time.monotonic()
        plan = seeding.Plan(members, orders_per_member, seed)
        new = seeding.seed(plan, processes=processes)
        seconds = time.monotonic() - began
        self.stdout.write(f"{new} members are new, in {seconds:.1f} s.")
