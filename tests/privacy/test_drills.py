"""Drills on real servers: back up, decide, restore whatever; nobody comes back."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from mall import embedded
from tests.support.launched import ROOT, Installation, Part, wait_until

pytestmark = pytest.mark.slow

REGISTER = """
from accounts.services import register_person
person = register_person(phone="{phone}", member_name="{name}", password="correct horse battery")
print(person.subject)
"""
LIVING = """
from privacy.models import DataKey
print(DataKey.objects.filter(subject="{subject}", state="ACTIVE").count())
"""
DESTROY = """
from uuid import UUID
from privacy import keyring
print(keyring.destroy_keys(UUID("{subject}")))
"""
STAY = """
import django; django.setup()
from django.db import connections
connections["default"].ensure_connection(); print("in", flush=True); input()
"""
NAMES = iter(range(1, 100))


class Place(Installation):
    """An installation whose commands a drill gives."""

    @property
    def journal(self):
        return self.var / "journal"

    @property
    def vault(self):
        folder = self.home / ".local" / "state" / "osmanthus-mall"
        return folder / f"{embedded.digest(self.var)}.vault"

    def command(self, *arguments, **extra):
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT,
            env={**self.environment, **extra},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def must(self, *arguments, **extra):
        done = self.command(*arguments, **extra)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def person(self):
        number = next(NAMES)
        phone = f"+86138001390{number:02}"
        return self.python(REGISTER.format(phone=phone, name=f"member{number}")).strip()

    def living_keys(self, subject):
        return int(self.python(LIVING.format(subject=subject)))

    def forget(self, subject):
        assert int(self.python(DESTROY.format(subject=subject))) > 0

    def status(self):
        told = self.command("journal", "status", "--json")
        return json.loads(told.stdout)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    installation = Place(tmp_path_factory.mktemp("drill"))
    embedded.hold(installation.var)
    installation.must("migrate", "--verbosity", "0")
    yield installation
    embedded.let_go(installation.var)
    for line in installation.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(line.split()[0]), signal.SIGKILL)
    folder = embedded.SHARED_FOLDER / f"osmanthus-mall-{embedded.digest(installation.var)}"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def story(place, tmp_path):
    """A backup from before the decision: `gone` was there, and decided; `stays` did not."""
    gone, stays = place.person(), place.person()
    file = tmp_path / "mall.backup"
    place.must("backup", file)
    place.forget(gone)
    assert place.living_keys(gone) == 0
    return file, gone, stays


@pytest.mark.promise("RET-06")
@pytest.mark.parametrize("only", [["--only", "main"], ["--only", "keyring"], []])
def test_nobody_comes_back_whatever_is_restored(place, story, only):
    file, gone, stays = story
    out = place.must("restore", file, *only)
    assert "Replayed" in out
    assert place.living_keys(gone) == 0
    assert place.living_keys(stays) > 0
    assert place.status()["open"]
    # And once more: nothing is left to do, and nothing more happens.
    assert "Replayed 0 decisions" in place.must("journal", "replay")


def test_an_older_backup_is_replayed_from_its_own_head(place, story, tmp_path):
    file, gone, _stays = story
    later = tmp_path / "later.backup"
    place.must("backup", later)
    another = place.person()
    newest = tmp_path / "newest.backup"
    place.must("backup", newest)
    place.forget(another)
    assert "Replayed 1 decisions" in place.must("restore", newest)
    place.must("restore", file)
    assert place.living_keys(gone) == place.living_keys(another) == 0


def test_a_restored_mall_is_shut_until_its_journal_is_back_and_then_opens_by_itself(
    place, story, tmp_path
):
    file, gone, _stays = story
    place.must("collectstatic", "--noinput", "--verbosity", "0")
    place.must("restore", file, "--no-replay")
    hidden = tmp_path / "journal"
    place.journal.rename(hidden)
    shut = place.command("journal", "replay")
    assert shut.returncode == 1
    assert "decisions of people are missing" in shut.stderr
    gunicorn = ("-m", "gunicorn", "--config", "python:mall.gunicorn", "mall.wsgi:application")
    web = Part(place, "web", *gunicorn, "--bind", f"127.0.0.1:{place.port}")
    try:
        wait_until(lambda: answers(place))
        for path in ("/", "/accounts/login/", "/admin/", "/partners/payments/notify/"):
            page = place.get(path)
            assert page.status == 503, path
            assert "The mall is being restored" in page.text
            assert page.headers["cache-control"] == "no-store"
            assert "content-security-policy" in page.headers
        assert '<html lang="zh-hans"' in place.get("/zh-hans/").text
        assert place.get("/healthz").status == 200
        assert place.ready() | {"status": 503, "erasures_replayed": False} == place.ready()
        assert place.living_keys(gone) > 0, "the backup knew nothing"
        shutil.rmtree(place.journal, ignore_errors=True)
        hidden.rename(place.journal)
        wait_until(lambda: place.ready()["erasures_replayed"])
        assert place.get("/").status == 200
        assert place.living_keys(gone) == 0
    finally:
        web.stop()


def answers(place):
    with contextlib.suppress(OSError):
        return place.get("/healthz").status == 200


def test_a_running_mall_is_not_restored(place, story):
    file, gone, _stays = story
    idle = subprocess.Popen(
        [
            sys.executable,
            "-c",
            STAY,
        ],
        cwd=ROOT,
        env=place.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert idle.stdout.readline()
        refused = place.command("restore", file)
        assert refused.returncode == 1
        assert "stop web, worker, bulk and beat first" in refused.stderr
    finally:
        idle.communicate(b"\n", timeout=20)
    assert place.living_keys(gone) == 0


@pytest.mark.promise("RET-06")
def test_copying_the_whole_of_last_weeks_var_back_keeps_the_door_shut(place, story, tmp_path):
    _file, before, _stays = story
    later = place.person()
    data = embedded._postgres_folder(place.var)
    embedded.let_go(place.var)
    copies = tmp_path / "copies"
    shutil.copytree(place.var, copies / "var", symlinks=True)
    if not data.is_relative_to(place.var):
        shutil.copytree(data, copies / "data", symlinks=True)
    embedded.hold(place.var)
    place.forget(later)
    embedded.let_go(place.var)

    shutil.rmtree(place.var)
    # `cp -a`, because the server's files belong to the server.
    subprocess.run(["cp", "-a", copies / "var", place.var], check=True)
    if not data.is_relative_to(place.var):
        shutil.rmtree(data)
        subprocess.run(["cp", "-a", copies / "data", data], check=True)
    give_back(data)
    embedded.hold(place.var)
    try:
        assert place.living_keys(later) > 0, "last week they were there"
        status = place.status()
        assert not status["open"]
        assert "decisions of people are missing" in status["faults"][0]
        refused = place.command("journal", "trust", status["head"])
        assert "--lost 1" in refused.stderr
    finally:
        place.must("journal", "trust", place.status()["head"], "--lost", "1")
    assert place.status()["open"]
    assert place.living_keys(before) == 0


def give_back(folder):
    if os.geteuid() != 0:
        return
    for path in (folder, *folder.rglob("*")):
        embedded._give_to_server(path)


def test_a_machine_without_journal_and_head_stays_shut(place, story, tmp_path):
    file, _gone, _stays = story
    elsewhere = Place(tmp_path / "elsewhere")
    embedded.hold(elsewhere.var)
    try:
        # The master key and the keys of the backups came along; the journal and its head did not.
        master = place.vault.parent / f"{embedded.digest(place.var)}.key"
        extra = {"MASTER_KEY_FILE": str(master)}
        elsewhere.vault.mkdir(parents=True)
        shutil.copy(place.vault / "backup-keys.json", elsewhere.vault)
        elsewhere.must("migrate", "--verbosity", "0", **extra)
        done = elsewhere.command("restore", file, **extra)
        assert done.returncode == 1
        assert "The door stays shut" in done.stderr
        assert "No published head" in done.stderr
    finally:
        embedded.let_go(elsewhere.var)
        folder = embedded.SHARED_FOLDER / f"osmanthus-mall-{embedded.digest(elsewhere.var)}"
        shutil.rmtree(folder, ignore_errors=True)


def test_a_backup_whose_key_ended_opens_for_nobody(place, story):
    file, _gone, _stays = story
    assert "is whole" in place.must("restore", file, "--check")
    keys = place.vault / "backup-keys.json"
    kept = keys.read_text()
    rows = json.loads(kept)
    for row in rows["keys"]:
        row["ends_at"] = "2020-01-01T00:00:00+00:00"
    keys.write_text(json.dumps(rows))
    try:
        refused = place.command("restore", file)
        assert "ended on 2020-01-01" in refused.stderr
        place.must("backup", file.with_name("next"))
        assert len(json.loads(keys.read_text())["keys"]) == 3, "the old ones are destroyed"
        assert "it ended, or lies elsewhere" in place.command("restore", file).stderr
    finally:
        keys.write_text(kept)


def test_a_damaged_backup_changes_nothing(place, story):
    file, gone, stays = story
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    refused = place.command("restore", file)
    assert "was changed" in refused.stderr
    file.write_bytes(whole[:-100])
    assert "was changed, or is not whole" in place.command("restore", file).stderr
    assert place.living_keys(gone) == 0
    assert place.living_keys(stays) > 0
    assert "restoring" not in place.python(
        "from django.db import connection\n"
        "with connection.cursor() as c:\n"
        "    c.execute('select datname from pg_database'); print(c.fetchall())"
    )


def test_a_backup_holds_no_word_in_clear_and_replaces_no_file(place, story):
    file, _gone, _stays = story
    for one in (file, file.with_name(f"{file.name}.keys")):
        content = one.read_bytes()
        assert b"privacy_" not in content
        assert b"member" not in content
        assert one.stat().st_mode & 0o077 == 0
    assert "exists already" in place.command("backup", file).stderr
