"""What an erasure left is found wherever it stands, told by place, and never by word."""

import io
import json
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from jobs.models import Job
from privacy import residue
from privacy.enums_proofs import ResidueState
from privacy.models import PurposeKey, ResidueFinding, ResidueSearch, Run
from privacy.residue import cases, files, sealed, tables
from privacy.residue.caches import server
from privacy.residue.matching import Patterns
from privacy.residue.searching import Searcher
from privacy.residue.words import Words
from privacy.runs import engine
from privacy.runs.enums import RunState

pytestmark = pytest.mark.django_db(databases=["default", "keyring"])

PHONE, STREET = "+8613811122233", "望江路777弄12号"
WORDS = residue.typed_words([PHONE, STREET])


def plant(table, column, value):
    Job.objects.create(name="x", arguments={}, once=f"bait:{uuid.uuid4()}")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [value])


def test_clean_rows_hold_nothing(alice, address):
    assert residue.search(WORDS) == {}


@pytest.mark.promise("RGT-11")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("last_error", "called 138 1112 2233"),
        ("once", f"sent to {STREET}!"),
        ("arguments", json.dumps({"note": f"{STREET}"})),
        ("arguments", json.dumps({"deep": [{"to": PHONE}]}, ensure_ascii=False)),
    ],
)
def test_a_word_in_a_text_or_json_column_is_found(column, value):
    plant("jobs_job", column, value)
    assert residue.search(WORDS) == {f"jobs_job.{column}": 1}


def test_a_word_in_a_binary_column_is_found_in_both_databases(alice):
    ResidueSearch.objects.create(
        case="B1", subject=alice.subject, words=f"xx {STREET} yy".encode(), state="ENDED"
    )
    PurposeKey.objects.using("keyring").create(name="bait", wrapped=b"\x00\xff 13811122233 \x80")
    assert residue.search(WORDS) == {
        "keyring.privacy_purposekey.wrapped": 1,
        "privacy_residuesearch.words": 1,
    }


def test_a_common_name_in_rows_of_others_is_no_alarm_and_in_her_own_it_is(alice, bob):
    words = Words(weak=("林小雨", "月儿"))
    bob.member_name = "林小雨二"
    bob.save(update_fields=["member_name"])
    assert residue.search(words, subject=alice.subject) == {}
    alice.member_name = "林小雨一"
    alice.save(update_fields=["member_name"])
    assert residue.search(words, subject=alice.subject) == {"accounts_user.member_name": 1}
    bob.member_name = "月儿林小雨"
    bob.save(update_fields=["member_name"])
    assert residue.search(words, subject=alice.subject) == {"accounts_user.member_name": 2}


def test_a_word_in_a_file_is_found_also_on_the_edge_of_two_blocks(settings, tmp_path, monkeypatch):
    settings.VAR = tmp_path
    monkeypatch.setattr(files, "BLOCK", 4100)
    (tmp_path / "media" / "a").mkdir(parents=True)
    (tmp_path / "embedded" / "postgres").mkdir(parents=True)
    (tmp_path / "embedded" / "postgres" / "base").write_bytes(b"13811122233")
    (tmp_path / "embedded" / "postgres" / "server.log").write_bytes(b"x 13811122233 x")
    (tmp_path / "media" / "a" / "edge.bin").write_bytes(
        b"z" * 4096 + b" 13811122233 " + b"z" * 9000
    )
    (tmp_path / "media" / "13811122233.txt").write_text("nothing")
    assert residue.search(WORDS) == {
        "file embedded/postgres/server.log": 1,
        "file media/a/edge.bin": 1,
        "file media/…": 1,
    }


def test_a_word_in_redis_is_found_by_key_and_value():
    redis = server()
    names = ["bait.text", "bait.list", "bait.hash", "bait.set", "bait.sorted", "bait.stream"]
    try:
        redis.set(names[0], f"x{STREET}")
        redis.rpush(names[1], "a", PHONE)
        redis.hset(names[2], "name", PHONE)
        redis.sadd(names[3], PHONE)
        redis.zadd(names[4], {PHONE: 1})
        redis.xadd(names[5], {"to": PHONE})
        redis.set(f"bait.key:{PHONE}", "1")
        assert residue.search(WORDS) == {
            **{f"redis {name}": 1 for name in names},
            "redis bait.key": 1,
        }
    finally:
        redis.delete(*names, f"bait.key:{PHONE}")
    assert residue.search(WORDS) == {}


def test_slow_pages_are_halved_and_an_unreadable_table_is_named(monkeypatch, alice):
    asked = []
    real = tables.search_pages

    def slow(table, first, last, patterns, subject):
        asked.append((table.label, last - first))
        if table.label == "accounts_user" and last - first > 1:
            raise tables.TooSlow(table.label)
        return real(table, first, last, patterns, subject)

    monkeypatch.setattr(tables, "search_pages", slow)
    monkeypatch.setattr(tables, "pages", lambda table: 40 if table.label == "accounts_user" else 1)
    alice.member_name = "m13811122233"
    assert residue.search(WORDS) == {}
    sizes = [size for label, size in asked if label == "accounts_user"]
    assert sizes[0] == 40
    assert 1 in sizes


# --- Cases ------------------------------------------------------------------------------


def finished(run):
    engine.finish_now(run)
    run.refresh_from_db()
    assert run.state == RunState.DONE, run.last_error
    return run


def started(alice):
    return engine.start(cases.KIND, parts=[engine.Part("residue")], subject=alice.subject)


@pytest.mark.promise("RGT-11")
@pytest.mark.promise("RET-06")
def test_words_are_sought_twice_and_then_destroyed(alice, address, settings, tmp_path):
    settings.VAR = tmp_path
    search = residue.gather(alice.subject, "CASE1")
    assert b"13800138001" not in bytes(search.words)
    assert "桂花路".encode() not in bytes(search.words)
    (tmp_path / "export.csv").write_text("Lin,13800138001\nLin,13800138001\n")
    finished(started(alice))
    search.refresh_from_db()
    assert search.state == ResidueState.SEARCHED
    found = dict(search.findings.values_list("place", "count"))
    assert found == {"file export.csv": 2}
    assert cases.open_findings().count() == 1
    assert cases.tend() == 0
    (tmp_path / "export.csv").unlink()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert cases.tend() == 1
        assert cases.tend() == 0
        finished(Run.objects.latest("pk"))
        cases.tend()
    search.refresh_from_db()
    assert search.state == ResidueState.ENDED
    assert search.findings.filter(round=2, count__gt=0).count() == 0
    assert search.words is None
    assert search.key_destroyed_at
    assert not PurposeKey.objects.using("keyring").filter(pk="residue:CASE1").exists()
    with pytest.raises(sealed.WordsGone):
        sealed.unseal(search)


def test_a_case_taken_back_forgets_its_words(alice):
    residue.gather(alice.subject, "CASE2")
    residue.gather(alice.subject, "CASE2")
    residue.discard("CASE2")
    search = ResidueSearch.objects.get(case="CASE2")
    assert (search.state, search.words) == (ResidueState.DROPPED, None)
    assert finished(started(alice)).counters == {"without_words": 1}


def test_stray_keys_go_after_a_day_and_young_ones_stay(alice):
    residue.gather(alice.subject, "CASE3")
    ResidueSearch.objects.all().delete()
    assert sealed.destroy_strays() == 0
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert sealed.destroy_strays() == 1


def test_a_search_goes_on_where_it_stood(alice):
    searcher = Searcher(WORDS)
    cursor, seen = {}, []
    for _step in range(2000):
        progress = Searcher(WORDS).work(cursor, seconds=0.02)
        seen.append(progress.places)
        cursor = json.loads(json.dumps(progress.cursor))
        if progress.done:
            break
    assert progress.done
    assert sum(seen) == sum(one.places for one in searcher.all())


def test_the_patterns_mean_the_same_to_the_database():
    patterns = Patterns(
        residue.typed_words([PHONE, STREET, "o'neil+x@mail.example", "a.b*c(d)[e]"])
    )
    with connection.cursor() as cursor:
        for text, is_found in (
            ("0086 138-1112-2233", True),
            ("2013811122233", False),
            ("o'neil+x@mail.example", True),
            ("a.b*c(d)[e]", True),
            ("aXb*c(d)[e]", False),
        ):
            cursor.execute("SELECT %s ~ %s", [text, patterns.distinctive])
            assert cursor.fetchone()[0] is is_found, text


# --- The command ------------------------------------------------------------------------


def test_the_command_finds_prints_places_and_ends_with_one(tmp_path, settings, alice):
    settings.VAR = tmp_path
    words = tmp_path.parent / f"words-{uuid.uuid4()}.txt"
    words.write_text(f"{PHONE}\n{STREET}\n")
    out = io.StringIO()
    call_command("residue", "--words", str(words), "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"words": 2, "found": {}, "not_searched": []}
    (tmp_path / "left.txt").write_text(STREET)
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("residue", "--words", str(words), stdout=out)
    assert ended.value.code == 1
    assert out.getvalue() == "file left.txt: 1\n2 words, found in 1 places.\n"
    residue.gather(alice.subject, "CASE4")
    out = io.StringIO()
    call_command("residue", "--case", "CASE4", stdout=out)
    assert "found in 0 places" in out.getvalue()
    for wrong in (["--case", "NOSUCH"], ["--words", str(tmp_path / "none.txt")]):
        with pytest.raises(CommandError):
            call_command("residue", *wrong)
    assert not ResidueFinding.objects.exists()
