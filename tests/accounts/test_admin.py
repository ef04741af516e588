"""Staff see people behind masks, and roles can do what they are for."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.enums import Role
from accounts.models import Phone, User
from privacy.models import AuditEntry
from tests.accounts.flows import log_in_by_password

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(bob):
    bob.is_staff = True
    bob.save()
    bob.groups.add(Group.objects.get(name="administrator"))
    return bob


def test_the_roles_exist_and_may_do_their_work(carol, dan):
    assert set(Group.objects.values_list("name", flat=True)) >= {role.value for role in Role}
    assert carol.role_name == "order clerk"
    assert carol.has_perm("accounts.view_user")
    assert carol.has_perm("privacy.open_value")
    assert not carol.has_perm("accounts.change_user")
    assert not carol.has_perm("catalog.change_product")
    assert dan.has_perm("privacy.view_auditentry")
    assert not any(one.startswith("catalog.") for one in dan.get_all_permissions())


def test_the_list_and_the_page_show_masks_only(client_of, carol, alice):
    browser = client_of(carol)
    for path in ("/admin/accounts/user/", f"/admin/accounts/user/{alice.pk}/change/"):
        page = browser.get(path)
        assert page.status_code == 200
        text = page.content.decode()
        assert "••••8001" in text
        assert "a•••@•••.example" in text
        assert "13800138001" not in text
        assert "alice@person.example" not in text
    assert AuditEntry.objects.filter(action="STAFF_LISTED").exists()


@pytest.mark.parametrize("term", ["138 0013 8001", "alice@person.example", "alice"])
def test_staff_find_a_person_by_an_exact_term(client_of, carol, alice, term):
    response = client_of(carol).post("/admin/accounts/user/find/", {"term": term})
    assert response.url == f"/admin/accounts/user/{alice.pk}/change/"
    assert term not in response.url
    assert AuditEntry.objects.filter(action="STAFF_SEARCHED", subject=alice.subject).exists()


def test_half_a_term_finds_nobody(client_of, carol, alice):
    response = client_of(carol).post("/admin/accounts/user/find/", {"term": "alice@person"})
    assert response.url == "/admin/accounts/user/"


def test_a_clerk_changes_nobody(client_of, carol, alice):
    path = f"/admin/accounts/user/{alice.pk}/change/"
    assert client_of(carol).post(path, {"is_staff": "on"}).status_code == 403
    alice.refresh_from_db()
    assert not alice.is_staff


def test_the_administrator_gives_a_role_and_it_is_written_down(client_of, administrator, alice):
    group = Group.objects.get(name="order clerk")
    response = client_of(administrator).post(
        f"/admin/accounts/user/{alice.pk}/change/",
        {"is_active": "on", "is_staff": "on", "groups": [group.pk]},
    )
    assert response.status_code == 302
    assert User.objects.get(pk=alice.pk).role_name == "order clerk"
    entry = AuditEntry.objects.get(action="ROLE_CHANGED")
    assert (entry.subject, entry.detail["given"]) == (alice.subject, "order clerk")
    assert Phone.objects.get(user=alice).number == "+8613800138001"


def test_the_officer_opens_a_number_with_a_reason(client_of, dan, alice):
    row = Phone.objects.get(user=alice)
    browser = client_of(dan)
    page = browser.get("/admin/accounts/phone/")
    assert "13800138001" not in page.content.decode()
    opened = browser.post(f"/admin/accounts/phone/{row.pk}/open/number/", {"reason": "QUESTION"})
    assert "+8613800138001" in opened.content.decode()
    assert AuditEntry.objects.filter(action="VALUE_OPENED", subject=alice.subject).exists()
    page = browser.get("/admin/account/emailaddress/")
    assert page.status_code == 200
    assert "alice@person.example" not in page.content.decode()


def test_staff_sign_in_where_everybody_does(carol):
    client = Client()
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/")
    log_in_by_password(client, "carol@mall.example")
    assert client.get("/admin/accounts/user/").status_code == 200


def test_a_shopper_has_no_business_there(client_of, alice):
    assert client_of(alice).get("/admin/accounts/user/").status_code in {302, 403}


@pytest.mark.parametrize("path", ["/admin/mfa/authenticator/", "/admin/usersessions/usersession/"])
def test_the_librarys_own_pages_are_closed(client_of, administrator, path):
    administrator.is_superuser = True
    administrator.save()
    assert client_of(administrator).get(path).status_code == 404
