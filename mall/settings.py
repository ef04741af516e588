"""The whole configuration, from the environment, safe when nothing is set.

Every setting is described in docs/settings.md. Nonsense refuses to start.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from mall import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

# --- Where things are ------------------------------------------------------------------

VAR = Path(env.str("VAR", default=str(BASE_DIR / "var"))).resolve()
DEMO = env.bool("DEMO", default=False)
TESTING = env.bool("MALL_TESTING", default=False)
DEBUG = False

ADDRESSES = embedded.addresses(VAR)
"""Addresses of the embedded servers; a setting in the environment wins over each of them."""

SECRET_KEY = env.str("SECRET_KEY", default="") or embedded.secret(VAR, "secret_key")
MASTER_KEY = env.str("MASTER_KEY", default="") or embedded.master_key(VAR)
"""32 bytes in base64: wraps every key of the keyring. Kept outside VAR and every backup."""
MASTER_KEY_OLD = env.list("MASTER_KEY_OLD", default=[])
"""Master keys of before, which still open. `manage.py keyring status` says when they may go."""

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}")
"""Where people reach the mall; partners' notices and links in messages start with it."""
if not urlsplit(PUBLIC_URL).hostname:
    raise ImproperlyConfigured(
        f"PUBLIC_URL must be an address like https://mall.example, not {PUBLIC_URL!r}."
    )

# --- Apps ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "accounts.allauth_app.SealedAccountConfig",
    "allauth",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "lucide",
    "template_partials",
    "common",
    "jobs",
    "privacy",
    "notices",
    "accounts",
    "stores",
    "catalog",
    "payments",
    "delivery",
    "orders",
    "rights",
    "mall",
]

MIDDLEWARE = [
    "mall.middleware.RequestIdMiddleware",
    "privacy.vault.middleware.RestoreGateMiddleware",
    "common.page_cache.PageCacheMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "mall.middleware.AdminPolicyMiddleware",
    "privacy.middleware.KeyringScopeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "mall.middleware.PlainInputMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "privacy.middleware.OwnDataMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "rights.middleware.HiddenAccountMiddleware",
    "accounts.middleware.LastSeenMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "mall.urls"
WSGI_APPLICATION = "mall.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "mall.context_processors.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    },
]

# --- Databases and Redis ---------------------------------------------------------------

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=ADDRESSES["DATABASE_URL"]),
    "keyring": env.db_url("KEYRING_URL", default=ADDRESSES["KEYRING_URL"]),
}
OWNER_DATABASES = {
    alias: env.db_url(name, default=ADDRESSES[name])
    if ADDRESSES[name] or embedded.is_configured(name)
    else dict(DATABASES[alias])
    for alias, name in (("default", "MIGRATE_DATABASE_URL"), ("keyring", "MIGRATE_KEYRING_URL"))
}
"""The owners of the tables: only `migrate` and the test runner connect as them."""
APPLICATION_ROLES = {alias: database.get("USER", "") for alias, database in DATABASES.items()}
"""The roles that `migrate` grants the application's few rights to."""
for _database in (*DATABASES.values(), *OWNER_DATABASES.values()):
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
DATABASE_ROUTERS = ["privacy.routers.KeyringRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default=ADDRESSES["REDIS_URL"])
CACHES = {
    "default": {
        "BACKEND": "common.cache.DegradingCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mall",
        "TIMEOUT": 300,
    },
}

# --- Background work -------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Who rings waits no longer than this; the worker, who listens, more (mall/celery.py).
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "retry_on_timeout": False,
    "max_retries": 0,
    "visibility_timeout": 600,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
JOB_LEASE = timedelta(minutes=2)

# --- People ----------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/me/"
SESSION_ENGINE = "privacy.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "accounts.queries.shown_name_of"
# The library's check insists on `email*`; the sign-up is the mall's own and takes either.
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1"]
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_FORMS = {"login": "accounts.forms.LoginForm"}
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/5m/key"}
MFA_ADAPTER = "accounts.mfa_adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
CODE_LIFETIME = timedelta(minutes=10)
CODE_TRIES = 5
CODES_PER_ADDRESS_HOUR = env.int("CODES_PER_ADDRESS_HOUR", default=5)
CODES_PER_ADDRESS_DAY = env.int("CODES_PER_ADDRESS_DAY", default=10)
CODES_PER_NETWORK_HOUR = env.int("CODES_PER_NETWORK_HOUR", default=30)
CODES_PER_NETWORK_DAY = env.int("CODES_PER_NETWORK_DAY", default=100)
"""Each code costs money and can annoy: how many go to one address, and are asked for from one
network."""
PHONE_TRUSTED_FOR = timedelta(days=365)
"""Numbers are given to new people: after this time without a code, one alone opens nothing."""
CHANGE_STOPPABLE_FOR = timedelta(days=14)

# --- Language, time, money -------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Shanghai")
CURRENCY = env.str("CURRENCY", default="CNY")

# --- Files -----------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mall.storage.StaticStorage"},
}
JOURNAL_DIR = Path(env.str("JOURNAL_DIR", default=str(VAR / "journal")))
"""The signed file beside the decision journal's table; kept out of both backups."""
VAULT_DIR = Path(
    env.str("VAULT_DIR", default="") or embedded.state_folder() / f"{embedded.digest(VAR)}.vault"
)
"""The published head of the journal and the keys of the backups: outside VAR, beside the master
key, so that nothing that copies VAR back brings an older one along."""
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", default=30)
KEY_BACKUP_KEEP_DAYS = env.int("KEY_BACKUP_KEEP_DAYS", default=14)
STATUTORY_KEY_BACKUP_KEEP_DAYS = env.int("STATUTORY_KEY_BACKUP_KEEP_DAYS", default=365)
INDEX_KEY_DAYS = env.int("INDEX_KEY_DAYS", default=BACKUP_KEEP_DAYS - 2)
"""After so many days the key of a blind index is exchanged for a new one."""
"""How long a backup of the main database, of the keys that people may have destroyed, and of the
keys of what the law keeps can be opened; each has a key of its own that ends then."""
EXPORT_DIR = VAR / "exports"
"""Copies that people asked for, in sealed parts; no backup takes them along."""
EXPORT_KEPT_FOR = timedelta(days=env.int("EXPORT_KEEP_DAYS", default=7))
EXPORT_WAIT = timedelta(hours=env.int("EXPORT_WAIT_HOURS", default=72))
EXPORT_DEVICE_WAIT = timedelta(hours=env.int("EXPORT_DEVICE_WAIT_HOURS", default=0 if DEMO else 72))
"""How long a copy can be fetched; how long it waits after an identifier was changed, and when it
is asked for on a new device. In the demo every device is this machine."""
POSTGRES_PROGRAMS = env.str("POSTGRES_PROGRAMS", default="")
"""The folder of pg_dump and pg_restore; empty finds them on the PATH."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- Security --------------------------------------------------------------------------

_far = urlsplit(PUBLIC_URL).hostname not in {"localhost", "127.0.0.1", "::1"}
if DEMO and _far and env.str("DEMO_ON_NETWORK", default="") != "yes":
    # Everybody may read its messages and log in with its passwords, so one word is not enough.
    raise ImproperlyConfigured(
        "DEMO is on and PUBLIC_URL is not on this machine: remove DEMO, or say "
        "DEMO_ON_NETWORK=yes as well."
    )

PLAIN_HTTP = env.bool("PLAIN_HTTP", default=DEMO or TESTING)
"""Speaks http on loopback for the demo and tests; refused elsewhere by a deploy check."""
SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 60 * 60 * 24 * 365
SECURE_HSTS_INCLUDE_SUBDOMAINS = not PLAIN_HTTP
SECURE_HSTS_PRELOAD = not PLAIN_HTTP
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = not PLAIN_HTTP
CSRF_COOKIE_SECURE = not PLAIN_HTTP
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mall.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# --- The shop --------------------------------------------------------------------------

SITE_NAME = {
    "en": env.str("SITE_NAME", default="Osmanthus Mall"),
    "zh-hans": env.str("SITE_NAME_ZH", default="桂树商城"),
}
OPERATOR = {
    "name": env.str("OPERATOR_NAME", default="Osmanthus Demo Trading (an invented company)"),
    "name_zh": env.str("OPERATOR_NAME_ZH", default="桂树演示商贸（虚构的公司）"),
    "address": env.str("OPERATOR_ADDRESS", default="1 Example Lane, Demo District, Shanghai"),
    "address_zh": env.str("OPERATOR_ADDRESS_ZH", default="上海市演示区示例巷1号"),
    "email": env.str("OPERATOR_EMAIL", default="help@mall.example"),
    "privacy_email": env.str("OPERATOR_PRIVACY_EMAIL", default="privacy@mall.example"),
    "phone": env.str("OPERATOR_PHONE", default="+86 400 000 0000"),
    "filing_number": env.str("OPERATOR_FILING_NUMBER", default=""),
}
UNPAID_MINUTES = env.int("UNPAID_MINUTES", default=30)
COMPLETE_AFTER_DAYS = env.int("COMPLETE_AFTER_DAYS", default=10)
RETURN_DAYS = env.int("RETURN_DAYS", default=7)
REFUND_DAYS = env.int("REFUND_DAYS", default=7)
CART_COOKIE_AGE = 60 * 60 * 24 * 30
CONSENT_COOKIE_NAME = "consent"
PAGE_CACHE_SECONDS = env.int("PAGE_CACHE_SECONDS", default=0 if TESTING else 60)
RETENTION_CAP_PERCENT = env.int("RETENTION_CAP_PERCENT", default=10)
RETENTION_CAP_ROWS = env.int("RETENTION_CAP_ROWS", default=200)
"""A sweep that would remove a larger share of a table, and more rows, asks an operator first."""
if not 0 < RETENTION_CAP_PERCENT <= 100 or RETENTION_CAP_ROWS < 0:
    raise ImproperlyConfigured("RETENTION_CAP_PERCENT must be from 1 to 100.")
ERASURE_COOLING_OFF_DAYS = env.int("ERASURE_COOLING_OFF_DAYS", default=7)
ERASURE_LATEST_DAYS = env.int("ERASURE_LATEST_DAYS", default=15)
"""How long the cancellation of an account can be taken back, and when the erasure begins at the
latest; the law gives fifteen days."""
if not 0 <= ERASURE_COOLING_OFF_DAYS <= ERASURE_LATEST_DAYS <= 15:
    raise ImproperlyConfigured(
        "ERASURE_COOLING_OFF_DAYS must not exceed ERASURE_LATEST_DAYS, which is at most 15."
    )
DORMANT_YEARS = env.int("DORMANT_YEARS", default=3)
DORMANT_FIRST_WARNING_DAYS = env.int("DORMANT_FIRST_WARNING_DAYS", default=60)
DORMANT_LAST_WARNING_DAYS = env.int("DORMANT_LAST_WARNING_DAYS", default=7)
"""An account unused for this long is closed; its owner is told these many days before."""
if DORMANT_YEARS < 1 or not 3 <= DORMANT_LAST_WARNING_DAYS < DORMANT_FIRST_WARNING_DAYS:
    raise ImproperlyConfigured(
        "DORMANT_LAST_WARNING_DAYS must be at least 3, and less than DORMANT_FIRST_WARNING_DAYS."
    )
for _name, _value in (
    ("UNPAID_MINUTES", UNPAID_MINUTES),
    ("COMPLETE_AFTER_DAYS", COMPLETE_AFTER_DAYS),
    ("RETURN_DAYS", RETURN_DAYS),
):
    if _value < 1:
        raise ImproperlyConfigured(f"{_name} must be at least 1, it is {_value}.")

# --- Partners --------------------------------------------------------------------------

SANDBOX_URL = env.str("SANDBOX_URL", default=ADDRESSES.get("SANDBOX_URL", ""))
"""Where the partners' stand-ins listen in the demo and in tests; empty in production."""
SANDBOX_STATE = Path(env.str("SANDBOX_STATE", default=str(VAR / "sandbox")))
PARTNER_TIMEOUT = (2.0, 5.0)

PAYMENT_GATEWAY_URL = env.str(
    "PAYMENT_GATEWAY_URL", default=f"{SANDBOX_URL}/pay/gateway" if SANDBOX_URL else ""
)
PAYMENT_APP_ID = env.str("PAYMENT_APP_ID", default="")
PAYMENT_SELLER_ID = env.str("PAYMENT_SELLER_ID", default="")
PAYMENT_PRIVATE_KEY = env.str("PAYMENT_PRIVATE_KEY", default="")
PAYMENT_PARTNER_KEY = env.str("PAYMENT_PARTNER_KEY", default="")
PAYMENT_METHOD_PREFIX = env.str("PAYMENT_METHOD_PREFIX", default="")
CARRIER_URL = env.str("CARRIER_URL", default=f"{SANDBOX_URL}/carrier" if SANDBOX_URL else "")
CARRIER_ACCOUNT = env.str("CARRIER_ACCOUNT", default="")
CARRIER_SECRET = env.str("CARRIER_SECRET", default="")

if PAYMENT_GATEWAY_URL:
    # "Pay" is a form whose answer redirects to the partner; browsers hold redirects to this too.
    _partner = urlsplit(PAYMENT_GATEWAY_URL)
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(
        f"{_partner.scheme}://{_partner.netloc}"
    )

# --- Messages --------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Osmanthus Mall <no-reply@mall.example>")
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
OUTBOX_DIR = VAR / "outbox" if DEMO or TESTING else None
"""The demo and the tests write every message here in place of sending e-mail."""
EMAIL_BACKEND = "notices.mail.OutboxBackend" if OUTBOX_DIR else EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST", "")
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", default=f"{SANDBOX_URL}/sms" if SANDBOX_URL else "")
SMS_ACCOUNT = env.str("SMS_ACCOUNT", default="")
SMS_SECRET = env.str("SMS_SECRET", default="")

# --- Logs ------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "mall.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "celery.apps.worker": {"level": "INFO"},
        "kombu": {"level": "ERROR"},
    },
}

# --- Admin -----------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "mall.admin_site.site_header",
    "SITE_HEADER": "mall.admin_site.site_header",
    "SITE_SUBHEADER": _("Mall administration"),
    "SITE_SYMBOL": "local_florist",
    "SITE_URL": reverse_lazy("home"),
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("icons/favicon.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "mall.dashboard.start_page",
    "GLOBAL_CALLBACK": "mall.admin_site.frame",
    "STYLES": [lambda _request: static("css/admin.css")],
    "SIDEBAR": {"navigation": "mall.admin_site.navigation"},
    "BORDER_RADIUS": "8px",
    # The mall's paper, ink and amber (static/css/tokens.css) in the steps that unfold asks for.
    "COLORS": {
        "base": {
            "50": "#faf7f0",
            "100": "#f4eee2",
            "200": "#e6dccb",
            "300": "#d3c6b0",
            "400": "#a3967f",
            "500": "#6f6556",
            "600": "#574f42",
            "700": "#443d32",
            "800": "#322c24",
            "900": "#211d18",
            "950": "#181511",
        },
        "primary": {
            "50": "#fdf6e8",
            "100": "#f8e7c6",
            "200": "#f2d295",
            "300": "#ecbc64",
            "400": "#e6ab4a",
            "500": "#e2a13a",
            "600": "#84480a",
            "700": "#6f3c08",
            "800": "#593106",
            "900": "#452705",
            "950": "#2a1c06",
        },
        "font": {
            "subtle-light": "var(--color-base-500)",
            "subtle-dark": "var(--color-base-300)",
            "default-light": "var(--color-base-700)",
            "default-dark": "var(--color-base-200)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-50)",
        },
    },
}
