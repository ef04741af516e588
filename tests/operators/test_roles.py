"""Every page of the administration for every role: who sees what, and that nobody sees bait."""

import json
from urllib.parse import quote_plus

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from accounts.models import Phone, User
from jobs.models import Job
from orders.models import Order
from orders.services import returning
from privacy.models import AuditEntry
from tests.operators.conftest import BAIT, ROLES

pytestmark = pytest.mark.django_db

SEEN = {
    "catalogue manager": {
        "catalog.category",
        "catalog.product",
        "catalog.stockmovement",
        "catalog.taxclass",
        "catalog.variant",
        "stores.store",
    },
    "order clerk": {
        "accounts.user",
        "catalog.category",
        "catalog.product",
        "catalog.stockmovement",
        "catalog.taxclass",
        "catalog.variant",
        "delivery.parcel",
        "delivery.shippingrate",
        "orders.ledgerentry",
        "orders.order",
        "orders.returnrequest",
        "payments.payment",
        "payments.refund",
        "stores.store",
    },
    "support agent": {
        "accounts.user",
        "catalog.category",
        "catalog.product",
        "catalog.stockmovement",
        "catalog.taxclass",
        "catalog.variant",
        "delivery.parcel",
        "delivery.shippingrate",
        "notices.message",
        "orders.ledgerentry",
        "orders.order",
        "orders.returnrequest",
        "payments.payment",
        "payments.refund",
        "stores.store",
    },
    "privacy officer": {
        "account.emailaddress",
        "accounts.phone",
        "accounts.user",
        "delivery.parcel",
        "delivery.shippingrate",
        "notices.message",
        "orders.ledgerentry",
        "orders.order",
        "orders.returnrequest",
        "payments.payment",
        "payments.refund",
        "privacy.auditentry",
        "privacy.consententry",
        "privacy.disclosureentry",
        "privacy.erasurecase",
        "privacy.exportpackage",
        "privacy.hold",
        "privacy.receipt",
        "privacy.recipientnotice",
        "privacy.residuefinding",
        "privacy.residuesearch",
        "privacy.run",
    },
    "auditor": {
        "admin.logentry",
        "catalog.category",
        "catalog.product",
        "catalog.stockmovement",
        "catalog.taxclass",
        "catalog.variant",
        "orders.ledgerentry",
        "orders.order",
        "orders.returnrequest",
        "payments.payment",
        "payments.refund",
        "privacy.auditentry",
        "privacy.consententry",
        "privacy.disclosureentry",
        "privacy.erasurecase",
        "privacy.exportpackage",
        "privacy.hold",
        "privacy.receipt",
        "privacy.recipientnotice",
        "privacy.residuefinding",
        "privacy.residuesearch",
        "privacy.run",
    },
    "administrator": {
        "accounts.user",
        "admin.logentry",
        "auth.group",
        "catalog.category",
        "catalog.product",
        "catalog.stockmovement",
        "catalog.taxclass",
        "catalog.variant",
        "delivery.parcel",
        "delivery.shippingrate",
        "jobs.job",
        "notices.message",
        "orders.ledgerentry",
        "orders.order",
        "orders.returnrequest",
        "payments.payment",
        "payments.refund",
        "privacy.auditentry",
        "privacy.consententry",
        "privacy.disclosureentry",
        "privacy.erasurecase",
        "privacy.exportpackage",
        "privacy.hold",
        "privacy.receipt",
        "privacy.recipientnotice",
        "privacy.residuefinding",
        "privacy.residuesearch",
        "privacy.run",
        "stores.store",
    },
}
CATALOGUE = {"catalog.category", "catalog.product", "catalog.taxclass"}
ADDED = {
    "catalogue manager": CATALOGUE,
    "administrator": {*CATALOGUE, "stores.store", "delivery.shippingrate"},
}
WRITTEN = {
    "catalogue manager": {*CATALOGUE, "catalog.variant"},
    "order clerk": {"delivery.shippingrate"},
    "administrator": {
        *CATALOGUE,
        "accounts.user",
        "catalog.variant",
        "delivery.shippingrate",
        "stores.store",
    },
}


def pages():
    """Every model that has pages."""
    return {model._meta.label_lower: model for model in admin.site._registry}


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def world(order, alice, carol, jobs):
    """At least one row of everything that has a page."""
    from orders.enums import ReturnReason

    jobs()
    Order.objects.filter(pk=order.pk).update(
        delivery_state="delivered", delivered_at=order.placed_at
    )
    order.refresh_from_db()
    line = order.lines.get()
    row = returning.request_return(order, {line.pk: 1}, ReturnReason.DAMAGED, alice)
    returning.approve(row, carol)
    returning.receive(row, {line.pk: 1}, carol)
    Job.objects.create(name="orders.sweep", state="failed")
    LogEntry.objects.create(
        user=carol,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(alice.pk),
        object_repr=" ".join(BAIT),
        action_flag=CHANGE,
        change_message=json.dumps(
            [{"changed": {"name": "person", "object": BAIT[2], "fields": ["Language"]}}]
        ),
    )
    jobs()
    return order


def walk(client, role):
    """Every address of every model, with the answer that this role should get."""
    for label, model in pages().items():
        seen = label in SEEN[role]
        yield label, client.get(address(model, "changelist")), 200 if seen else 403
        added = label in ADDED.get(role, set())
        yield label, client.get(address(model, "add")), 200 if added else 403
        row = model._default_manager.order_by("pk").last()
        if row is None:
            continue
        change = client.get(address(model, "change", row.pk), follow=True)
        yield label, change, 200 if seen else 403
        yield (
            label,
            client.get(address(model, "history", row.pk), follow=True),
            200 if seen else 403,
        )
        if label not in WRITTEN.get(role, set()):
            yield label, client.post(address(model, "change", row.pk), {}), 403
            yield label, client.post(address(model, "delete", row.pk), {"post": "yes"}), 403


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_what_it_must_and_no_more(role, world, desk):
    client = desk(role)
    wrong = [
        (label, response.request["PATH_INFO"], response.request["REQUEST_METHOD"], got, due)
        for label, response, due in walk(client, role)
        if (got := response.status_code) != due
    ]
    assert wrong == []


@pytest.mark.promise("SEC-03")
@pytest.mark.parametrize("role", ROLES)
def test_no_page_shows_a_value_that_nobody_opened(role, world, desk, alice):
    assert Phone.objects.get(user=alice).number == f"+86{BAIT[0]}"
    client = desk(role)
    answers = [response for _label, response, _due in walk(client, role)]
    for label, model in pages().items():
        if label not in SEEN[role]:
            continue
        model_admin = admin.site._registry[model]
        listed = address(model, "changelist")
        words = [
            client.get(listed, {"q": bait}) for bait in BAIT if model_admin.get_search_fields(world)
        ]
        rows = [str(row.pk) for row in model._default_manager.all()[:5]]
        request = answers[0].wsgi_request
        request.user = User.objects.get(pk=client.session["_auth_user_id"])
        words += [
            client.post(listed, {"action": name, "_selected_action": rows})
            for name in model_admin.get_actions(request)
        ]
        answers += words
    for path in ("/admin/", "/admin/find/", "/zh-hans/admin/"):
        answers.append(client.get(path))
    labels = [answer for answer in answers if _is_label_print(answer)]
    assert all(role == "order clerk" for _answer in labels)
    for answer in answers:
        if answer.status_code != 200 or answer in labels:
            continue
        text = _without_what_was_typed(answer)
        for bait in BAIT:
            assert bait not in text, (bait, answer.request["PATH_INFO"])


def _is_label_print(answer):
    """Labels are the one opening for a batch, by those who may; it is written down."""
    return any(
        template.name == "delivery/staff/labels.html" for template in answer.templates if template
    )


def _without_what_was_typed(answer):
    """A search box shows what was typed into it; that is no finding."""
    text = answer.content.decode()
    if "q" in answer.wsgi_request.GET:
        typed = answer.wsgi_request.GET["q"]
        text = text.replace(f'value="{typed}"', "").replace(quote_plus(typed), "")
    return text


def test_what_is_offered_while_typing_names_nobody(world, desk):
    client = desk("administrator")
    asked = {
        ("catalog", "product", "store"): 200,
        ("accounts", "user", "groups"): 404,  # Roles are ticked, and people offered nowhere.
        ("stores", "storemember", "user"): 404,
        ("orders", "order", "buyer"): 404,
    }
    for (app, model, name), due in asked.items():
        query = {"app_label": app, "model_name": model, "field_name": name, "term": ""}
        answer = client.get("/admin/autocomplete/", query)
        assert answer.status_code == due
        assert not any(bait in answer.content.decode() for bait in BAIT)


def test_the_administrations_log_holds_no_words(world):
    for row in LogEntry.objects.all():
        assert not any(bait in row.object_repr + row.change_message for bait in BAIT)


def test_the_ledgers_hold_no_words_either(world):
    for name in ("AuditEntry", "DisclosureEntry", "ConsentEntry"):
        for row in apps.get_model("privacy", name).objects.values():
            assert not any(bait in str(row) for bait in BAIT)
    assert AuditEntry.objects.exists()


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_leads_only_where_one_may_go(role, world, desk):
    client = desk(role)
    menu = client.get("/admin/").context["sidebar_navigation"]
    links = [item["link"] for group in menu for item in group["items"]]
    assert links
    for link in links:
        assert client.get(link).status_code == 200, link
    lists = {
        address(model, "changelist") for label, model in pages().items() if label in SEEN[role]
    }
    assert lists <= set(links)


def test_shoppers_and_visitors_are_sent_to_the_malls_own_sign_in(client, client_of, alice):
    for browser in (client, client_of(alice)):
        for path in ("/admin/", "/admin/find/", "/admin/orders/order/"):
            assert browser.get(path).status_code == 302
    arrived = client.get("/admin/login/", follow=True)
    assert arrived.redirect_chain[-1][0].startswith("/accounts/login/")


def test_passwords_are_changed_where_everybody_changes_theirs(desk):
    assert desk("auditor").get("/admin/password_change/").url == "/me/security/"
