"""The message center shows a person their own messages."""

import pytest
from django.urls import reverse

from notices.enums import Channel
from notices.models import Message
from notices.services import send
from tests.notices.test_sending import greeting, words  # noqa: F401 - fixtures


def inbox_row(person, once):
    rows = send("tests.greeting", to=person, context={"name": "Friend"}, once=once)
    return next(row for row in rows if row.channel == Channel.INBOX)


def test_a_message_is_listed_and_read(client_of, alice):
    row = inbox_row(alice, "inbox-1")
    client = client_of(alice)
    page = client.get(reverse("notices:inbox"))
    assert "Hello Friend" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert client.get(reverse("notices:message", args=[row.code])).status_code == 200
    assert Message.objects.get(pk=row.pk).read_at is not None


def test_a_stranger_finds_nothing(client_of, alice, bob):
    row = inbox_row(alice, "inbox-2")
    address = reverse("notices:message", args=[row.code])
    assert client_of(alice).get(address).status_code == 200
    assert client_of(bob).get(address).status_code == 404


def test_everything_can_be_marked_as_read(client_of, alice):
    inbox_row(alice, "inbox-3")
    client_of(alice).post(reverse("notices:read_all"))
    assert not Message.objects.filter(person=alice, channel=Channel.INBOX, read_at=None).exists()


@pytest.mark.parametrize("number", [1, 20])
def test_the_inbox_stays_within_its_budget(client_of, alice, django_assert_max_num_queries, number):
    for count in range(number):
        inbox_row(alice, f"inbox-budget-{count}")
    client = client_of(alice)
    client.get(reverse("notices:inbox"))
    with django_assert_max_num_queries(8):
        client.get(reverse("notices:inbox"))
