"""Who may open which address, and with which method. An address without an entry fails here."""

from django.test import Client

from tests.security.addresses import LANGUAGES, the_administrations, the_malls
from tests.security.test_bad_input import _filled, undone

ANYBODY = "anybody"
PERSON = "whoever is signed in"
OWNER = "the one whose it is"
STORE = "whoever works for a store"
PARTNER = "a partner, by signature"
STAGE = "somebody half signed in"
MOVED = "leads elsewhere"

LOOK, DO, BOTH = ("GET", "HEAD"), ("POST",), ("GET", "HEAD", "POST")
LIBRARY = (*BOTH, "PUT")
"""The sign-in library's forms take PUT like POST, behind the same checks."""

ACCESS = {
    "healthz": (ANYBODY, LOOK),
    "readyz": (ANYBODY, LOOK),
    "media": (ANYBODY, LOOK),
    "home": (ANYBODY, LOOK),
    "help": (ANYBODY, LOOK),
    "policies": (ANYBODY, LOOK),
    "policy": (ANYBODY, LOOK),
    "transparency": (ANYBODY, LOOK),
    "mall_keys": (ANYBODY, LOOK),
    "privacy:heads": (ANYBODY, LOOK),
    "privacy:heads_json": (ANYBODY, LOOK),
    "privacy:head": (ANYBODY, LOOK),
    "privacy:verifier": (ANYBODY, LOOK),
    "rights:receipt_check": (ANYBODY, BOTH),
    "rights:receipt_check_json": (ANYBODY, DO),
    "rights:receipt_verdict": (ANYBODY, LOOK),
    "rights:receipt": (ANYBODY, LOOK),
    "rights:receipt_file": (ANYBODY, LOOK),
    "catalog:search": (ANYBODY, LOOK),
    "catalog:category": (ANYBODY, LOOK),
    "catalog:product": (ANYBODY, LOOK),
    "stores:store": (ANYBODY, LOOK),
    "notices:demo_outbox": (ANYBODY, ("GET",)),
    "orders:cart": (ANYBODY, LOOK),
    "orders:cart_add": (ANYBODY, DO),
    "orders:cart_change": (ANYBODY, DO),
    "orders:cart_remove": (ANYBODY, DO),
    "orders:cart_undo": (ANYBODY, DO),
    "orders:cart_noted": (ANYBODY, DO),
    "orders:checkout": (PERSON, ("GET", "POST")),
    "orders:list": (PERSON, LOOK),
    "orders:purchase": (OWNER, LOOK),
    "orders:detail": (OWNER, LOOK),
    "orders:cancel": (OWNER, ("GET", "POST")),
    "orders:received": (OWNER, DO),
    "orders:return": (OWNER, ("GET", "POST")),
    "orders:return_sent": (OWNER, DO),
    "orders:return_keep": (OWNER, DO),
    "orders:desk": (STORE, LOOK),
    "orders:desk_order": (STORE, LOOK),
    "orders:desk_act": (STORE, DO),
    "payments:pay": (OWNER, ("GET", "POST")),
    "payments:back": (OWNER, LOOK),
    "partners:payment_notify": (PARTNER, DO),
    "partners_delivery:parcel_notify": (PARTNER, DO),
    "notices:inbox": (PERSON, ("GET",)),
    "notices:message": (OWNER, ("GET",)),
    "notices:read_all": (PERSON, DO),
    "accounts:disagree": (ANYBODY, ("GET",)),
    "accounts:regions": (ANYBODY, ("GET",)),
    "accounts:sign_up_code": (ANYBODY, ("GET", "POST")),
    "accounts:stop": (ANYBODY, ("GET", "POST")),
    "accounts:second_proof": (STAGE, ("GET", "POST")),
    "accounts:second_code": (STAGE, ("GET", "POST")),
    "accounts:me": (PERSON, ("GET",)),
    "accounts:member": (PERSON, ("GET", "POST")),
    "accounts:profile": (PERSON, ("GET", "POST")),
    "accounts:avatar": (PERSON, DO),
    "accounts:addresses": (PERSON, ("GET",)),
    "accounts:address_add": (PERSON, ("GET", "POST")),
    "accounts:address_edit": (OWNER, ("GET", "POST")),
    "accounts:address_delete": (OWNER, ("GET", "POST")),
    "accounts:address_default": (OWNER, DO),
    "accounts:security": (PERSON, ("GET",)),
    "accounts:password": (PERSON, ("GET", "POST")),
    "accounts:fresh_code": (PERSON, ("GET", "POST")),
    "accounts:fresh_confirm": (PERSON, ("GET", "POST")),
    "accounts:change": (PERSON, ("GET", "POST")),
    "accounts:change_code": (PERSON, ("GET", "POST")),
    "accounts:devices": (PERSON, ("GET",)),
    "accounts:devices_end": (PERSON, DO),
    "rights:cancel": (PERSON, ("GET",)),
    "rights:cancel_confirm": (PERSON, ("GET", "POST")),
    "rights:cancel_undo": (PERSON, ("GET", "POST")),
    "rights:delete": (PERSON, ("GET",)),
    "rights:delete_part": (PERSON, ("GET", "POST")),
    "rights:cancelled": (ANYBODY, ("GET",)),
    "rights:cancel_stop": (ANYBODY, ("GET", "POST")),
    "rights:kept": (PERSON, LOOK),
    "rights:keep_longer": (PERSON, DO),
    "rights:exports": (PERSON, ("GET",)),
    "rights:export_ask": (PERSON, DO),
    "rights:export_stop": (ANYBODY, ("GET", "POST")),
    "rights:export": (OWNER, ("GET",)),
    "rights:export_cancel": (OWNER, DO),
    "rights:export_download": (OWNER, LOOK),
    "rights:export_index": (OWNER, ("GET",)),
    "rights:export_read": (OWNER, ("GET",)),
    "account_login": (ANYBODY, LIBRARY),
    "account_logout": (ANYBODY, BOTH),
    "account_inactive": (ANYBODY, LOOK),
    "account_signup": (ANYBODY, ("GET", "POST")),
    "account_request_login_code": (ANYBODY, ("GET", "POST")),
    "account_confirm_login_code": (ANYBODY, ("GET", "POST")),
    "account_reauthenticate": (PERSON, LIBRARY),
    "mfa_authenticate": (STAGE, LIBRARY),
    "mfa_reauthenticate": (PERSON, LIBRARY),
    "mfa_activate_totp": (PERSON, LIBRARY),
    "mfa_deactivate_totp": (PERSON, LIBRARY),
    "mfa_view_recovery_codes": (PERSON, LOOK),
    "mfa_generate_recovery_codes": (PERSON, LIBRARY),
    "mfa_download_recovery_codes": (PERSON, LOOK),
    **dict.fromkeys(
        (
            "mfa_index", "account_email", "account_email_verification_sent",
            "account_change_password", "account_set_password", "account_reset_password",
            "account_change_phone", "account_verify_phone", "usersessions_list",
        ),
        (MOVED, ()),
    ),
}  # fmt: skip
OPEN_TO_ALL_IN_THE_ADMINISTRATION = {"admin:login", "admin:logout", "admin:password_change"}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


def _ask(client, method, url):
    with undone(client):
        return client.generic(
            method,
            url,
            content_type="application/x-www-form-urlencoded",
            headers={"origin": "http://testserver"},
        )


def _to_login(answer):
    where = answer.headers.get("Location", "")
    return answer.status_code == 302 and ("/accounts/login/" in where or "/admin/login/" in where)


def _do(methods):
    return "POST" if methods == DO else "GET"


def _each(kind):
    for address in the_malls():
        allowed_to, methods = ACCESS[address.name]
        if allowed_to == kind:
            for language in LANGUAGES:
                yield address, methods, language


def test_every_address_says_who_may_open_it():
    assert {one.name for one in the_malls()} == set(ACCESS)


def test_what_anybody_may_open_asks_nobody_to_log_in(house):
    for address, methods, language in _each(ANYBODY):
        url = address.url(_filled(house, house.bob, address.name), language)
        answer = _ask(Client(), _do(methods), url)
        assert not _to_login(answer) or "code" in address.name, address.name
        assert answer.status_code != 403, address.name


def test_visitors_are_led_to_log_in_and_see_nothing(house):
    for kind in (PERSON, OWNER, STORE, STAGE):
        for address, methods, language in _each(kind):
            url = address.url(_filled(house, house.bob, address.name), language)
            answer = _ask(Client(), _do(methods), url)
            assert _to_login(answer), (address.name, answer.status_code)


def test_what_is_somebody_elses_does_not_exist(house, client_of):
    strangers = {
        "alice": client_of(house.alice.person),
        "carol": client_of(house.carol),
        "keeper": client_of(house.keeper),
    }
    for address, methods, language in _each(OWNER):
        url = address.url(_filled(house, house.bob, address.name), language)
        for name, client in strangers.items():
            for method in set(methods) - {"HEAD"}:
                answer = _ask(client, method, url)
                assert answer.status_code == 404, (name, method, address.name)
        mine = _ask(client_of(house.bob.person), _do(methods), url)
        assert mine.status_code in {200, 302, 303, 422}, address.name


def test_a_stores_desk_exists_for_its_people_alone(house, client_of):
    for address, methods, language in _each(STORE):
        url = address.url(_filled(house, house.bob, address.name), language)
        for person in (house.alice.person, house.bob.person, house.carol):
            assert _ask(client_of(person), _do(methods), url).status_code == 404, address.name
        answer = _ask(client_of(house.keeper), _do(methods), url)
        assert answer.status_code in {200, 303, 404}, address.name


def test_another_stores_order_does_not_exist_at_the_desk(house, client_of):
    """The keeper works for the tea house; the lamp is another store's."""
    lamp = house.bob.purchase.orders.get(store__slug="lamp-house")
    keeper = client_of(house.keeper)
    for url, method in (
        (f"/seller/orders/{lamp.code}/", "GET"),
        (f"/seller/orders/{lamp.code}/cancel/", "POST"),
    ):
        assert _ask(keeper, method, url).status_code == 404


def test_partners_are_known_by_their_signature_alone(house, client_of):
    for address, _methods, _language in _each(PARTNER):
        url = address.url(_filled(house, house.bob, address.name))
        for client in (Client(), client_of(house.carol)):
            answer = client.post(url, b"a=b", content_type="application/x-www-form-urlencoded")
            assert answer.status_code in {400, 401}, address.name


def test_old_addresses_lead_to_the_malls_own_pages(house):
    for address, _methods, language in _each(MOVED):
        answer = _ask(Client(), "GET", address.url({}, language))
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/"), address.name


def test_a_wrong_method_is_refused(house, client_of):
    alice = client_of(house.alice.person)
    for address in the_malls():
        kind, methods = ACCESS[address.name]
        if kind in {MOVED, STAGE}:
            continue
        url = address.url(_filled(house, house.alice, address.name))
        for method in METHODS:
            if method not in methods:
                status = _ask(alice, method, url).status_code
                # A library page may first lead on whoever has nothing to do there.
                right = {405} if methods is not LIBRARY and ":" in address.name else {405, 302}
                assert status in right, (address.name, method, status)


def test_every_change_needs_a_token_or_our_own_origin(house, client_of):
    """A form from elsewhere is refused at every address that takes one."""
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_of(house.alice.person).cookies
    for address in the_malls():
        kind, methods = ACCESS[address.name]
        if "POST" not in methods or kind in {PARTNER, MOVED}:
            continue
        url = address.url(_filled(house, house.alice, address.name))
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            with undone(client):
                answer = client.post(url, {"sku": "T1"}, headers=headers)
            assert answer.status_code == 403, (address.name, answer.status_code)


# --- The administration ------------------------------------------------------------------------


def test_the_administration_is_closed_to_everybody_else(house, client_of):
    alice = client_of(house.alice.person)
    for address in the_administrations():
        if address.name in OPEN_TO_ALL_IN_THE_ADMINISTRATION:
            continue
        url = address.url(_filled(house, house.bob, address.name))
        for client in (Client(), alice):
            for method in ("GET", "POST"):
                answer = _ask(client, method, url)
                assert _to_login(answer), (address.name, method, answer.status_code)


def test_each_role_opens_the_lists_of_its_rights_alone(house, client_of, dan):
    for person in (house.carol, dan):
        client = client_of(person)
        for address in the_administrations():
            name = address.name.removeprefix("admin:")
            if not name.endswith("_changelist"):
                continue
            app, _bar, model = name.removesuffix("_changelist").partition("_")
            may = any(person.has_perm(f"{app}.{verb}_{model}") for verb in ("view", "change"))
            status = _ask(client, "GET", address.url({})).status_code
            assert status == (200 if may else 403), (person.member_name, name, status)
