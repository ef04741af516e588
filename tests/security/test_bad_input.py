"""Nonsense at every address: never a broken page, never a change to what is somebody else's."""

import contextlib
import json
from copy import deepcopy
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

from accounts.models import Address, Phone, Profile, User
from common.paging import _encode
from delivery.models import Parcel
from notices.models import Message
from orders.models import Cart, CartLine, Order, Purchase, ReturnRequest
from payments.models import Payment
from tests.security.addresses import LANGUAGES, the_administrations, the_malls

DEEP = "[" * 3000
NASTY = [
    "",
    "a" * 10_000,
    "-1",
    "0",
    "9" * 25,
    "9" * 5000,
    "1e309",
    "²",
    "１２３４５６",
    "😀🧑‍🌾\u202eمرحبا",
    "㌖" * 30,
    "\ud7ff\ufffe\uffff",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "//evil.example/",
    "javascript:alert(1)",
    "evil",
    "http://[",
    "a:b & !c | (d",
    "\\ ' \" \t\r\n x",
    "{{ 7*7 }}%s%(x)s{0}",
    "null",
    "[]",
    DEEP,
    '{"lines": {"T1": [Infinity, NaN]}, "fees": {}, "total": Infinity}',
    '{"lines": {"T1": [1, 2, 3]}, "fees": [], "total": "x"}',
    _encode(["2026-13-45T99:99:99", "x"]),
    _encode([float("inf"), float("nan")]),
    _encode([None, {"a": []}]),
    _encode(["0001-01-01T00:00:00+14:00", 2**70]),
    _encode([2**70, 2**70, 2**70]),
    _encode(["\ud800", "\x00"]),
]
WITH_NUL = ["\x00", "a\x00b", "T1\x00"]
ASKED = [
    "q", "sort", "after", "category", "store", "from", "to", "stock", "colour", "sku", "next",
    "state", "code", "added", "removed", "problem", "below", "out_trade_no", "sign", "sign_type",
    "process", "all", "page", "extra",
]  # fmt: skip
ASKED_OF_STAFF = [
    "q", "o", "p", "e", "all", "_popup", "_changelist_filters", "confirm", "todo",
    "state__exact", "placed_at_from", "term", "app_label", "model_name", "field_name", "pk__in",
    "id__exact", "return", "s",
]  # fmt: skip
SENT = [
    "login", "password", "age_band", "adult_month", "adult_year", "member_name", "terms", "policy",
    "terms_text", "policy_text", "code", "action", "address", "nickname", "gender", "recipient",
    "phone", "province", "city", "district", "street", "postcode", "make_default", "device", "to",
    "sku", "quantity", "next", "cart", "shown", "save_address", "delivery_wish", "remark",
    "provider", "exempt_confirmed", "method_tea-house", "reason", "quantity0", "tracking",
    "return", "refusal", "refund_1", "once", "step", "term", "day", "store", "on_hand", "remember",
    "longer", "family", "language", "with_files", "file",
]  # fmt: skip
SENT_BY_STAFF = [name for name in SENT if name != "store"]
"""Django's own choice of a row with search takes numbers only (docs/security.md)."""
TRICKY_HEADERS = [
    {"HTTP_ORIGIN": "http://["},
    {"HTTP_ORIGIN": "null", "HTTP_HX_REQUEST": "true"},
    {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_HX_REQUEST": "true"},
    {"HTTP_ORIGIN": "http://testserver"},
    {"HTTP_COOKIE": "cart=" + "a" * 5000, "HTTP_ACCEPT_LANGUAGE": "zh," * 500},
    {"HTTP_COOKIE": "cart=%00\xff; sessionid=\xff", "HTTP_IF_NONE_MATCH": '"', "HTTP_RANGE": "x"},
    {"HTTP_HOST": "evil.example"},
    {"HTTP_HOST": "[::", "HTTP_X_FORWARDED_HOST": "evil.example"},
]


@contextlib.contextmanager
def undone(client):
    """Whatever happens inside has not happened; a broken statement breaks nothing after it."""
    mark, cookies = transaction.savepoint(), deepcopy(client.cookies)
    try:
        yield
    finally:
        client.cookies = cookies
        connection.needs_rollback = False
        transaction.savepoint_rollback(mark)


class Prober:
    """Sends nonsense and remembers what broke; the answer of each is undone."""

    def __init__(self):
        self.broken = []
        self.sent = 0

    def send(self, client, method, url, *args, **kwargs):
        self.sent += 1
        with undone(client):
            try:
                response = getattr(client, method)(url, *args, **kwargs)
                status = response.status_code
                if status >= 500 and status != 503:
                    self.broken.append(f"{method} {url[:100]} -> {status}")
                elif not response.streaming and b"Traceback" in response.content:
                    self.broken.append(f"{method} {url[:100]} shows a traceback")
            except Exception as error:  # noqa: BLE001 - every kind of failure counts
                where = error.__traceback__
                while where.tb_next is not None:
                    where = where.tb_next
                code = where.tb_frame.f_code
                self.broken.append(
                    f"{method} {url[:100]} {str(kwargs or args)[:200]} -> "
                    f"{type(error).__name__}: {str(error)[:60]} at {code.co_filename[-50:]}:"
                    f"{where.tb_lineno}"
                )

    def end(self):
        kinds = {one.rpartition(" -> ")[2]: one for one in self.broken}
        assert not kinds, f"{len(self.broken)} of {self.sent} broke:\n" + "\n\n".join(
            kinds.values()
        )


def _filled(house, of, name):
    """What an address asks for, out of somebody's belongings."""
    order = of.order if name == "orders:cancel" else of.arrived
    codes = {
        "orders": order.code,
        "accounts": of.address.code,
        "payments": of.payment.code,
        "notices": of.message.code,
        "rights": of.export.code,
    }
    code = of.purchase.code if name == "orders:purchase" else codes.get(name.partition(":")[0], "")
    return {
        "code": code,
        "return_code": of.returned.code,
        "verb": "approve",
        "name": {"accounts": "phone", "rights": "index.html"}.get(
            name.partition(":")[0], "pictures/x.webp"
        ),
        "token": "not-signed",
        "secret": "NOTTHEWORD",
        "kind": "privacy",
        "part": "nickname",
        "case": "7K2M9QXA",
        "day": date(2027, 1, 1),
        "slug": {"stores:store": "tea-house", "catalog:category": "tea"}.get(name, "t1"),
        "provider": "redirect_rsa2",
        "carrier": "parcel-line",
        "object_id": str(of.arrived.pk),
        "column": "phone",
        "run": "NOSUCHRUN",
        "pk": of.arrived.lines.get().variant_id,
        "content_type_id": "1",
        "app_label": "orders",
        "url": "nowhere",
    }


def _rotated(names, values, turn):
    return {name: values[(place * 7 + turn) % len(values)] for place, name in enumerate(names)}


@pytest.fixture
def prober(caplog):
    caplog.set_level("CRITICAL")
    return Prober()


READS_ITS_ADDRESS = {
    "catalog:search", "catalog:product", "orders:list", "orders:desk", "orders:cart",
    "notices:inbox", "payments:back", "accounts:regions", "accounts:member", "account_login",
}  # fmt: skip


def _turns(address, number):
    """All of it for pages that read their address; elsewhere every eighth, each page others."""
    if address.name in READS_ITS_ADDRESS:
        return range(len(NASTY))
    return range(number % 8, len(NASTY), 8)


def _people(house, client_of):
    return {
        "nobody": Client(),
        "alice": client_of(house.alice.person),
        "carol": client_of(house.carol),
        "keeper": client_of(house.keeper),
    }


def test_nonsense_in_an_address_breaks_no_page(house, client_of, prober):
    people = _people(house, client_of)
    for number, address in enumerate(the_malls()):
        mine = _filled(house, house.alice, address.name)
        for turn in _turns(address, number):
            who = ("nobody", "alice", "alice", "keeper")[(turn + number) % 4]
            url = address.url(mine, LANGUAGES[turn % 2])
            prober.send(people[who], "get", url, _rotated(ASKED, NASTY, turn))
    prober.end()


def test_nonsense_in_a_form_breaks_no_page(house, client_of, prober):
    people = _people(house, client_of)
    for number, address in enumerate(the_malls()):
        mine = _filled(house, house.alice, address.name)
        for turn in _turns(address, number):
            who = ("nobody", "alice", "alice", "keeper")[(turn + number) % 4]
            url = address.url(mine, LANGUAGES[turn % 2])
            data = _rotated(SENT, NASTY, turn)
            prober.send(people[who], "post", url, data, HTTP_ORIGIN="http://testserver")
    prober.end()


@pytest.mark.slow
def test_one_wrong_field_in_a_right_form_breaks_nothing(house, client_of, prober):
    """Each form nearly right, one field at a time wrong: the checks behind the first one."""
    alice = client_of(house.alice.person)
    right = {
        "/checkout/": {
            "cart": Cart.objects.get(user=house.alice.person, ordered_at=None).code,
            "shown": '{"lines": {"T1": [1, 9900]}, "fees": {"tea-house": 800}, "total": 10700}',
            "address": house.alice.address.code,
            "provider": "redirect_rsa2",
        },
        "/me/addresses/add/": {
            "recipient": "林", "phone": "13800138001", "province": "310000", "city": "310100",
            "district": "310101", "street": "x", "postcode": "200001",
        },
        "/me/member/": {"member_name": "new_name"},
        "/me/profile/": {"nickname": "n", "gender": ""},
        "/me/devices/end/": {"device": "1"},
        f"/me/orders/{house.alice.arrived.code}/return/": {
            "reason": "changed_mind", "quantity0": "1",
        },
        "/accounts/signup/": {
            "login": "new@person.example", "age_band": "TEEN", "adult_month": "1",
            "adult_year": "2028", "member_name": "x", "password": "", "terms": "on",
        },
        "/accounts/login/": {"login": "alice@person.example", "password": "wrong"},
        "/accounts/login/code/": {"login": "13800138077", "next": "/"},
        "/cart/add/": {"sku": "T1", "quantity": "1", "next": ""},
        "/cart/change/": {"sku": "T1", "quantity": "1"},
        "/cart/remove/": {"sku": "T1"},
    }  # fmt: skip
    for url, form in right.items():
        client = Client() if url.startswith("/accounts/") else alice
        for place, field in enumerate(form):
            for value in NASTY[place % 3 :: 3] if url != "/checkout/" else NASTY:
                prober.send(
                    client, "post", url, {**form, field: value}, HTTP_ORIGIN="http://testserver"
                )
    prober.end()


def test_zero_bytes_are_refused_everywhere(house, client_of, prober):
    people = _people(house, client_of)
    for address in the_malls():
        mine = _filled(house, house.alice, address.name)
        for who in ("nobody", "alice"):
            url = address.url(mine)
            for value in WITH_NUL[1:2]:
                prober.send(people[who], "get", url, dict.fromkeys(ASKED, value))
                data = dict.fromkeys(SENT, value)
                prober.send(people[who], "post", url, data, HTTP_ORIGIN="http://testserver")
    prober.end()


BROKEN_PATHS = (
    "%00",
    "a%00b",
    "%FF%FE",
    "%ED%A0%80",
    "%F0%9F%98%80",
    "a" * 400,
    "..%2F..%2Fx",
    "²",
)


DAY = "2027-03-31"


def test_nonsense_in_a_path_breaks_no_page(house, client_of, prober):
    people = _people(house, client_of)
    for address in the_malls():
        if not address.needs:
            continue
        # A day in an address is looked at before the page is: nonsense takes a real one's place.
        stand_ins = {need: DAY if need == "day" else "QQQ" for need in address.needs}
        template = address.url({**_filled(house, house.alice, address.name), **stand_ins})
        for nonsense in BROKEN_PATHS:
            for who in ("nobody", "alice", "keeper"):
                prober.send(
                    people[who], "get", template.replace("QQQ", nonsense).replace(DAY, nonsense)
                )
                prober.send(
                    people[who], "post", template.replace("QQQ", nonsense).replace(DAY, nonsense)
                )
    prober.end()


@pytest.mark.slow
def test_broken_bodies_and_headers_break_no_page(house, client_of, prober):
    people = _people(house, client_of)
    form = "application/x-www-form-urlencoded"
    bodies = [
        (b"", form),
        (b"\xff\xfe=\xff&&&=&a", form),
        (b"&".join(b"f%d=1" % number for number in range(1500)), form),
        (b"a=1&" * 200 + b"code=x&code=y&sku=1&sku=2", form),
        (b"{" * 500, "application/json"),
        (json.dumps([1, 2]).encode(), "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"no boundary", "multipart/form-data"),
        (b"x=1", form + "; charset=utf-16"),
        (b"", ""),
    ]
    for number, address in enumerate(the_malls()):
        url = address.url(_filled(house, house.alice, address.name))
        for turn, (body, kind) in enumerate(bodies):
            if (turn + number) % 2:
                continue
            client = people[("nobody", "alice", "keeper")[(turn + number) % 3]]
            extra = {"HTTP_SEC_FETCH_SITE": "same-origin"}
            prober.send(client, "post", url, data=body, content_type=kind, **extra)
        for turn, headers in enumerate(TRICKY_HEADERS):
            client = Client() if "HTTP_COOKIE" in headers else people["alice"]
            method = ("get", "post")[turn % 2 if "HTTP_COOKIE" not in headers else 0]
            prober.send(client, method, url, **headers)
            prober.send(client, "post", url, **headers)
    prober.end()


def test_odd_methods_break_no_page(house, client_of, prober):
    alice = client_of(house.alice.person)
    for address in the_malls():
        url = address.url(_filled(house, house.alice, address.name))
        for method in ("head", "put", "delete", "patch", "options", "trace"):
            prober.send(alice, method, url)
    prober.end()


@pytest.mark.slow
def test_the_administration_takes_nonsense_too(house, client_of, prober):
    carol = client_of(house.carol)
    house.carol.is_superuser = True
    house.carol.save()
    for number, address in enumerate(the_administrations()):
        if address.name in {"admin:logout", "admin:login"}:
            continue
        filled = _filled(house, house.bob, address.name)
        for turn in range(number % 17, len(NASTY), 17):
            url = address.url(filled, LANGUAGES[turn % 2])
            prober.send(carol, "get", url, _rotated(ASKED_OF_STAFF, NASTY, turn))
            prober.send(carol, "post", url, _rotated(SENT_BY_STAFF, NASTY, turn))
        for name in address.needs:
            if name in {"object_id", "content_type_id", "column"}:
                for value in ("²", "x\x00"):
                    with contextlib.suppress(Exception):  # Some cannot stand in the address.
                        prober.send(carol, "get", address.url({**filled, name: value}))
    prober.end()


PICTURES = [
    b"",
    b"GIF89a",
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\xff\xff\x00\x01\xff\xff\x08\x02\x00\x00\x00",
    b"\xff\xd8\xff\xe1\x00\x08Exif\x00\x00" + b"\xff" * 30,
    b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 40,
]


def test_what_is_no_picture_breaks_nothing(house, client_of, prober):
    alice = client_of(house.alice.person)
    for content in PICTURES:
        for name in ("x.png", "x.svg", "../../x.webp", "😀" * 60 + ".jpg"):
            file = SimpleUploadedFile(name, content, content_type="image/png")
            prober.send(alice, "post", "/me/profile/picture/", {"picture": file})
    prober.end()


# --- What is somebody else's ------------------------------------------------------------------


def _rows_of(person):
    """Every row of the person's own, as the database holds it."""
    found = {}
    for model, condition in (
        (User, {"pk": person.pk}),
        (Profile, {"user": person}),
        (Phone, {"user": person}),
        (Address, {"user": person}),
        (Message, {"person": person}),
        (Cart, {"user": person}),
        (CartLine, {"cart__user": person}),
        (Purchase, {"buyer": person}),
        (Order, {"buyer": person}),
        (ReturnRequest, {"subject": person.subject}),
        (Payment, {"subject": person.subject}),
        (Parcel, {"subject": person.subject}),
    ):
        names = [column.attname for column in model._meta.concrete_fields]
        with connection.cursor() as cursor:
            query = model._default_manager.filter(**condition).order_by("pk").values_list("pk")
            keys = [row[0] for row in query]
            columns = ", ".join(f'"{model._meta.get_field(n).column}"' for n in names)
            cursor.execute(
                f"SELECT {columns} FROM {model._meta.db_table} WHERE id = ANY(%s) ORDER BY id",
                [keys],
            )
            found[model._meta.label] = cursor.fetchall()
    assert all(found.values())
    return found


def test_nobody_changes_what_is_bobs(house, client_of):
    """Not undone here: whatever strangers send to bob's addresses, his rows stay as they are."""
    before = _rows_of(house.bob.person)
    strangers = [Client(), client_of(house.alice.person), client_of(house.carol)]
    forms = [
        {},
        {"reason": "changed_mind", "quantity0": "1", "recipient": "x", "action": "again"},
        {"tracking": "1", "address": "x", "return": house.bob.returned.code, "device": "1"},
    ]
    for address in the_malls():
        if address.name == "account_logout":
            continue
        url = address.url(_filled(house, house.bob, address.name))
        for client in strangers:
            client.get(url)
            for form in forms:
                client.post(url, form, HTTP_ORIGIN="http://testserver")
    assert _rows_of(house.bob.person) == before
