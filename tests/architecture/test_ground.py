"""The ground of the tests is as firm as they believe."""

import threading

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, connections

from tests.support.processes import python


def role(alias="default"):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


def roles_in_a_thread():
    found = []

    def look():
        try:
            found.extend(role(alias) for alias in connections)
        finally:
            connections.close_all()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found


def test_a_test_works_as_the_application(db):
    assert [role("default"), role("keyring")] == list(settings.APPLICATION_ROLES.values())


@pytest.mark.django_db(transaction=True)
def test_threads_and_new_connections_work_as_the_application():
    expected = list(settings.APPLICATION_ROLES.values())
    assert roles_in_a_thread() == expected
    connection.close()
    assert role() == expected[0]


@pytest.mark.django_db(transaction=True)
def test_child_processes_see_the_databases_of_the_test(alice):
    child = python("from accounts.models import User; print(User.objects.get().member_name)")
    assert child.stdout.strip() == "alice", child.stderr


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_again", [1, 2])
def test_the_roles_of_the_administration_are_there_after_each_test(_again):
    assert Group.objects.get(name="privacy officer").permissions.exists()


def test_the_outbox_begins_empty(outbox):
    assert outbox() == []


@pytest.mark.journey
def test_the_browser_opens_the_mall(live_mall, alice):
    page = live_mall.page()
    answer = page.goto("/healthz")
    assert answer.status == 200
    page = live_mall.signed_in(alice)
    assert page.goto("/me/").status == 200
    assert page.url.endswith("/me/")
