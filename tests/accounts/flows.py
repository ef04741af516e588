"""What a person does in the browser, in one call each."""

import re

from django.test import Client

from notices.models import Message
from privacy.documents import current

PHONE, EMAIL = "+8613900139001", "new@person.example"
PASSWORD = "correct horse battery staple"


def newest(kind="accounts.code"):
    """The newest message of a kind, opened."""
    return Message.objects.filter(kind=kind).order_by("-pk").first()


def newest_code():
    return newest().context["code"]


def wrong_code():
    return str((int(newest_code()) + 1) % 1_000_000).zfill(6)


def sign_up_data(login=PHONE, **more):
    return {
        "login": login,
        "age_band": "ADULT",
        "terms": "on",
        "policy": "on",
        "terms_text": current("terms", "en").sha256,
        "policy_text": current("privacy", "en").sha256,
        **more,
    }


def ask_sign_up(client: Client, login=PHONE, **more):
    return client.post("/accounts/signup/", sign_up_data(login, **more))


def sign_up(client: Client, login=PHONE, **more):
    assert ask_sign_up(client, login, **more).status_code == 302
    return client.post("/accounts/signup/code/", {"code": newest_code()})


def ask_log_in(client: Client, login):
    return client.post("/accounts/login/code/", {"login": login})


def log_in_by_code(client: Client, login):
    assert ask_log_in(client, login).status_code == 302
    return client.post("/accounts/login/code/confirm/", {"code": newest_code()})


def log_in_by_password(client: Client, login, password=PASSWORD):
    return client.post("/accounts/login/", {"login": login, "password": password})


def is_signed_in(client: Client):
    return "_auth_user_id" in client.session


def bare(response, *words):
    """A page without what differs between any two loads of it, and without these words."""
    text = response.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    for word in words:
        text = text.replace(word, "…")
    return text


def messages_of(response):
    return [str(message) for message in response.context["messages"]]
