"""`migrate` works as the owner, in both databases, and leaves the application its few rights."""

from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections

from privacy import grants
from privacy.management.commands.migrate import as_owner
from privacy.models import DataKey, JournalEntry
from privacy.routers import KeyringRouter

pytestmark = pytest.mark.django_db


def tables(alias):
    return set(connections[alias].introspection.table_names())


def test_each_table_stands_in_its_own_database_only():
    names = (
        "appliedkeydecision",
        "datakey",
        "destroyedkeys",
        "journalentry",
        "journalhead",
        "purposekey",
        "signingkey",
    )
    keyring = {f"privacy_{name}" for name in names}
    assert tables("keyring") == {*keyring, "django_migrations"}
    assert not keyring & tables("default")
    assert {"accounts_user", "privacy_auditentry", "account_emailaddress"} <= tables("default")


def test_migrating_again_says_that_both_are_current():
    out = StringIO()
    call_command("migrate", stdout=out)
    assert "Database default" in out.getvalue()
    assert "Database keyring" in out.getvalue()
    assert out.getvalue().count("No migrations to apply") == 2


def test_one_database_can_be_named():
    out = StringIO()
    call_command("migrate", database="keyring", stdout=out)
    assert out.getvalue().count("No migrations to apply") == 1


def test_there_is_nothing_to_migrate():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_relations_do_not_cross_the_databases(alice):
    router = KeyringRouter()
    assert router.db_for_read(DataKey) == router.db_for_write(JournalEntry) == "keyring"
    assert router.db_for_read(type(alice)) == "default"
    assert not router.allow_relation(alice, DataKey())
    assert router.allow_relation(alice, alice)


def test_addresses_that_name_different_databases_are_refused(settings):
    owner = {**settings.OWNER_DATABASES["default"], "PORT": 1, "NAME": "elsewhere"}
    settings.OWNER_DATABASES = {**settings.OWNER_DATABASES, "default": owner}
    with pytest.raises(ImproperlyConfigured, match="different databases"), as_owner("default"):
        pass


@pytest.mark.django_db(transaction=True)
def test_a_role_that_may_do_too_much_is_refused_at_the_start(monkeypatch):
    grants.refuse_strong_roles()
    monkeypatch.setattr(grants, "too_strong", lambda alias: [f"{alias} owns tables"])
    with pytest.raises(ImproperlyConfigured, match="owns tables"):
        grants.refuse_strong_roles()
