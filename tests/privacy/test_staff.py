"""Staff see people behind masks; who opens a value says why, and that is written down first."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import RequestFactory, override_settings
from django.urls import path, reverse
from unfold.sites import UnfoldAdminSite

from accounts.models import Address, Phone, User
from mall import urls as mall_urls
from privacy import keyring
from privacy.enums import AccessReason, Action
from privacy.models import AuditEntry
from privacy.staff import MaskedAdmin, NotDeclared, masked, masked_columns, open_value, subject_of

CLEAR = ("+8613800138001", "13800138001", "林小雨", "桂花路", "alice@person.example")


class AddressAdmin(MaskedAdmin):
    """As an app would write it."""

    list_display = ["code", "recipient", "phone", "street", "city"]


class PhoneAdmin(MaskedAdmin):
    """Found by exact number or its last four digits."""

    list_display = ["user", "number", "verified_at"]
    exact_search = True


site = UnfoldAdminSite(name="admin")
site.register(Address, AddressAdmin)
site.register(Phone, PhoneAdmin)
site.register(User, admin.ModelAdmin)
urlpatterns = [path("admin/", site.urls), *mall_urls.urlpatterns]


@pytest.fixture(autouse=True)
def urls():
    with override_settings(ROOT_URLCONF="tests.privacy.test_staff"):
        yield


@pytest.fixture
def officer(dan, client_of):
    return client_of(dan)


def entries(action=Action.VALUE_OPENED):
    return AuditEntry.objects.filter(action=action)


def open_address(row, column="street"):
    return reverse("admin:accounts_address_open", args=[row.pk, column])


# --- Masks ------------------------------------------------------------------------------


def test_each_column_has_its_mask(address, alice):
    assert masked(address, "recipient") == "林••"
    assert masked(address, "phone") == "••••8001"
    assert masked(address, "street") == "••••••"
    assert masked(address, "city") == "310100"
    assert masked(alice.emailaddress_set.get(), "email") == "a•••@•••.example"


def test_a_column_that_nobody_declared_is_not_shown(address):
    with pytest.raises(NotDeclared):
        masked(address, "seal_id")
    with pytest.raises(NotDeclared):
        masked(address, "nonsense")


def test_a_secret_is_never_shown_and_never_opened(alice, dan):
    assert alice.password not in masked(alice, "password")
    with pytest.raises(NotDeclared):
        open_value(alice, "password", actor=dan, reason=AccessReason.QUESTION)


def test_a_destroyed_value_says_so(address):
    keyring.destroy_keys(address.subject)
    assert masked(Address.objects.get(pk=address.pk), "street") == "erased"


def test_every_sealed_column_is_masked():
    assert set(masked_columns(Address)) == {"recipient", "phone", "street"}
    assert masked_columns(Phone) == ["number"]


def test_the_person_behind_a_row_is_found(address, alice):
    assert subject_of(address) == subject_of(alice) == alice.subject
    assert subject_of(alice.emailaddress_set.get()) == alice.subject


# --- Lists and forms --------------------------------------------------------------------


def test_a_list_shows_masks_and_is_written_down(officer, address):
    page = officer.get(reverse("admin:accounts_address_changelist"))
    text = page.content.decode()
    assert page.status_code == 200
    assert "林••" in text
    assert "••••8001" in text
    for clear in CLEAR:
        assert clear not in text
    assert "no-store" in page["Cache-Control"]
    listed = entries(Action.STAFF_LISTED).get()
    assert listed.detail == {"model": "accounts.Address", "rows": 1}


def test_a_form_shows_masks_and_the_way_to_open_them(officer, address):
    page = officer.get(reverse("admin:accounts_address_change", args=[address.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    assert open_address(address) in text
    for clear in (*CLEAR, str(address.seal_id)):
        assert clear not in text


@pytest.mark.parametrize("number", [1, 12])
def test_a_list_opens_its_keys_with_one_query(
    officer, address, alice, number, django_assert_num_queries
):
    for count in range(number - 1):
        Address.objects.create(
            user=alice,
            subject=alice.subject,
            recipient=f"R{count}",
            phone="+8613800138001",
            street="S",
            province="310000",
            city="310100",
            district="310101",
        )
    officer.get(reverse("admin:accounts_address_changelist"))
    with django_assert_num_queries(1, using="keyring"):
        officer.get(reverse("admin:accounts_address_changelist"))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("list_filter", ["street"]),
        ("search_fields", ["=street"]),
        ("search_fields", ["phone__contains"]),
        ("ordering", ["-recipient"]),
        ("list_editable", ["phone"]),
    ],
)
def test_a_page_that_would_show_what_the_mask_hides_is_refused(option, value):
    wrong = type("Wrong", (AddressAdmin,), {option: value})(Address, site)
    assert "privacy.E020" in [message.id for message in wrong._leaks()]
    assert list(AddressAdmin(Address, site)._leaks()) == []


# --- Opening ----------------------------------------------------------------------------


@pytest.mark.promise("SEC-03")
def test_a_value_is_shown_only_after_a_reason_and_masked_again_afterwards(officer, address, dan):
    url = open_address(address)
    asked = officer.get(url)
    assert "桂花路" not in asked.content.decode()
    assert not entries().exists()

    opened = officer.post(url, {"reason": AccessReason.DELIVERY})
    assert "桂花路88号3单元501室" in opened.content.decode()
    assert "no-store" in opened["Cache-Control"]
    entry = entries().get()
    assert (entry.actor, entry.actor_role) == (dan.subject, "privacy officer")
    assert (entry.subject, entry.reason) == (address.subject, AccessReason.DELIVERY)
    assert entry.detail == {
        "model": "accounts.Address",
        "column": "street",
        "row": str(address.pk),
    }

    again = officer.get(url)
    assert "桂花路" not in again.content.decode()
    assert entries().count() == 1


@pytest.mark.parametrize("reason", ["", "CURIOSITY", "because I want to"])
def test_a_reason_outside_the_list_opens_nothing(officer, address, reason):
    page = officer.post(open_address(address), {"reason": reason})
    assert "桂花路" not in page.content.decode()
    assert not entries().exists()


def test_nothing_is_shown_when_it_cannot_be_written_down(officer, address, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr("privacy.audit.record", broken)
    officer.raise_request_exception = False
    page = officer.post(open_address(address), {"reason": AccessReason.DELIVERY})
    assert page.status_code == 500
    assert "桂花路" not in page.content.decode()


@pytest.mark.parametrize("column", ["city", "seal_id", "subject", "nonsense"])
def test_only_masked_columns_have_a_page(officer, address, column):
    assert officer.get(open_address(address, column)).status_code == 404


@pytest.mark.promise("SEC-03")
def test_who_may_not_open_does_not(client_of, address, bob, carol):
    url = open_address(address)
    assert client_of(bob).get(url).status_code == 302
    # A clerk may open values, but only of rows that a clerk may see.
    assert client_of(carol).post(url, {"reason": "DELIVERY"}).status_code == 403
    assert not entries().exists()


def test_an_auditor_sees_masks_and_opens_nothing(client_of, carol, address):
    from django.contrib.auth.models import Permission

    carol.groups.clear()
    carol.user_permissions.add(Permission.objects.get(codename="view_address"))
    client = client_of(carol)
    listed = client.get(reverse("admin:accounts_address_changelist"))
    assert listed.status_code == 200
    assert client.post(open_address(address), {"reason": "DELIVERY"}).status_code == 403


# --- Finding ----------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["138 0013 8001", "+8613800138001", "8001"])
def test_a_person_is_found_by_an_exact_term_that_stands_in_no_address(officer, alice, bob, term):
    found = officer.post(reverse("admin:accounts_phone_find"), {"term": term})
    assert found.status_code == 302
    assert found["Location"] == reverse("admin:accounts_phone_change", args=[alice.phone.pk])
    entry = entries(Action.STAFF_SEARCHED).get()
    assert entry.subject == alice.subject
    assert term not in str(entry.detail)


def test_several_are_listed(officer, alice, bob):
    bob.phone.number = "+8613900008001"
    bob.phone.save()
    found = officer.post(reverse("admin:accounts_phone_find"), {"term": "8001"}, follow=True)
    assert found.status_code == 200
    assert found.content.decode().count("••••8001") == 2
    assert "8001" not in found.redirect_chain[0][0].replace(f"{alice.phone.pk}", "")


def test_part_of_a_number_finds_nobody(officer, alice):
    found = officer.post(reverse("admin:accounts_phone_find"), {"term": "13800"}, follow=True)
    assert "Nothing is found" in found.content.decode()


def test_searching_is_for_staff(client_of, bob, alice):
    url = reverse("admin:accounts_phone_find")
    assert client_of(bob).post(url, {"term": "8001"})["Location"].startswith("/admin/login/")


def test_the_list_with_a_search_box_shows_it(officer, alice):
    page = officer.get(reverse("admin:accounts_phone_changelist"))
    assert reverse("admin:accounts_phone_find") in page.content.decode()


# --- The administration's own history ---------------------------------------------------


def test_the_log_of_the_administration_holds_no_words_of_a_row(dan, alice):
    kind = ContentType.objects.get_for_model(User)
    message = (
        '[{"changed": {"name": "address", "object": "林小雨 Bait", "fields": ["Street"]}},'
        ' {"added": {}}]'
    )
    LogEntry.objects.create(
        user=dan,
        content_type=kind,
        object_id=str(alice.pk),
        object_repr="alice@person.example",
        action_flag=CHANGE,
        change_message=message,
    )
    row = LogEntry.objects.get()
    assert row.object_repr == f"accounts.user {alice.pk}"
    assert "Bait" not in row.change_message
    assert "Street" in row.get_change_message()


def test_deleting_several_at_once_writes_no_words_either(dan, alice, bob):
    people = User.objects.filter(pk__in=[alice.pk, bob.pk])
    LogEntry.objects.log_actions(dan.pk, people, CHANGE, change_message="free text about 林小雨")
    for row in LogEntry.objects.all():
        assert row.object_repr.startswith("accounts.user ")
        assert row.change_message == ""


def test_a_save_in_the_administration_is_logged_without_words(rf, dan, address):
    model_admin = AddressAdmin(Address, site)
    request = RequestFactory().post("/")
    request.user = dan
    model_admin.log_change(request, address, [{"changed": {"fields": ["City"]}}])
    row = LogEntry.objects.get()
    assert row.object_repr == f"accounts.address {address.pk}"
    assert row.get_change_message() == "Changed City."
