"""`manage.py demo`: loads the demo mall; repeatable."""

from django.conf import settings
from django.core.management.base import BaseCommand

from mall.demo.catalogue import load_categories, load_goods, load_stores
from mall.demo.people import FILE, passwords


class Command(BaseCommand):
    """Stores, categories and goods with their pictures, and the passwords of the demo's people."""

    help = "Load the demo mall. What is there already is brought up to date."

    def handle(self, **options: object) -> None:
        """Load in the order in which things need each other, and say how many are new."""
        stores = load_stores()
        self.stdout.write(f"{len(stores)} stores are open.")
        new = load_goods(stores, load_categories())
        self.stdout.write(f"{new} goods are new; the worker draws the sizes of their pictures.")
        passwords(settings.VAR)
        self.stdout.write(f"The logins stand in {settings.VAR / FILE}.")
