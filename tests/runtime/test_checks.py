"""What production refuses, one setting at a time."""

import base64
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from mall import checks

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def production(monkeypatch, tmp_path):
    """Settings with which a mall may open."""
    values = {
        "BASE_DIR": tmp_path / "mall",
        "ALLOWED_HOSTS": ["mall.example"],
        "PUBLIC_URL": "https://mall.example",
        "PLAIN_HTTP": False,
        "DEMO": False,
        "TESTING": False,
        "SANDBOX_URL": "",
        "PAYMENT_GATEWAY_URL": "https://pay.example/gateway",
        "PAYMENT_APP_ID": "app",
        "PAYMENT_SELLER_ID": "seller",
        "PAYMENT_PRIVATE_KEY": "private",
        "PAYMENT_PARTNER_KEY": "public",
        "CARRIER_URL": "https://carrier.example",
        "CARRIER_ACCOUNT": "account",
        "CARRIER_SECRET": "secret",
        "SMS_GATEWAY_URL": "https://sms.example",
        "SMS_ACCOUNT": "account",
        "SMS_SECRET": "secret",
        "MASTER_KEY": KEY,
        "SECRET_KEY": "".join(chr(33 + number) for number in range(60)),
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "JOURNAL_DIR": tmp_path / "journal",
        "VAULT_DIR": tmp_path / "vault",
        "VAR": tmp_path / "var",
        "DATABASES": {"default": {"USER": "app"}, "keyring": {"USER": "keys"}},
        "OWNER_DATABASES": {"default": {"USER": "owner"}, "keyring": {"USER": "owner"}},
    }
    settings = SimpleNamespace(**values)
    monkeypatch.setattr(checks, "settings", settings)
    monkeypatch.setenv("MASTER_KEY", KEY)
    monkeypatch.setenv("VAULT_DIR", str(tmp_path / "vault"))
    monkeypatch.delenv("MASTER_KEY_FILE", raising=False)
    for name in checks.embedded.ADDRESS_NAMES:
        monkeypatch.setenv(name, "set")
    return settings


def ids() -> list[str]:
    return [str(message.id) for message in checks.check_deployment()]


def test_a_complete_configuration_passes(production):
    assert ids() == []
    checks.refuse_unsafe_settings()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ALLOWED_HOSTS", ["localhost"], "mall.E001"),
        ("ALLOWED_HOSTS", ["mall.example", "*"], "mall.E001"),
        ("PUBLIC_URL", "http://mall.example", "mall.E002"),
        ("PUBLIC_URL", "https://other.example", "mall.E002"),
        ("PLAIN_HTTP", True, "mall.E003"),
        ("DEMO", True, "mall.E004"),
        ("TESTING", True, "mall.E004"),
        ("PAYMENT_GATEWAY_URL", "http://127.0.0.1:8100/pay/gateway", "mall.E005"),
        ("PAYMENT_APP_ID", "sandbox-app-12", "mall.E005"),
        ("PAYMENT_SELLER_ID", "sandbox-seller-12", "mall.E005"),
        ("CARRIER_ACCOUNT", "sandbox-carrier-12", "mall.E005"),
        ("SMS_GATEWAY_URL", "http://localhost:8100/sms", "mall.E005"),
        ("SANDBOX_URL", "http://127.0.0.1:8100", "mall.E005"),
        ("PAYMENT_PRIVATE_KEY", "", "mall.W001"),
        ("MASTER_KEY", "c2hvcnQ=", "mall.E006"),
        ("OWNER_DATABASES", {"default": {"USER": "app"}}, "mall.E009"),
        ("OWNER_DATABASES", {"keyring": {"USER": "keys"}}, "mall.E009"),
        ("SECRET_KEY", "short", "mall.E010"),
        ("SECRET_KEY", "django-insecure-" + "abcdefghijklmnop" * 4, "mall.E010"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "mall.E011"),
    ],
)
def test_one_wrong_setting_is_named(production, name, value, expected):
    setattr(production, name, value)
    assert expected in ids()
    assert all(message.hint for message in checks.check_deployment())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("REDIS_URL", "mall.E007"),
        ("DATABASE_URL", "mall.E008"),
        ("KEYRING_URL", "mall.E008"),
        ("MASTER_KEY", "mall.E006"),
    ],
)
def test_what_is_left_out_is_named(production, monkeypatch, name, expected):
    monkeypatch.delenv(name)
    assert ids() == [expected]


def test_a_web_server_need_not_know_the_owner(production, monkeypatch):
    monkeypatch.delenv("MIGRATE_DATABASE_URL")
    monkeypatch.delenv("MIGRATE_KEYRING_URL")
    production.OWNER_DATABASES = production.DATABASES
    assert ids() == []


def test_a_master_key_beside_the_data_is_refused(production, monkeypatch):
    monkeypatch.delenv("MASTER_KEY")
    monkeypatch.setenv("MASTER_KEY_FILE", str(production.VAR / "secrets" / "key"))
    assert ids() == ["mall.E006"]
    monkeypatch.setenv("MASTER_KEY_FILE", "/etc/mall/key")
    assert ids() == []


def test_a_journal_beside_the_data_is_pointed_out(production):
    production.JOURNAL_DIR = production.VAR / "journal"
    assert ids() == ["mall.W002"]


@pytest.mark.parametrize("place", ["VAR", "JOURNAL_DIR"])
def test_a_vault_beside_what_it_guards_is_pointed_out(production, place):
    production.VAULT_DIR = getattr(production, place) / "vault"
    assert ids() == ["mall.W003"]


def test_a_vault_that_nobody_named_is_pointed_out(production, monkeypatch):
    monkeypatch.delenv("VAULT_DIR")
    assert ids() == ["mall.W003"]


def test_a_server_refuses_to_start_and_says_why(production):
    production.PLAIN_HTTP = True
    production.SECRET_KEY = "short"
    with pytest.raises(ImproperlyConfigured) as caught:
        checks.refuse_unsafe_settings()
    assert "mall.E003" in str(caught.value)
    assert "mall.E010" in str(caught.value)


def test_demo_and_tests_start_with_what_they_have(production):
    production.DEMO = True
    production.PLAIN_HTTP = True
    checks.refuse_unsafe_settings()
