"""A person asks for a copy, watches it, reads it and fetches it; a stranger gets nothing."""

import io
import zipfile
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts.enums import IdentifierKind
from accounts.services import identifiers
from notices.models import Message
from privacy.export.enums import ExportState
from privacy.models import AuditEntry, ExportPackage, Receipt
from privacy.receipts import check_code
from rights import copies


def ask(client, **more):
    return client.post("/me/export/ask/", {"language": "en", "with_files": "on", **more})


def test_asking_twice_makes_one_copy(alice, shown, jobs):
    client = shown(alice)
    first, second = ask(client), ask(client)
    package = ExportPackage.objects.get()
    assert first.url == second.url == f"/me/export/{package.code}/"
    jobs()
    package.refresh_from_db()
    assert package.state == ExportState.READY
    page = client.get(first.url).content.decode()
    assert "Fetch it as a ZIP file" in page


def test_the_zip_is_fetched_whole_and_from_any_byte_on(alice, address, shown, copy_of):
    package = copy_of(alice)
    client = shown(alice)
    url = f"/me/export/{package.code}/data.zip"
    whole = client.get(url)
    content = b"".join(whole)
    assert int(whole["Content-Length"]) == len(content) == package.size
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    rest = client.get(url, headers={"Range": "bytes=1000-"})
    assert (rest.status_code, b"".join(rest)) == (206, content[1000:])
    assert b"".join(client.get(url, headers={"Range": "bytes=-22"})) == content[-22:]
    assert client.get(url, headers={"Range": f"bytes={len(content)}-"}).status_code == 416
    other = client.get(url, headers={"Range": "bytes=1000-", "If-Range": '"another"'})
    assert other.status_code == 200
    assert AuditEntry.objects.filter(action="EXPORT_TAKEN").count() == 2


def test_whoever_signed_in_by_password_shows_something_else_first(alice, shown, copy_of):
    package = copy_of(alice)
    for url in (
        f"/me/export/{package.code}/data.zip",
        f"/me/export/{package.code}/read/index.html",
    ):
        for then in (None, "password"):
            answer = shown(alice, then=then).get(url)
            assert answer.status_code == 302
            assert answer.url.startswith("/me/security/still-you/?next=%2Fme%2Fexport")
        by_code = shown(alice, at_sign_in="code", then="code").get(url)
        assert by_code.url.startswith("/accounts/reauthenticate/")
        assert shown(alice).get(url).status_code == 200


def test_somebody_elses_copy_is_not_there(alice, bob, shown, copy_of):
    package = copy_of(alice)
    client = shown(bob)
    for path in ("", "data.zip", "read/index.html", "read/"):
        assert client.get(f"/me/export/{package.code}/{path}").status_code == 404
    assert client.post(f"/me/export/{package.code}/cancel/").status_code == 404
    package.refresh_from_db()
    assert package.state == ExportState.READY


@pytest.mark.promise("RGT-05")
def test_the_pages_are_read_online_under_a_policy_of_their_own(alice, address, shown, copy_of):
    package = copy_of(alice)
    page = shown(alice).get(f"/me/export/{package.code}/read/pages/registration.html")
    assert "桂花路88号3单元501室" in page.content.decode()
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "no-store" in page["Cache-Control"]
    for name in ("manifest.json", "data/registration/accounts-phone.json", "pages/none.html"):
        assert shown(alice).get(f"/me/export/{package.code}/read/{name}").status_code == 404


# --- Told, stopped, made to wait --------------------------------------------------------


def kinds_of(person):
    rows = Message.objects.filter(person=person, kind__startswith="rights.export")
    return sorted(f"{row.kind.partition('.')[2]} {row.channel}" for row in rows)


def on_every_channel(*kinds):
    return sorted(f"{kind} {channel}" for kind in kinds for channel in ("EMAIL", "INBOX", "SMS"))


def test_every_channel_is_told_at_each_step(alice, shown, jobs):
    client = shown(alice)
    ask(client)
    assert kinds_of(alice) == on_every_channel("export_asked")
    jobs()
    assert kinds_of(alice) == on_every_channel("export_asked", "export_ready")
    package = ExportPackage.objects.get()
    for _again in range(2):
        b"".join(client.get(f"/me/export/{package.code}/data.zip"))
    assert kinds_of(alice) == on_every_channel("export_asked", "export_ready", "export_taken")


def test_the_link_in_the_message_takes_the_copy_back_and_locks_the_account(alice, shown, copy_of):
    client = shown(alice)
    package = copy_of(alice)
    stop = f"/me/export/stop/{copies.stop_token(package)}/"
    assert client.get(stop).status_code == 200
    package.refresh_from_db()
    assert (
        package.state == ExportState.READY
    )  # A look, by a program that checks links, does nothing.
    assert client.post(stop).status_code == 200
    package.refresh_from_db()
    alice.refresh_from_db()
    assert package.state == ExportState.CANCELLED
    assert alice.is_frozen
    assert not alice.has_usable_password()
    assert identifiers.kinds_that_unfreeze(alice) == {IdentifierKind.PHONE, IdentifierKind.EMAIL}
    assert client.post(f"{stop[:-6]}/").status_code == 404


def test_after_a_changed_identifier_a_copy_waits_three_days(alice, shown, jobs):
    identifiers.change_identifier(alice, IdentifierKind.EMAIL, "thief@person.example")
    client = shown(alice)
    assert "A copy has to wait" in client.get("/me/export/").content.decode()
    answer = ask(client)
    jobs()
    package = ExportPackage.objects.get()
    assert package.state == ExportState.WAITING
    wait = package.not_before - package.asked_at
    assert timedelta(hours=71) < wait <= timedelta(hours=72)
    assert "It waits, to keep your data safe" in client.get(answer.url).content.decode()
    # What the thief brought opens the account no sooner than what was there before.
    assert identifiers.kinds_that_unfreeze(alice) == {IdentifierKind.PHONE}


def test_a_new_device_waits_and_a_known_one_does_not(alice, shown):
    from privacy import audit
    from privacy.enums import Action

    now = timezone.now()
    audit.record(Action.SIGNED_UP, actor=alice, subject=alice.subject)
    session = UserSession.objects.create(
        user=alice, session_key="here", ip="192.0.2.0", user_agent="Firefox", created_at=now
    )
    UserSession.objects.filter(pk=session.pk).update(created_at=now + timedelta(minutes=5))
    until = copies.waits_until(alice, "here")
    assert until == now + timedelta(minutes=5) + timedelta(hours=72)
    UserSession.objects.create(
        user=alice, session_key="before", ip="192.0.2.0", user_agent="Firefox"
    )
    UserSession.objects.filter(session_key="before").update(created_at=now - timedelta(days=5))
    assert copies.waits_until(alice, "here") is None


def test_the_receipt_of_a_copy_is_genuine(alice, copy_of):
    package = copy_of(alice)
    receipt = Receipt.objects.get(code=package.receipt_code)
    assert check_code(receipt.code).is_genuine
    did = receipt.outcome["content"]["did"]
    assert did == [{"what": "EXPORT", "manifest_sha256": package.manifest_sha256}]


def test_what_is_wrong_in_the_form_is_said(alice, shown):
    client = shown(alice)
    assert client.post("/me/export/ask/", {"language": "xx"}, follow=True).status_code == 200
    assert not ExportPackage.objects.exists()
    package, _new = copies.ask(alice, language="en", with_files=False, session_key="")
    assert client.post(f"/me/export/{package.code}/cancel/").status_code == 302
    assert client.post(f"/me/export/{package.code}/cancel/").status_code == 302
    assert client.get(f"/me/export/{package.code}/data.zip").status_code == 404


def test_a_list_of_copies_asks_few_questions(alice, shown, copy_of, django_assert_max_num_queries):
    client = shown(alice)
    copy_of(alice)
    client.get("/me/export/")
    with django_assert_max_num_queries(8):
        client.get("/me/export/")
    with django_assert_max_num_queries(8):
        client.get(f"/me/export/{ExportPackage.objects.get().code}/")
