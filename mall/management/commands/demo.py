"""`manage.py demo`: loads the demo mall; repeatable."""

from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand

from mall.demo.catalogue import load_categories, load_goods, load_stores
from mall.demo.history import load_history
from mall.demo.people import FILE, passwords
from mall.demo.people_load import load_people
from mall.demo.shipping import load_shipping
from privacy import keyring


class Command(BaseCommand):
    """Stores, their fees, people, categories, goods with their pictures, and orders."""

    help = "Load the demo mall. What is there already is brought up to date."

    def handle(self, **options: object) -> None:
        """Load in the order in which things need each other, and say how many are new."""
        stores = load_stores()
        self.stdout.write(f"{len(stores)} stores are open.")
        load_shipping(stores)
        with keyring.scope():
            people = load_people(stores, passwords(settings.VAR))
        self.stdout.write(f"{len(people)} logins stand in {settings.VAR / FILE}.")
        new = load_goods(stores, load_categories())
        self.stdout.write(f"{new} goods are new; the worker draws the sizes of their pictures.")
        cache.clear()  # Pages that were kept while the shelves were empty are out of date.
        with keyring.scope():
            orders = load_history(people, self.stdout.write)
        self.stdout.write(f"{orders} orders are new.")
        cache.clear()  # The orders took from the stock, and moved the ranking.
