"""What breaks is named in the copy, and the rest of it is whole."""

import csv
import io
import json
import subprocess
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Address
from accounts.services import add_address
from privacy import keyring
from privacy.enums import KeyClass
from privacy.export import asking, running, writing, zipping
from privacy.export.enums import ExportState
from privacy.export.errors import NotThere
from privacy.export.reading import Package
from privacy.export.store import folder_of
from privacy.export.zipping import Member
from privacy.models import DataKey, ExportPackage, JournalEntry
from privacy.runs import engine
from privacy.runs.enums import RunState

ADDRESSES = "data/registration/accounts-address"


def rows_of(files, stem=ADDRESSES):
    return json.loads(files[f"{stem}.json"])


def test_a_damaged_value_is_named_and_the_others_are_read(alice, address, copy_of, unzip):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_address SET street = set_byte(street, 40, get_byte(street, 40) # 1)"
        )
    package = copy_of(alice)
    assert package.state == ExportState.PARTIAL
    expected = {"part": "accounts.Address", "column": "street", "kind": "UNREADABLE", "count": 1}
    assert package.problems == [expected]
    files = unzip(package)
    (row,) = rows_of(files)
    assert (row["street"], row["recipient"]) == (None, "林小雨")
    assert row["not_readable"] == {"street": "unreadable"}
    manifest = json.loads(files["manifest.json"])
    assert manifest["complete"] is False
    assert "cannot be opened" in files["index.html"].decode()


def test_what_a_destroyed_key_sealed_is_no_longer_readable(alice, address, copy_of, unzip):
    # One key of theirs, as it ends with its month; the account's own would end the account.
    key = keyring.key_id_of(bytes(Address.objects.get().__dict__["street"].content))
    row = DataKey.objects.using("keyring").get(pk=key)
    other = DataKey(subject=row.subject, key_class=KeyClass.SESSION, state="DESTROYED")
    other.save(using="keyring")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_address SET street = overlay(street placing %s from 2 for 16)",
            [other.pk.bytes],
        )
    package = copy_of(alice)
    assert package.state == ExportState.READY
    files = unzip(package)
    assert rows_of(files)[0]["not_readable"] == {"street": "no_longer"}
    assert "no longer readable" in files["pages/registration.html"].decode()


def test_a_part_that_raises_is_named_and_the_others_go_on(alice, address, copy_of, monkeypatch):
    whole = writing.write_table

    def breaks(store, package, declaration, step, cursor):
        if declaration.label == "accounts.Address":
            raise RuntimeError("nobody reads this")
        return whole(store, package, declaration, step, cursor)

    monkeypatch.setattr(writing, "write_table", breaks)
    package = copy_of(alice)
    assert (package.state, package.run.state) == (ExportState.PARTIAL, RunState.PARTIAL)
    assert package.problems[0]["part"] == "accounts.Address"
    names = [member.name for member in Package(package).members]
    assert f"{ADDRESSES}.json" not in names
    assert "data/registration/accounts-phone.json" in names
    again, is_new = asking.ask(alice, language="en", with_files=True)
    assert (is_new, again.state) == (True, ExportState.WAITING)


def test_a_changed_file_is_found_before_the_copy_is_called_ready(
    alice, address, copy_of, monkeypatch
):
    whole = writing.write_elsewhere

    def tampers(store, package, step):
        part = next(store.folder.glob("*-j"))
        content = bytearray(part.read_bytes())
        content[-5] ^= 1
        part.write_bytes(content)
        return whole(store, package, step)

    monkeypatch.setitem(writing.PARTS, "elsewhere", tampers)
    package = copy_of(alice)
    assert package.state == ExportState.FAILED
    with pytest.raises(NotThere):
        Package(package)


def test_no_cell_begins_like_a_formula(alice, copy_of, unzip):
    for number, street in enumerate(("=1+1", "+7", "-x", "@SUM(A1)", '"a", b', "\u6797\n2")):
        add_address(
            alice, recipient=f"=R{number}", phone="+8613800138001", province="310000",
            city="310100", district="310101", street=street, postcode="200001",
        )  # fmt: skip
    files = unzip(copy_of(alice, language="zh-hans"))
    text = files[f"{ADDRESSES}.csv"].decode()
    assert text[0] == "\ufeff"
    head, *rows = list(csv.reader(io.StringIO(text[1:], newline="")))
    assert len(rows) == 6
    assert {row[-1] for row in rows} == {"'=1+1", "'+7", "'-x", "'@SUM(A1)", '"a", b', "\u6797\n2"}
    assert [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r")] == []
    assert len(head) == len(rows[0])


def test_a_copy_ends_after_seven_days_and_its_key_with_it(alice, address, copy_of):
    package = copy_of(alice)
    assert folder_of(package.lock).is_dir()
    assert asking.end_old(timezone.now() + timedelta(days=6)) == 0
    assert asking.end_old(timezone.now() + timedelta(days=8)) == 1
    package.refresh_from_db()
    assert package.state == ExportState.GONE
    assert not folder_of(package.lock).exists()
    key = DataKey.objects.using("keyring").get(subject=package.lock)
    assert (key.state, key.wrapped) == ("DESTROYED", None)
    assert JournalEntry.objects.using("keyring").filter(subject=package.lock).exists()
    with pytest.raises(NotThere):
        Package(package)


def test_nothing_of_the_person_lies_open_on_the_disk(alice, address, copy_of):
    package = copy_of(alice)
    parts = list(folder_of(package.lock).iterdir())
    assert len(parts) > 20
    for part in parts:
        content = part.read_bytes()
        assert "桂花路88号3单元501室".encode() not in content
        assert b"13800138001" not in content
        assert part.stat().st_mode & 0o077 == 0


def test_the_zip_is_one_for_every_program(alice, address, copy_of, tmp_path):
    package = copy_of(alice)
    file = tmp_path / "data.zip"
    whole = Package(package)
    file.write_bytes(b"".join(whole.stretch(0, whole.size)))
    found = subprocess.run(["unzip", "-t", file], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-500:]
    assert "No errors detected" in found.stdout


@pytest.mark.parametrize("full", [zipping.FULL, 20])
def test_the_layout_is_a_zip_small_and_large(full):
    """With a limit of twenty bytes everything is written as beyond four gigabytes."""
    import zlib

    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    first = packer.compress(b"hello " * 50) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    second = packer.compress(b"world") + packer.flush(zlib.Z_FINISH)
    parts = {"a": first, "b": second}
    content = b"hello " * 50 + b"world"
    member = Member("x/\u6797.txt", zlib.crc32(content), len(content), None)
    member.segments = [("a", len(first)), ("b", len(second))]
    pieces = zipping.layout(
        [member, Member("empty", 0, 0, None, [("e", 2)])], timezone.now(), full=full
    )
    parts["e"] = zlib.compressobj(1, zlib.DEFLATED, -15).flush()

    def read(part, start, stop):
        yield parts[part][start:stop]

    size = zipping.total(pieces)
    whole = b"".join(zipping.stretch(pieces, 0, size, read))
    assert len(whole) == size
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        assert opened.read("x/\u6797.txt") == content
    for start, stop in ((0, 1), (10, 60), (size - 3, size), (5, 5)):
        assert b"".join(zipping.stretch(pieces, start, stop, read)) == whole[start:stop]


def test_cancelling_while_it_is_made_leaves_nothing(alice, address):
    package, _new = asking.ask(alice, language="en", with_files=True)
    running.begin(package)
    package.refresh_from_db()
    engine.take_turn(package.run_id, seconds=0)
    assert folder_of(package.lock).is_dir()
    asking.cancel(package, actor=alice)
    engine.finish_now(package.run)
    package = ExportPackage.objects.get()
    assert (package.state, package.run.state) == (ExportState.CANCELLED, RunState.CANCELLED)
    assert not folder_of(package.lock).exists()


def test_erasing_a_person_takes_their_copies_along(alice, address, copy_of):
    from privacy.registry import registry

    package = copy_of(alice)
    place = next(one for one in registry.elsewhere if one.name == "exports")
    assert place.found(alice.subject) == [f"copy {package.code}"]
    assert place.erase(alice.subject) == 1
    assert place.found(alice.subject) == []
    assert not folder_of(package.lock).exists()
