"""Copies of the test's own, and people who just showed who they are."""

import pytest

from accounts.fresh import Factor
from tests.privacy.export.conftest import copy_of, export_folder  # noqa: F401 - fixtures


@pytest.fixture
def shown(client_of):
    """A browser of this person, in which they signed in one way and showed another just now."""
    import time

    def sign_in(person, *, at_sign_in="password", then=Factor.CODE):
        client = client_of(person)
        session = client.session
        now = time.time()
        records = [{"method": at_sign_in, "at": now - 3600}]
        if then is not None:
            records.append({"method": str(then), "at": now, "reauthenticated": True})
        session["account_authentication_methods"] = records
        session["account_authentication_methods_user"] = str(person.pk)
        session.save()
        return client

    return sign_in
