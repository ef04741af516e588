"""When something goes wrong the page stays calm, says what to do, and gives a reference."""

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, connections
from django.http import Http404
from django.test import Client, RequestFactory

from accounts.models import Address
from mall import views
from privacy import keyring

pytestmark = pytest.mark.django_db


def request(path="/somewhere/"):
    made = RequestFactory().get(path)
    made.request_id = "abcdef0123456789"
    made.COOKIES["sessionid"] = "anything"
    return made


@pytest.mark.parametrize(
    ("view", "error", "status"),
    [
        (views.bad_request, SuspiciousOperation("secret words"), 400),
        (views.permission_denied, PermissionDenied("secret words"), 403),
        (views.page_not_found, Http404("secret words"), 404),
    ],
)
def test_an_error_page_gives_its_reference_and_nothing_of_the_error(view, error, status):
    response = view(request(), error)
    html = response.content.decode()
    assert response.status_code == status
    assert "abcdef0123456789" in html
    assert "secret words" not in html
    assert response["Cache-Control"] == "no-store"
    assert html.count("<h1>") == 1


class Broken:
    """A user whose session cannot be read."""

    @property
    def is_authenticated(self):
        raise DatabaseError("the database is gone")


def test_the_page_of_a_broken_server_needs_no_database(monkeypatch):
    def gone(*args, **kwargs):
        raise DatabaseError("the database is gone")

    made = request()
    made.user = Broken()
    for alias in connections:
        monkeypatch.setattr(connections[alias], "cursor", gone)
    response = views.server_error(made)
    html = response.content.decode()
    assert response.status_code == 500
    assert "abcdef0123456789" in html
    assert "<!doctype html>" in html


class NothingCollected(StaticFilesStorage):
    """What the manifest says of a file that was not collected."""

    def url(self, name, force=False):
        raise ValueError(f"Missing staticfiles manifest entry for '{name}'")


def test_a_missing_static_file_does_not_break_the_error_page(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": f"{__name__}.NothingCollected"},
    }
    for view, status in ((views.server_error, 500), (views.page_not_found, 404)):
        response = view(request())
        assert response.status_code == status
        assert response.content.decode() == f"{status}\nReference: abcdef0123456789\n"
        assert response["Cache-Control"] == "no-store"


def test_what_an_older_keyring_cannot_open_is_said_calmly(alice, address, client_of, caplog):
    key_id = keyring.key_id_of(Address.objects.get().__dict__["street"].content)
    with connections["keyring"].cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM privacy_datakey WHERE id = %s", [key_id])
    client = client_of(alice, raise_request_exception=False)
    response = client.get("/me/addresses/")
    html = response.content.decode()
    assert response.status_code == 500
    assert "This cannot be read at the moment" in html
    assert response["X-Request-Id"] in html
    assert "桂花路" not in html
    (line,) = [record for record in caplog.records if record.name == "privacy.keyring"]
    assert (line.getMessage(), line.key_id) == ("a key is missing", str(key_id))
    assert str(alice.subject) not in caplog.text


def test_a_lost_address_offers_a_search(client):
    response = client.get("/no/such/place/")
    assert response.status_code == 404
    assert response["X-Request-Id"] in response.content.decode()
    assert 'id="error-search"' in response.content.decode()


def test_a_lost_address_is_answered_in_the_readers_language(client):
    response = client.get("/zh-hans/no/such/place/")
    assert response.status_code == 404
    assert 'lang="zh-hans"' in response.content.decode()


def test_a_form_without_its_token_is_explained():
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})
    html = response.content.decode()
    assert response.status_code == 403
    assert response["X-Request-Id"] in html
    assert "Reason given for failure" not in html
