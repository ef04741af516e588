"""The ground on which every test stands: real servers, the application's role, a small cast.

Databases are made by their owner; each test then works as the application's role, in threads and
child processes too. The cast: `alice` shops, `bob` is somebody else, `carol` works for the mall,
`dan` is the privacy officer.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connections
from django.test import Client
from django.utils import translation

from mall import embedded
from mall.assets import compile_messages
from tests.support.processes import Sandbox, Worker

BOTH = ["default", "keyring"]
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
LOGIN = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "correct horse battery staple"


def pytest_configure(config: pytest.Config) -> None:
    """The folders and the Chinese texts that the mall expects to find."""
    compile_messages()
    for folder in (settings.STATIC_ROOT, settings.MEDIA_ROOT):
        Path(folder).mkdir(parents=True, exist_ok=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the database uses both of them."""
    for item in items:
        mark = item.get_closest_marker("django_db")
        used = DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
        if mark is None and not used:
            continue
        arguments = {"databases": BOTH, **(mark.kwargs if mark else {})}
        if {"transactional_db", "live_server"} & used:
            arguments.setdefault("transaction", True)
        # In front, so that this one is the closest.
        item.add_marker(pytest.mark.django_db(**arguments), append=False)


# --- Servers and databases --------------------------------------------------------------


@pytest.fixture(scope="session")
def servers() -> None:
    """PostgreSQL and Redis of the tests' own."""
    from mall.settings_test import SERVERS_VAR

    embedded.hold(SERVERS_VAR)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: None, django_db_modify_db_settings: None) -> None:
    """The servers run before a database is made."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Databases are made and dropped by their owner."""
    yield
    for alias in BOTH:
        _be_owner(alias)


@pytest.fixture(scope="session", autouse=True)
def outbox_backend(django_test_environment: None) -> None:
    """E-mail goes to the outbox file as in the demo; the test runner had put its own in place."""
    settings.EMAIL_BACKEND = "notices.mail.OutboxBackend"


@pytest.fixture(autouse=True)
def application_role(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test works as the application's role; new connections, in threads for example, do too."""
    if "_django_db_helper" not in request.fixturenames or not _uses_database(request):
        yield
        return
    request.getfixturevalue("_django_db_helper")
    for alias in BOTH:
        _be_application(alias)
    yield
    for alias in BOTH:
        _be_owner(alias)


def _uses_database(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("django_db") is not None


def _be_application(alias: str) -> None:
    connection = connections[alias]
    role = settings.APPLICATION_ROLES[alias]
    connection.settings_dict["OPTIONS"]["assume_role"] = role
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {connection.ops.quote_name(role)}")


def _be_owner(alias: str) -> None:
    connection = connections[alias]
    connection.settings_dict["OPTIONS"].pop("assume_role", None)
    if connection.connection is None:
        return
    if connection.in_atomic_block:
        # The end of the test's transaction takes the role back; a broken one takes no order.
        with suppress(DatabaseError, InterfaceError):
            connection.connection.execute("RESET ROLE")
        return
    connection.close()


@pytest.fixture(autouse=True)
def forget(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keys of the house and cached pages end with the test that made them."""
    yield
    if _uses_database(request):
        from privacy import keyring

        keyring.forget_purpose_keys()
        cache.clear()


@pytest.fixture(autouse=True)
def journal_folders(request: pytest.FixtureRequest) -> Iterator[None]:
    """Decisions end with the test that made them: their file and their witness are its own."""
    if not _uses_database(request):
        yield
        return
    folder = request.getfixturevalue("tmp_path")
    own = request.getfixturevalue("settings")
    own.JOURNAL_DIR, own.VAULT_DIR = folder / "journal", folder / "vault"
    yield


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """A page in Chinese leaves its language behind in this thread; the next test begins anew."""
    yield
    translation.deactivate()


# --- People -----------------------------------------------------------------------------


def _person(**given: Any) -> Any:
    from accounts.services import register_person

    return register_person(password=PASSWORD, **given)


def _staff(person: Any, role: str) -> Any:
    from django.contrib.auth.models import Group

    person.is_staff = True
    person.save(update_fields=["is_staff"])
    person.groups.add(Group.objects.get_or_create(name=role)[0])
    return person


@pytest.fixture
def alice(db: None) -> Any:
    """A member who shops: phone, e-mail, member name and password."""
    return _person(
        phone="+8613800138001",
        email="alice@person.example",
        member_name="alice",
        nickname="Alice",
    )


@pytest.fixture
def address(alice: Any) -> Any:
    """Where alice lives."""
    from accounts.services import add_address

    return add_address(
        alice,
        recipient="林小雨",
        phone="+8613800138001",
        province="310000",
        city="310100",
        district="310101",
        street="桂花路88号3单元501室",
        postcode="200001",
        make_default=True,
    )


@pytest.fixture
def bob(db: None) -> Any:
    """Another member, who must never see what is alice's."""
    return _person(
        phone="+8613800138002", email="bob@person.example", member_name="bob", nickname="Bob"
    )


@pytest.fixture
def carol(db: None) -> Any:
    """Works for the mall: an order clerk."""
    person = _person(
        phone="+8613800138003", email="carol@mall.example", member_name="carol", nickname="Carol"
    )
    return _staff(person, "order clerk")


@pytest.fixture
def dan(db: None) -> Any:
    """The privacy officer."""
    person = _person(
        phone="+8613800138004", email="dan@mall.example", member_name="dan", nickname="Dan"
    )
    return _staff(person, "privacy officer")


@pytest.fixture
def client_of() -> Callable[[Any], Client]:
    """A browser in which this person is signed in."""

    def sign_in(person: Any, **extra: Any) -> Client:
        client = Client(**extra)
        client.force_login(person, backend=LOGIN)
        return client

    return sign_in


# --- Messages and jobs ------------------------------------------------------------------


@pytest.fixture
def outbox(sandbox: Sandbox) -> Callable[[], list[dict[str, Any]]]:
    """Everything that was sent since the test began, oldest first. SMS go through the sandbox."""
    from notices import outbox as written

    file = written.path()
    assert file is not None
    began = file.stat().st_size if file.exists() else 0

    def read() -> list[dict[str, Any]]:
        if not file.exists():
            return []
        with file.open("rb") as stream:
            stream.seek(began)
            return [json.loads(line) for line in stream.read().decode().splitlines()]

    return read


@pytest.fixture
def jobs() -> Callable[[], int]:
    """Runs the jobs that are due, and those that they enqueue; returns how many it ran."""
    from jobs.services import run_due

    def run() -> int:
        done = 0
        for _round in range(20):
            ran = run_due()
            done += ran
            if not ran:
                break
        return done

    return run


# --- Real processes ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The partners' stand-ins, started once."""
    partners = Sandbox(tmp_path_factory.mktemp("sandbox"))
    try:
        yield partners.start()
    finally:
        partners.stop()


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Iterator[Sandbox]:
    """The partners' stand-ins, in good health at the beginning of each test."""
    if sandbox_process.process is None or sandbox_process.process.popen.poll() is not None:
        sandbox_process.start()
    sandbox_process.reset()
    yield sandbox_process
    if sandbox_process.process is not None and sandbox_process.process.popen.poll() is None:
        sandbox_process.reset()


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[Worker]:
    """A real Celery worker on the test's databases; `start()` it again after `kill()`."""
    process = Worker(tmp_path)
    try:
        yield process.start()
    finally:
        process.stop()


# --- A real browser ---------------------------------------------------------------------


def chromium_path() -> str | None:
    """Where Chromium stands, if anywhere."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    return None


class LiveMall:
    """A running mall and a browser to look at it with."""

    def __init__(self, url: str, browser: Any) -> None:
        self.url = url
        self.browser = browser
        self.complaints: list[str] = []
        self._contexts: list[Any] = []

    def page(self, **options: Any) -> Any:
        """A page of a visitor of their own; what the browser complains about is noted."""
        context = self.browser.new_context(base_url=self.url, **{"locale": "en", **options})
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)
        return page

    def signed_in(self, person: Any, **options: Any) -> Any:
        """A page of a visitor who is signed in as `person`."""
        client = Client()
        client.force_login(person, backend=LOGIN)
        page = self.page(**options)
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": self.url}]
        )
        return page

    def _note(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    def close(self) -> None:
        """Close every page."""
        for context in self._contexts:
            context.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Headless Chromium; without one the browser tests are skipped, except in CI."""
    path = chromium_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI runs the browser tests: install chromium.")
        pytest.skip("There is no chromium on the PATH.")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread; our queries beside it are still synchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def live_mall(chromium: Any, live_server: Any) -> Iterator[LiveMall]:
    """The mall on a port of its own, with a browser; the browser must have no complaint."""
    mall = LiveMall(live_server.url, chromium)
    yield mall
    mall.close()
    assert mall.complaints == []
