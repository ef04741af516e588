"""Away from the demo, everything travels encrypted."""

import json

import pytest

from tests.support.processes import python

ASK = """
import json
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS = ["mall.example"]
# Nobody collected files.
plain_files = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.STORAGES = {**settings.STORAGES, "staticfiles": plain_files}
browser = Client(headers={"host": "mall.example"})
plain = browser.get("/help/?from=mail")
page = browser.get("/accounts/signup/", secure=True)
print("ANSWER" + json.dumps({
    "plain": [plain.status_code, plain.headers["Location"]],
    "status": page.status_code,
    "hsts": page.headers["Strict-Transport-Security"],
    "cookies": {
        name: [bool(one["secure"]), bool(one["httponly"]), one["samesite"]]
        for name, one in page.cookies.items()
    },
    "session": settings.SESSION_COOKIE_SECURE,
}))
"""


@pytest.mark.django_db
@pytest.mark.promise("SEC-01")
def test_plain_http_is_led_to_https_and_cookies_never_travel_in_clear():
    ran = python(ASK, PLAIN_HTTP="no", PUBLIC_URL="https://mall.example")
    assert ran.returncode == 0, ran.stderr[-2000:]
    answer = json.loads(ran.stdout.partition("ANSWER")[2])
    assert answer["plain"] == [301, "https://mall.example/help/?from=mail"]
    assert answer["status"] == 200
    assert "max-age=31536000" in answer["hsts"]
    assert "includeSubDomains" in answer["hsts"]
    assert answer["cookies"]
    assert set(map(tuple, answer["cookies"].values())) == {(True, True, "Lax")}
    assert answer["session"]
