"""Lines of the log: one object each, with the request's id, and nothing of a person."""

import json
import logging
import re

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from common.request_id import request_id, set_request_id
from mall.logs import JsonFormatter
from mall.middleware import RequestIdMiddleware
from mall.processes import readable

PHONE = "+8613800138000"
TYPED = "what-somebody-typed"


def broken(request: WSGIRequest) -> HttpResponse:
    raise ValueError(f"no such number: {PHONE}")


def missing(request: WSGIRequest) -> HttpResponse:
    raise Http404(PHONE)


urlpatterns = [path("broken/", broken, name="broken"), path("missing/", missing, name="missing")]
handler500 = "mall.views.server_error"
handler404 = "mall.views.page_not_found"


@pytest.fixture
def lines():
    """What the console would show."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


def test_a_line_is_one_object_with_the_id_of_its_request(lines):
    set_request_id("0123456789abcdef")
    logging.getLogger("mall.test").warning("line\nbreak")
    set_request_id("")
    (line,) = lines
    assert "\n" not in line
    entry = json.loads(line)
    assert entry["request_id"] == "0123456789abcdef"
    assert entry["level"] == "warning"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry["at"])


def test_a_field_that_nobody_allowed_is_dropped(lines):
    logging.getLogger("mall.test").warning("sent", extra={"phone": PHONE, "kind": "sms"})
    entry = json.loads(lines[0])
    assert entry["kind"] == "sms"
    assert PHONE not in lines[0]


def test_an_exception_shows_its_type_and_place_and_not_its_words(lines):
    try:
        int(PHONE + "x")
    except ValueError:
        logging.getLogger("mall.test").exception("failed")
    entry = json.loads(lines[0])
    assert entry["error"] == "ValueError"
    assert "test_logs.py" in entry["where"][-1]
    assert PHONE not in lines[0]


def test_the_arguments_of_other_peoples_loggers_are_left_out(lines):
    logging.getLogger("django.elsewhere").warning("Bad value: %s", PHONE)
    assert json.loads(lines[0])["event"] == "Bad value: %s"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("name", ["broken", "missing"])
def test_an_error_page_and_its_lines_share_an_id_and_hold_no_value(lines, name, servers):
    client = Client(raise_request_exception=False)
    response = client.get(f"/{name}/?typed={TYPED}")
    named = response["X-Request-Id"]
    assert named in response.content.decode()
    assert PHONE not in response.content.decode()
    ours = [json.loads(line) for line in lines]
    assert {entry["request_id"] for entry in ours} == {named}
    assert any(entry.get("view") == name for entry in ours)
    for kept_out in (PHONE, TYPED, f"/{name}/"):
        assert not any(kept_out in line for line in lines)


def test_only_a_proxy_of_ours_may_name_a_request(settings):
    seen: list[str] = []

    def view(request: WSGIRequest) -> HttpResponse:
        seen.append(request_id())
        return HttpResponse()

    given = "given-by-the-proxy-1"
    for behind, header in ((False, given), (True, given), (True, "bad\tid")):
        settings.BEHIND_PROXY = behind
        request = RequestFactory().get("/", headers={"X-Request-Id": header})
        response = RequestIdMiddleware(view)(request)
        assert response["X-Request-Id"] == seen[-1]
    assert [name == given for name in seen] == [False, True, False]
    assert request_id() == ""


def test_the_launcher_shows_a_line_as_a_person_reads_it():
    line = (
        '{"at": "2027-01-05T08:00:00.000+00:00", "level": "error", "logger": "jobs.services", '
        '"event": "job failed", "request_id": "job-7", "job": "orders.expire", "error": "KeyError"}'
    )
    assert readable(line).endswith(
        "ERROR jobs.services job failed job=orders.expire error=KeyError [job-7]"
    )
    assert readable("plain words") == "plain words"
    assert readable('{"half') == '{"half'
    answered = json.dumps(
        {
            "at": "2027-01-05T08:00:00.000+00:00", "level": "info", "logger": "mall.request",
            "event": "answered", "request_id": "ab", "method": "GET", "view": "home",
            "status": 200, "ms": 12,
        }
    )  # fmt: skip
    assert readable(answered).endswith("GET home 200 12 ms [ab]")
    assert readable(answered.replace('"home"', '"healthz"')) == ""
