"""No identifier stands in clear anywhere, and the traps of the sign-in library stay shut."""

import hashlib
import threading
from datetime import timedelta

import pytest
import redis
import time_machine
from allauth.account.models import EmailAddress
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.errors import IdentifierTaken
from accounts.models import Phone, User
from accounts.queries import verified_email_of, verified_phone_of
from accounts.services import add_address, register_person
from privacy import keyring
from privacy.models import DataKey
from tests.accounts.flows import (
    EMAIL,
    PASSWORD,
    PHONE,
    ask_log_in,
    ask_sign_up,
    log_in_by_code,
    log_in_by_password,
    newest_code,
    sign_up,
)
from tests.support.dumps import found_in_clear


@pytest.mark.django_db
@pytest.mark.promise("SEC-02")
def test_no_identifier_stands_in_clear_in_any_table(client, jobs, outbox):
    """Trap T1 and T8: sessions, messages, jobs, counts, the administration's log."""
    sign_up(client, PHONE, member_name="nina", password=PASSWORD)
    asked = client.post("/me/security/email/", {"address": EMAIL})
    client.post(asked.url, {"code": newest_code()})
    asked = client.post("/me/security/phone/", {"address": "+8613900139002"})
    client.post(asked.url, {"code": newest_code()})
    person = User.objects.get()
    add_address(
        person, recipient="林小雨", phone="13900139003", street="桂花路88号",
        province="310000", city="310100", district="310101",
    )  # fmt: skip
    # Waiting halfway through every flow.
    ask_sign_up(Client(), "+8613900139004")
    ask_sign_up(Client(), "waiting@person.example")
    ask_log_in(Client(), EMAIL)
    ask_log_in(Client(), "nobody@person.example")
    log_in_by_password(Client(), EMAIL, "wrong")
    log_in_by_password(Client(), EMAIL, PASSWORD)
    with time_machine.travel(timezone.now() + timedelta(minutes=30)):
        log_in_by_code(other := Client(), EMAIL)
        other.post("/me/security/phone/", {"address": "+8613900139005"})
    client.post("/me/security/password/", {"password": "a suspended password"})
    jobs()
    secrets = [
        "3900139", "person.example", "waiting@", "林小雨", "桂花路", newest_code(), PASSWORD,
        "a suspended password",
    ]  # fmt: skip
    assert found_in_clear(secrets) == []
    # The bait: what is readable is found, so the search is not empty.
    assert found_in_clear(["nina"]) != []
    assert verified_email_of(person) == EMAIL
    assert verified_phone_of(person) == "+8613900139002"


@pytest.mark.django_db
def test_no_identifier_names_a_key_in_the_cache(alice, settings):
    """Trap T8: limits are counted under keyed fingerprints."""
    log_in_by_password(Client(), "alice@person.example", "wrong")
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        names = [key.decode() for key in client.keys("*login_failed*")]
    assert names
    plain = hashlib.sha256(b"alice@person.example").hexdigest()
    assert not any(plain in name or "alice" in name for name in names)


@pytest.mark.django_db
def test_a_phone_is_one_phone_in_every_spelling(alice):
    """Trap T4."""
    for spelling in ("138-0013-8001", "+86 138 0013 8001", "0086 13800138001"):
        client = Client()
        log_in_by_password(client, spelling)
        assert client.session.get("_auth_user_id") == str(alice.pk), spelling


@pytest.mark.django_db
def test_the_library_stores_a_number_that_it_says_is_verified(alice):
    """Trap T6."""
    from allauth.account.adapter import get_adapter

    adapter = get_adapter()
    adapter.set_phone(alice, "139 0013 9001", False)
    assert verified_phone_of(alice) == "+8613800138001"
    adapter.set_phone_verified(alice, "139 0013 9001")
    assert adapter.get_phone(alice) == (PHONE, True)
    assert adapter.get_user_by_phone("+86 139 0013 9001") == alice


@pytest.mark.django_db
def test_an_address_is_never_written_half(alice):
    """Trap T7: index and sealed copy change together, or the database refuses."""
    row = EmailAddress.objects.only("id").get(user=alice)
    row.email = EMAIL
    row.save()
    assert EmailAddress.objects.get(pk=row.pk).email == EMAIL
    for write in (
        lambda: EmailAddress.objects.filter(pk=row.pk).update(email="other@person.example"),
        lambda: _save_only_email(row.pk),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    assert EmailAddress.objects.get(pk=row.pk).email == EMAIL


def _save_only_email(pk):
    row = EmailAddress.objects.get(pk=pk)
    row.email = "other@person.example"
    row.save(update_fields=["email"])


@pytest.mark.django_db
def test_an_address_opens_however_it_was_loaded(alice):
    for rows in (
        EmailAddress.objects.all(),
        EmailAddress.objects.only("email"),
        EmailAddress.objects.defer("email_sealed"),
        EmailAddress.objects.defer("email"),
        EmailAddress.objects.select_related("user"),
    ):
        assert rows.get(user=alice).email == "alice@person.example"
        row = rows.get(user=alice)
        row.verified = True
        row.save(update_fields=["verified"])
        assert EmailAddress.objects.get(user=alice).email == "alice@person.example"


@pytest.mark.django_db
@pytest.mark.parametrize("lookup", ["icontains", "iexact", "startswith", "contains", "gt"])
def test_parts_of_an_address_cannot_be_searched(alice, lookup):
    with pytest.raises(FieldError):
        EmailAddress.objects.filter(**{f"email__{lookup}": "alice"}).exists()


@pytest.mark.django_db
def test_values_and_dumps_show_no_address(alice):
    """Traps T8 and T10."""
    values = list(EmailAddress.objects.values_list("email", flat=True))
    assert "alice" not in str(values)
    dumped = serializers.serialize("json", [*Phone.objects.all()])
    assert "13800138001" not in dumped


@pytest.mark.django_db
def test_a_destroyed_key_leaves_a_clean_no(alice):
    keyring.destroy_keys(alice.subject)
    assert verified_email_of(alice) is None
    assert verified_phone_of(alice) is None


@pytest.mark.django_db
def test_the_seams_of_the_library_are_where_they_were():
    """Trap T12: what we reach into must be looked at again with each release line."""
    import allauth
    from allauth.account.adapter import DefaultAccountAdapter
    from allauth.mfa.adapter import DefaultMFAAdapter

    from accounts.adapter import AccountAdapter

    assert allauth.VERSION[:2] == (65, 21)
    for name in ("_get_login_attempts_cache_key", "pre_login", "get_login_stages", "send_mail"):
        assert hasattr(DefaultAccountAdapter, name)
        assert name in vars(AccountAdapter)
    assert hasattr(DefaultMFAAdapter, "encrypt")
    column = EmailAddress._meta.get_field("email")
    assert type(column).__name__ == "BlindEmailField"


@pytest.mark.django_db
def test_a_person_that_cannot_be_made_leaves_only_a_key(alice):
    before = User.objects.count()
    with pytest.raises(IdentifierTaken):
        register_person(phone="+8613800138001", email=EMAIL)
    assert User.objects.count() == before
    assert not EmailAddress.objects.filter(email=EMAIL).exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_sign_ups_with_one_phone_at_the_same_moment_one_wins():
    gate = threading.Barrier(6)
    outcomes = []

    def race():
        try:
            gate.wait()
            register_person(phone=PHONE)
            outcomes.append("made")
        except IdentifierTaken:
            outcomes.append("taken")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=race) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] + ["taken"] * 5
    assert User.objects.count() == 1
    assert Phone.objects.count() == 1
    assert DataKey.objects.using("keyring").filter(subject=User.objects.get().subject).exists()


@pytest.mark.django_db(transaction=True)
def test_a_code_pressed_five_times_at_once_makes_one_account(client):
    ask_sign_up(client, PHONE)
    code, cookies = newest_code(), client.cookies
    gate = threading.Barrier(5)
    answers = []

    def press():
        try:
            browser = Client()
            browser.cookies = cookies
            gate.wait()
            answers.append(browser.post("/accounts/signup/code/", {"code": code}).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.objects.count() == 1
    assert set(answers) <= {200, 302}


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_share_no_try(client):
    ask_sign_up(client, PHONE)
    cookies = client.cookies
    right = newest_code()
    gate = threading.Barrier(12)

    def guess(number):
        try:
            browser = Client()
            browser.cookies = cookies
            gate.wait()
            for step in range(3):
                wrong = str((int(right) + 1 + number * 3 + step) % 1_000_000).zfill(6)
                browser.post("/accounts/signup/code/", {"code": wrong})
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.post("/accounts/signup/code/", {"code": right})
    assert User.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(count) FROM accounts_messagecount")
        assert cursor.fetchone()[0] >= 5
