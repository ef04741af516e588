"""A person asks for a copy, watches it, reads it and fetches it; a stranger gets nothing."""

import io
import zipfile

import pytest

from privacy.export.enums import ExportState
from privacy.models import AuditEntry, ExportPackage


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
