"""The decision journal stands twice, follows from itself, and survives a crash between the two."""

import json
import threading
import uuid
from pathlib import Path

import pytest
from django.db import connections

from privacy import journal
from privacy.enums import Decision
from privacy.models import JournalEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def file(settings, tmp_path):
    settings.JOURNAL_DIR = tmp_path / "journal"
    return settings.JOURNAL_DIR / journal.FILE


def write(number=1):
    return [
        journal.write(
            Decision.ERASE_CATEGORY, subject=uuid.uuid4(), scope="USAGE", counters={"rows": n}
        )
        for n in range(number)
    ]


def rewrite(file, change):
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    change(lines)
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def test_a_decision_is_written_to_table_and_file(file):
    entry = write()[0]
    row = JournalEntry.objects.get(pk=entry.pk)
    line = json.loads(file.read_text())
    assert row.hash == line["hash"] == entry.hash
    assert line["decision"] == "ERASE_CATEGORY"
    assert journal.verify() == 1
    assert file.stat().st_mode & 0o077 == 0


def test_each_entry_follows_from_the_one_before(file):
    first, second, third = write(3)
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    assert journal.verify() == 3


def test_an_empty_journal_is_in_order():
    assert journal.verify() == 0


def test_a_decision_outside_the_vocabulary_is_refused(file):
    with pytest.raises(ValueError, match="FORGET"):
        journal.write("FORGET", subject=uuid.uuid4())
    assert not file.exists() or file.read_text() == ""


def test_a_changed_file_is_noticed(file):
    write(3)
    rewrite(file, lambda lines: lines[1].update(scope="OTHER"))
    with pytest.raises(journal.JournalBroken, match="2"):
        journal.verify()


def test_a_changed_table_is_noticed(file):
    write(3)
    with connections["keyring"].cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("UPDATE privacy_journalentry SET scope = 'OTHER' WHERE number = 2")
    with pytest.raises(journal.JournalBroken, match="2"):
        journal.verify()


def test_a_missing_entry_is_noticed(file):
    write(3)
    rewrite(file, lambda lines: lines.pop(1))
    with pytest.raises(journal.JournalBroken):
        journal.verify()


def test_a_shortened_file_is_noticed(file):
    write(3)
    rewrite(file, lambda lines: lines.pop())
    with pytest.raises(journal.JournalBroken, match="ends at entry 2"):
        journal.verify()


def test_an_entry_that_the_mall_did_not_sign_is_noticed(file):
    write(2)

    def forge(lines):
        content = {k: v for k, v in lines[1].items() if k not in {"hash", "signature"}}
        content["scope"] = "FORGED"
        lines[1] = {**content, "hash": journal._digest(content), "signature": lines[1]["signature"]}

    rewrite(file, forge)
    with pytest.raises(journal.JournalBroken, match="not signed"):
        journal.verify()


def test_the_table_takes_over_what_a_crash_left_in_the_file_only(file):
    write(2)
    with connections["keyring"].cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM privacy_journalentry WHERE number = 2")
    assert journal.verify() == 2
    third = write()[0]
    assert third.number == 3
    assert JournalEntry.objects.count() == 3
    assert journal.verify() == 3


def test_a_forged_line_in_the_file_is_not_taken_over(file):
    write(2)

    def add(lines):
        forged = {**lines[1], "number": 3, "previous_hash": lines[1]["hash"]}
        content = {k: v for k, v in forged.items() if k not in {"hash", "signature"}}
        lines.append({**forged, "hash": journal._digest(content)})

    rewrite(file, add)
    with pytest.raises(journal.JournalBroken, match="not signed"):
        write()
    assert JournalEntry.objects.count() == 2


def test_half_a_line_of_a_crash_decided_nothing_and_is_cut_off(file):
    write(2)
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"number": 3, "decision": "ERA')
    assert journal.verify() == 2
    assert write()[0].number == 3
    assert journal.verify() == 3


def test_a_line_in_the_middle_that_nobody_can_read_is_noticed(file):
    write(2)
    first, second = file.read_text().splitlines()
    file.write_text(f"{first}\nrubbish\n{second}\n")
    with pytest.raises(journal.JournalBroken, match="Line 2"):
        journal.verify()


def bytes_read() -> int:
    """How much this process has read so far."""
    return int(Path("/proc/self/io").read_text().split()[1])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="The kernel does not count here.")
def test_a_long_journal_costs_no_more_to_write_to_than_a_short_one(file):
    write(2)
    long = 20_000_000
    file.write_bytes(b"x" * long + b"\n" + file.read_bytes())
    before = bytes_read()
    assert write()[0].number == 3
    assert bytes_read() - before < 1_000_000, "only its end is read"


@pytest.mark.parametrize("block", [1, 7, 400, 65_536])
def test_many_entries_that_only_the_file_has_are_taken_over(file, monkeypatch, block):
    monkeypatch.setattr(journal, "BLOCK", block)
    write(5)
    with connections["keyring"].cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM privacy_journalentry WHERE number > 1")
    with file.open("ab") as stream:
        stream.write(b'{"number": 6, "decis')
    assert write()[0].number == 6
    assert JournalEntry.objects.count() == 6
    assert journal.verify() == 6


def test_rubbish_at_the_end_of_the_file_stops_the_next_decision(file):
    write(2)
    with file.open("ab") as stream:
        stream.write(b"[]\n")
    with pytest.raises(journal.JournalBroken, match="Line 1 from the end"):
        write()
    assert JournalEntry.objects.count() == 2


def test_the_journal_holds_no_personal_value(file, alice):
    journal.write(Decision.ERASE_ACCOUNT, subject=alice.subject, counters={"rows": 4})
    text = file.read_text()
    assert str(alice.subject) in text
    for clear in ("alice", "13800138001", "person.example"):
        assert clear not in text


@pytest.mark.django_db(transaction=True)
def test_decisions_written_at_once_stand_one_after_the_other(file):
    write()
    errors = []

    def one():
        try:
            write()
        except Exception as error:  # noqa: BLE001 - shown below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert journal.verify() == 7
