"""Nothing on a page comes from anywhere else, and only the administration may evaluate."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings

POLICY = "Content-Security-Policy"


def directives(response) -> dict[str, list[str]]:
    parts = (part.split() for part in response[POLICY].split(";") if part.strip())
    return {name: values for name, *values in parts}


@pytest.mark.django_db
def test_a_page_of_the_mall_allows_only_its_own_files(client):
    policy = directives(client.get("/help/"))
    assert policy["default-src"] == ["'self'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["style-src"] == ["'self'"]
    assert policy["object-src"] == policy["frame-ancestors"] == ["'none'"]


@pytest.mark.django_db
def test_a_form_may_lead_to_the_payment_partner_and_nowhere_else(client):
    partner = urlsplit(settings.PAYMENT_GATEWAY_URL)
    policy = directives(client.get("/help/"))
    assert policy["form-action"] == ["'self'", f"{partner.scheme}://{partner.netloc}"]


@pytest.mark.django_db
def test_only_the_administration_has_a_wider_policy(client):
    policy = directives(client.get("/admin/login/"))
    assert policy["script-src"] == ["'self'", "'unsafe-eval'"]
    assert policy["style-src"] == ["'self'", "'unsafe-inline'"]
    assert policy["default-src"] == ["'self'"]
