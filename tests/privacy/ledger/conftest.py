"""Ledgers with entries in them, and somebody who owns the tables and changes them by hand."""

import time
import uuid
from contextlib import contextmanager

import pytest
from django.conf import settings as real
from django.db import connection

from privacy import audit, consents, disclosures, purposes
from privacy.enums import AccessReason, Action, Ground
from privacy.ledger import sealing, verifying


@pytest.fixture(autouse=True)
def outside(settings, tmp_path):
    """Where heads stand outside the databases."""
    settings.VAULT_DIR = tmp_path / "vault"
    settings.JOURNAL_DIR = tmp_path / "journal"
    return settings.VAULT_DIR


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Transactions of other databases of the server hold up a seal too; other tests have some."""
    at_once = sealing.seal

    def seal():
        sealed = at_once()
        until = time.monotonic() + 60
        while not sealed and _only_others_write() and time.monotonic() < until:
            time.sleep(0.05)
            sealed = at_once()
        return sealed

    monkeypatch.setattr(sealing, "seal", seal)


def _only_others_write():
    """Whether something waits, and no transaction of our own database is the reason."""
    if sealing.oldest_waiting() is None:
        return False
    with owner() as cursor:
        cursor.execute(
            """
            SELECT count(*) FILTER (WHERE datname = current_database()), count(*)
              FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
            """
        )
        ours, all_of_them = cursor.fetchone()
    return ours == 0 and all_of_them > 0


class Person:
    """Somebody with a subject UUID; nothing more is needed here."""

    def __init__(self, role=""):
        self.subject = uuid.uuid4()
        self.role_name = role


@pytest.fixture
def person():
    return Person()


@pytest.fixture
def clerk():
    return Person("order clerk")


@pytest.fixture
def written(person, clerk):
    """An entry of each kind, in each ledger."""
    audit.record(Action.SIGNED_IN, actor=person, subject=person.subject)
    audit.record(
        Action.VALUE_OPENED, actor=clerk, subject=person.subject, reason=AccessReason.DELIVERY
    )
    audit.record(Action.STAFF_LISTED, actor=clerk, detail={"rows": 3})
    disclosures.record(
        "sms_gateway", subject=person.subject, payload={"phone": "1"}, ground=Ground.CONTRACT
    )
    consents.give(
        person.subject, purposes.TERMS, document_version="2026-11", language="en", place="sign-up"
    )
    return 5


@pytest.fixture
def sealed(written):
    assert sealing.seal_all() == written
    return written


@contextmanager
def owner():
    """Work as the owner of the tables, as somebody with their password would."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        try:
            yield cursor
        finally:
            role = connection.ops.quote_name(real.APPLICATION_ROLES["default"])
            cursor.execute(f"SET ROLE {role}")


def tamper(statement, values=()):
    with owner() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount > 0


def findings(**given):
    """What a verification finds now: kinds, each with where."""
    return [
        (one["kind"], one.get("batch"), one.get("entry"))
        for one in verifying.verify(**given).findings
    ]


def kinds(**given):
    return {one[0] for one in findings(**given)}
