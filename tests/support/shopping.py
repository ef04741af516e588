"""A member who shops with a browser that runs no script, seen from outside the mall."""

import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from tests.support.launched import Installation

SIGN_IN = """
from django.conf import settings
from django.test import Client
from accounts.queries import user_by_phone
client = Client()
client.force_login(user_by_phone({phone!r}), backend="django.contrib.auth.backends.ModelBackend")
print(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


@dataclass(frozen=True)
class Answer:
    """What came back, where it leads, and how long it took."""

    status: int
    text: str
    leads_to: str
    seconds: float


@dataclass
class Member:
    """Somebody who is signed in. Redirects are not followed: each answer counts by itself."""

    place: Installation
    session: requests.Session
    asked: list[tuple[str, float]] = field(default_factory=list)
    """The path of each request to the mall, and its seconds."""

    @property
    def url(self) -> str:
        """Where the mall is."""
        return f"http://localhost:{self.place.port}"

    def get(self, path: str) -> Answer:
        """Look at a page."""
        return self._ask("GET", path)

    def post(self, path: str, data: dict[str, str]) -> Answer:
        """Send a form."""
        return self._ask("POST", path, data)

    def form(self, path: str, name: str) -> dict[str, str]:
        """What a browser sends for a form that nobody touched; `name` is its id or its action."""
        answer = self.get(path)
        assert answer.status == 200, (path, answer.status)
        reader = FormReader(name)
        reader.feed(answer.text)
        return reader.values

    def _ask(self, method: str, path: str, data: dict[str, str] | None = None) -> Answer:
        address = urljoin(self.url, path)
        began = time.monotonic()
        answer = self.session.request(
            method,
            address,
            data=data,
            headers={"Origin": self.url, "Referer": f"{self.url}/"},
            allow_redirects=False,
            timeout=20,
        )
        seconds = time.monotonic() - began
        if address.startswith(self.url):
            self.asked.append((f"{method} {urlsplit(address).path}", round(seconds, 2)))
        leads_to = answer.headers.get("Location", "")
        return Answer(answer.status_code, answer.text, urljoin(address, leads_to), seconds)


class FormReader(HTMLParser):
    """Reads the fields of one form, as they stand."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._name = name
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Inputs, what is checked of them, and what is chosen."""
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self._inside = self._name in {given.get("id"), given.get("action")}
            case "input" if self._inside and "name" in given:
                chosen = given.get("type") not in {"radio", "checkbox"} or "checked" in given
                if chosen:
                    self.values[given["name"]] = given.get("value", "")
            case "select" if self._inside:
                self._select = given.get("name", "")
            case "option" if self._inside and "selected" in given:
                self.values[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """The form ends."""
        if tag == "form":
            self._inside = False


def signed_in(place: Installation, phone: str) -> Member:
    """A browser in which the person with this phone number is signed in."""
    name, value = place.python(SIGN_IN.format(phone=phone)).split()
    session = requests.Session()
    session.trust_env = False
    session.cookies.set(name, value)
    return Member(place, session)


def payment_code(gateway: str) -> str:
    """The payment's code in the address of the partner's page."""
    (content,) = parse_qs(urlsplit(gateway).query)["biz_content"]
    found = re.search(r'"out_trade_no":\s*"([^"]+)"', content)
    assert found is not None, content
    return found[1]


def pay_at_the_partner(member: Member, gateway: str) -> Any:
    """Pay on the partner's page; the address to which it sends the payer back."""
    opened = member.get(gateway)
    assert opened.status in {302, 303}, opened.text[:500]
    paid = member.post(opened.leads_to, {"action": "pay"})
    assert paid.status in {302, 303}, paid.text[:500]
    return paid.leads_to
