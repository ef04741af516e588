"""The Personal Center: whose it is, what it shows, how little it asks of the database."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.models import Address, Profile, User
from accounts.queries import address_of, addresses_of, find_people, missing_for_trade
from accounts.services import add_address, register_person
from accounts.services.addresses import MOST_ADDRESSES
from common import regions
from tests.accounts.flows import log_in_by_password

pytestmark = pytest.mark.django_db

PAGES = [
    "/me/",
    "/me/member/",
    "/me/profile/",
    "/me/addresses/",
    "/me/addresses/add/",
    "/me/security/",
    "/me/devices/",
    "/me/security/password/",
    "/me/security/phone/",
    "/me/security/email/",
    "/me/security/still-you/",
    "/accounts/2fa/totp/activate/",
]
PLACE = {"province": "310000", "city": "310100", "district": "310101"}


@pytest.fixture
def browser(client, alice):
    log_in_by_password(client, "alice@person.example")
    return client


@pytest.mark.promise("ACC-02")
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("prefix", ["", "/zh-hans"])
def test_pages_are_for_those_who_are_signed_in(browser, path, prefix):
    stranger = Client().get(prefix + path)
    assert stranger.status_code == 302
    assert "/accounts/login/" in stranger.url
    page = browser.get(prefix + path)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/login/code/", "/accounts/signup/"])
def test_whoever_is_signed_in_is_led_on(browser, path):
    assert browser.get(path).url == "/me/"


@pytest.mark.promise("SEC-04")
@pytest.mark.parametrize(("action", "data"), [("", {}), ("delete/", {}), ("default/", {})])
def test_nobody_reaches_the_addresses_of_others(client, alice, address, bob, action, data):
    log_in_by_password(client, "bob@person.example")
    path = f"/me/addresses/{address.code}/{action}"
    assert client.post(path, data).status_code == 404
    if action != "default/":
        assert client.get(path).status_code == 404
    assert address_of(bob, address.code) is None
    assert Address.objects.count() == 1


@pytest.mark.parametrize("path", ["/me/profile/picture/", "/me/devices/end/"])
def test_what_changes_something_takes_a_post(browser, path):
    assert browser.get(path).status_code == 405


# --- Profile ----------------------------------------------------------------------------


@pytest.mark.promise("PRO-01")
def test_a_profile_is_filled_and_cleared(browser, alice):
    browser.post("/me/profile/", {"nickname": "小雨", "gender": "WOMAN"})
    row = Profile.objects.get(user=alice)
    assert (row.nickname, row.gender) == ("小雨", "WOMAN")
    browser.post("/me/profile/", {"nickname": "", "gender": ""})
    row = Profile.objects.get(user=alice)
    assert (row.nickname, row.gender) == ("", None)


@pytest.mark.promise("PRO-01")
def test_an_empty_profile_takes_nothing_away(browser, alice):
    browser.post("/me/profile/", {"nickname": "", "gender": ""})
    alice.refresh_from_db()
    assert missing_for_trade(alice) == []


@pytest.mark.promise("PRO-03")
def test_what_is_public_says_so(browser):
    page = browser.get("/me/profile/").content.decode()
    assert "Your nickname and your picture are public." in page
    assert page.count("Public: others see it.") == 2


def picture(kind="JPEG", size=(900, 600)):
    image = Image.new("RGB", size, "#84480a")
    exif = Image.Exif()
    exif[0x010F] = "CAMERA-MAKER"
    exif.get_ifd(0x8825)[1] = "N"
    written = io.BytesIO()
    image.save(written, kind, exif=exif)
    return SimpleUploadedFile("me.jpg", written.getvalue(), "image/jpeg")


@pytest.mark.promise("PRO-01")
def test_a_picture_is_drawn_anew_without_what_the_camera_wrote(browser, alice):
    file = picture()
    assert b"CAMERA-MAKER" in file.read()
    file.seek(0)
    browser.post("/me/profile/picture/", {"picture": file})
    name = Profile.objects.get(user=alice).avatar
    with default_storage.open(name) as stored:
        content = stored.read()
    assert b"CAMERA-MAKER" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (320, 320)
        assert not image.getexif()
    assert f"/media/{name}" in browser.get("/me/profile/").content.decode()


def test_a_picture_and_its_file_go(browser, alice, django_capture_on_commit_callbacks):
    browser.post("/me/profile/picture/", {"picture": picture()})
    name = Profile.objects.get(user=alice).avatar
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/me/profile/picture/", {"action": "clear"})
    assert Profile.objects.get(user=alice).avatar == ""
    assert not default_storage.exists(name)


@pytest.mark.parametrize(
    "content", [b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_refused(browser, alice, content):
    file = SimpleUploadedFile("me.png", content, "image/png")
    response = browser.post("/me/profile/picture/", {"picture": file})
    assert "This is not a picture that we can read." in response.content.decode()
    assert Profile.objects.get(user=alice).avatar == ""


def test_a_name_that_is_taken_is_said(browser, bob, alice):
    response = browser.post("/me/member/", {"member_name": "BOB"})
    assert "This name is taken." in response.content.decode()
    alice.refresh_from_db()
    assert alice.member_name == "alice"


# --- Addresses --------------------------------------------------------------------------


def typed(**more):
    return {
        "recipient": "林小雨",
        "phone": "138 0013 8001",
        "street": "桂花路88号",
        "postcode": "200001",
        **PLACE,
        **more,
    }


def test_the_first_address_is_the_default_until_another_one_becomes_it(browser, alice):
    browser.post("/me/addresses/add/", typed())
    browser.post("/me/addresses/add/", typed(recipient="Second"))
    assert [(one.recipient, one.is_default) for one in addresses_of(alice)] == [
        ("林小雨", True),
        ("Second", False),
    ]
    second = addresses_of(alice)[1]
    browser.post(f"/me/addresses/{second.code}/default/")
    assert [one.recipient for one in addresses_of(alice)] == ["Second", "林小雨"]
    browser.post(f"/me/addresses/{second.code}/delete/")
    assert [(one.recipient, one.is_default) for one in addresses_of(alice)] == [("林小雨", True)]


def test_an_address_is_edited(browser, alice, address):
    page = browser.get(f"/me/addresses/{address.code}/")
    assert "桂花路88号3单元501室" in page.content.decode()
    browser.post(f"/me/addresses/{address.code}/", typed(street="新街1号"))
    assert address_of(alice, address.code).street == "新街1号"
    assert address_of(alice, address.code).is_default


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"province": ""}, "province"),
        ({"province": "999999"}, "province"),
        ({"province": "330000"}, "city"),
        ({"district": "330106"}, "district"),
        ({"postcode": "12"}, "postcode"),
        ({"street": " "}, "street"),
    ],
)
def test_a_wrong_address_is_refused_and_nothing_is_lost(browser, alice, wrong, field):
    response = browser.post("/me/addresses/add/", typed(**wrong))
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert "林小雨" in response.content.decode()
    assert addresses_of(alice) == []


def test_regions_are_chosen_without_javascript(browser, alice):
    step = {"action": "regions", "recipient": "林小雨", "street": "西溪路1号"}
    first = browser.post("/me/addresses/add/", {**step, "province": "330000"})
    assert 'value="330100"' in first.content.decode()
    assert "林小雨" in first.content.decode()
    assert not first.context["form"].errors
    second = browser.post("/me/addresses/add/", {**step, "province": "330000", "city": "330100"})
    assert 'value="330106"' in second.content.decode()
    assert addresses_of(alice) == []


def test_regions_are_answered_to_the_page(client):
    found = client.get("/accounts/regions/?below=330100").json()["regions"]
    assert ["330106", "Xihu District"] in found or any(code == "330106" for code, _name in found)
    assert client.get("/accounts/regions/?below=nonsense").json() == {"regions": []}


@pytest.mark.parametrize("province", [one.code for one in regions.provinces()])
def test_every_province_can_be_delivered_to(browser, alice, province):
    city = regions.cities(province)[0].code
    district = regions.districts(city)[0].code
    browser.post("/me/addresses/add/", typed(province=province, city=city, district=district))
    assert len(addresses_of(alice)) == 1


def test_an_address_book_has_an_end(browser, alice, address):
    for _number in range(MOST_ADDRESSES - 1):
        Address.objects.create(
            user=alice, subject=alice.subject, recipient="x", phone="y", street="z", **PLACE
        )
    response = browser.post("/me/addresses/add/", typed())
    assert "You have 50 addresses." in response.content.decode()


# --- How much it asks -------------------------------------------------------------------


def queries_of(client, path):
    with CaptureQueriesContext(connections["default"]) as seen:
        assert client.get(path).status_code == 200
    return [one["sql"] for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]]


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize("path", ["/me/", "/me/addresses/"])
def test_the_pages_stay_within_eight_queries(browser, alice, rows, path):
    for _number in range(rows):
        add_address(alice, recipient="x", phone="y", street="z", **PLACE)
    browser.get(path)
    found = queries_of(browser, path)
    assert len(found) <= 8, "\n".join(found)
    with CaptureQueriesContext(connections["keyring"]) as keys:
        browser.get("/me/addresses/")
    assert len(keys) <= 1


# --- Staff find people ------------------------------------------------------------------


@pytest.mark.parametrize("term", ["138 0013 8001", "ALICE@person.example", "Alice"])
def test_people_are_found_by_exact_terms_only(alice, bob, term):
    assert find_people(term) == [alice]
    assert find_people(term[:-1]) == []


def test_a_person_has_no_name_but_the_public_one(alice):
    assert alice.display_name == "Alice"
    nobody = register_person(phone="+8613900139009")
    assert nobody.display_name == ""
    assert "139" not in str(nobody)
    assert User.objects.get(pk=nobody.pk).role_name == ""
