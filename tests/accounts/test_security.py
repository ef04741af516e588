"""Password, second step, devices, and showing again that it is still you."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.accounts.flows import (
    PASSWORD,
    PHONE,
    is_signed_in,
    log_in_by_code,
    log_in_by_password,
    newest,
    newest_code,
    sign_up,
)

pytestmark = pytest.mark.django_db
NEW = "seven umbrellas under water"


def signed_in(agent="Mozilla/5.0 (Windows NT 10.0) Firefox/140", address="203.0.113.77"):
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    log_in_by_password(client, "alice@person.example")
    assert is_signed_in(client)
    return client


@pytest.mark.promise("ACC-08")
def test_a_new_password_ends_other_sessions(alice):
    here, there = signed_in(), signed_in()
    response = here.post("/me/security/password/", {"password": NEW})
    assert response.url == "/me/security/"
    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302
    assert len(here.get("/me/devices/").context["devices"]) == 1
    log_in_by_password(old := Client(), "alice@person.example", PASSWORD)
    assert not is_signed_in(old)
    log_in_by_password(new := Client(), "alice@person.example", NEW)
    assert is_signed_in(new)
    assert newest("accounts.password_changed").person == alice


@pytest.mark.promise("ACC-08")
@pytest.mark.parametrize("weak", ["short", "1234567890123", "password123"])
def test_a_weak_password_is_refused_with_advice(alice, weak):
    here = signed_in()
    response = here.post("/me/security/password/", {"password": weak})
    assert response.status_code == 200
    assert response.context["form"].errors["password"]
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


@pytest.mark.promise("ACC-08")
def test_a_forgotten_password_is_replaced_after_a_code(alice):
    here = Client()
    log_in_by_code(here, "+8613800138001")
    here.post("/me/security/password/", {"password": NEW})
    alice.refresh_from_db()
    assert alice.check_password(NEW)


@pytest.mark.promise("ACC-08")
def test_a_password_needs_a_fresh_proof(alice):
    here = signed_in()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        asked = here.post("/me/security/password/", {"password": NEW})
        assert asked.url.startswith("/accounts/reauthenticate/")
        assert here.get(asked.url).status_code == 200
        wrong = here.post(asked.url, {"password": "wrong", "next": "/me/security/password/"})
        assert "This password is not right." in wrong.content.decode()
        alice.refresh_from_db()
        assert alice.check_password(PASSWORD)
        # What was asked for is carried out once it is proved.
        here.post(asked.url, {"password": PASSWORD, "next": "/me/security/password/"})
    alice.refresh_from_db()
    assert alice.check_password(NEW)


def test_without_a_password_a_code_proves_it(client):
    sign_up(client, PHONE)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        asked = client.get("/me/security/password/")
        assert asked.url.startswith("/me/security/still-you/")
        assert client.get(asked.url).status_code == 200
        sent = client.post(asked.url, {"to": "phone", "next": "/me/security/password/"})
        done = client.post(sent.url, {"code": newest_code()})
        assert done.url == "/me/security/password/"
        client.post(done.url, {"password": NEW})
    assert User.objects.get().check_password(NEW)


# --- Devices ----------------------------------------------------------------------------


@pytest.mark.promise("ACC-10", "SEC-05")
def test_devices_show_browser_and_the_beginning_of_the_network(alice):
    here = signed_in()
    signed_in("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Safari/604.1")
    page = here.get("/me/devices/")
    text = page.content.decode()
    assert "Firefox, Windows" in text
    assert "Safari, iPhone" in text
    assert "203.0.113.0" in text
    assert "203.0.113.77" not in text
    assert [one.is_current for one in page.context["devices"]] == [True, False]
    assert not UserSession.objects.filter(ip="203.0.113.77").exists()


@pytest.mark.promise("ACC-10")
def test_one_device_is_logged_out(alice):
    here, there, third = signed_in(), signed_in(), signed_in()
    pk = UserSession.objects.get(session_key=there.session.session_key).pk
    here.post("/me/devices/end/", {"device": pk})
    assert there.get("/me/").status_code == 302
    assert third.get("/me/").status_code == 200


@pytest.mark.promise("ACC-10")
def test_everywhere_else_is_logged_out(alice):
    here, there, third = signed_in(), signed_in(), signed_in()
    here.post("/me/devices/end/")
    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302
    assert third.get("/me/").status_code == 302


@pytest.mark.parametrize("device", ["x", "0", "999999999"])
def test_an_unknown_device_is_404(alice, device):
    assert signed_in().post("/me/devices/end/", {"device": device}).status_code == 404


def test_nobody_ends_the_devices_of_others(alice, bob):
    here = signed_in()
    other = Client()
    log_in_by_password(other, "bob@person.example")
    pk = UserSession.objects.get(user=bob).pk
    assert here.post("/me/devices/end/", {"device": pk}).status_code == 404
    assert other.get("/me/").status_code == 200


def test_a_device_in_use_is_noted_now_and_then(alice):
    here = signed_in()
    here.get("/me/")
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        here.get("/me/")
        seen = UserSession.objects.get().last_seen_at
        assert timezone.now() - seen < timedelta(minutes=1)


# --- Second step ------------------------------------------------------------------------


def six_digits(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def second_step(alice):
    """A browser in which alice switched it on, and the secret."""
    here = signed_in()
    page = here.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret = page.context["form"].secret
    response = here.post("/accounts/2fa/totp/activate/", {"code": six_digits(secret)})
    assert response.url == "/accounts/2fa/recovery-codes/"
    return here, secret


@pytest.mark.promise("ACC-04")
@pytest.mark.parametrize("way", ["password", "code"])
def test_a_second_step_is_asked_for(second_step, way):
    _here, secret = second_step
    client = Client()
    if way == "password":
        response = log_in_by_password(client, "alice@person.example")
    else:
        response = log_in_by_code(client, "+8613800138001")
    assert response.url == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    assert client.get(response.url).status_code == 200
    client.post(response.url, {"code": "000000"})
    assert not is_signed_in(client)
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        client.post(response.url, {"code": six_digits(secret)})
    assert is_signed_in(client)


def test_recovery_codes_replace_the_app_once(second_step):
    here, _secret = second_step
    codes = here.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    for expected in (True, False):
        client = Client()
        response = log_in_by_password(client, "alice@person.example")
        client.post(response.url, {"code": codes[0]})
        assert is_signed_in(client) is expected
    assert here.get("/accounts/2fa/recovery-codes/generate/").status_code == 200
    assert here.get("/accounts/2fa/recovery-codes/download/").status_code == 200


def test_the_secrets_of_a_second_step_are_sealed(second_step):
    """Trap T9."""
    here, secret = second_step
    row = Authenticator.objects.get(type="totp")
    assert secret not in str(row.data)
    assert TOTP(row).validate_code(six_digits(secret)) in {True, False}
    codes = Authenticator.objects.get(type="recovery_codes")
    shown = here.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    assert not any(code in str(codes.data) for code in shown)


def test_switching_it_on_and_off_is_told(alice, django_capture_on_commit_callbacks):
    here = signed_in()
    secret = here.get("/accounts/2fa/totp/activate/").context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        here.post("/accounts/2fa/totp/activate/", {"code": six_digits(secret)})
    assert newest("accounts.second_step_changed").context["what"] == "on"
    assert here.get("/accounts/2fa/totp/deactivate/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        here.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(type="totp").exists()
    assert newest("accounts.second_step_changed").context["what"] == "off"


def test_setting_it_up_needs_a_fresh_proof_without_a_password_too(client):
    sign_up(client, PHONE)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        for path in ("totp/activate/", "totp/deactivate/", "recovery-codes/"):
            response = client.get(f"/accounts/2fa/{path}")
            assert response.url.startswith("/me/security/still-you/")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/accounts/email/", "/me/security/"),
        ("/accounts/password/change/", "/me/security/password/"),
        ("/accounts/password/reset/", "/accounts/login/code/"),
        ("/accounts/sessions/", "/me/devices/"),
        ("/accounts/2fa/", "/me/security/"),
    ],
)
def test_the_librarys_own_pages_lead_to_ours(client, old, new):
    assert client.get(old).url == new
