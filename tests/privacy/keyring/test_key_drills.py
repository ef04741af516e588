"""Drills on real servers: keys change and rows move; whatever is restored, nothing is lost."""

import contextlib
import json
import os
import shutil
import signal

import pytest

from mall import embedded
from tests.privacy.test_drills import Place

pytestmark = pytest.mark.slow

OPENS = """
from accounts.models import Phone
from accounts.queries import user_by_phone
person = user_by_phone("{phone}")
found = person is not None and str(person.subject) == "{subject}"
print(found and person.phone.number == "{phone}")
"""
MOVE = """
from uuid import UUID
from django.utils import timezone
from accounts.models import Phone
from privacy import keyring
from privacy.enums import KeyClass
from privacy.registry import registry
rows = Phone.objects.all()
moved = keyring.reseal_rows(
    registry.declaration_of(Phone), rows, key_class=KeyClass.HELD, subject=UUID("{subject}")
)
print(moved, keyring.destroy_keys(UUID("{subject}"), [KeyClass.ACCOUNT]))
"""
ROTATE = """
from datetime import timedelta
from privacy.rotation import indexes
from privacy.runs import engine
indexes.GRACE = timedelta()
print(engine.finish_now(indexes.start()).state)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    installation = Place(tmp_path_factory.mktemp("keys"))
    embedded.hold(installation.var)
    installation.must("migrate", "--verbosity", "0")
    assert installation.status()["open"], "and its journal is published"
    yield installation
    embedded.let_go(installation.var)
    for line in installation.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(line.split()[0]), signal.SIGKILL)
    folder = embedded.SHARED_FOLDER / f"osmanthus-mall-{embedded.digest(installation.var)}"
    shutil.rmtree(folder, ignore_errors=True)


NEW_MASTER = "bmV3IG1hc3RlciBrZXkgb2YgYSBkcmlsbCwgMzIgYnl="
REGISTER = """
from accounts.services import register_person
print(register_person(phone="{phone}", password="correct horse battery").subject)
"""


def opens(place, subject, phone):
    return place.python(OPENS.format(subject=subject, phone=phone)).strip() == "True"


@pytest.mark.promise("RET-06")
def test_a_row_that_moved_to_a_key_of_its_own_is_there_after_each_restore(place, tmp_path):
    """The backup is from before the move, and the key that the row had was to be destroyed."""
    phone = "+8613700139001"
    subject = place.python(REGISTER.format(phone=phone)).strip()
    file = tmp_path / "mall.backup"
    place.must("backup", file)
    assert place.python(MOVE.format(subject=subject)).split() == ["1", "0"], "the old key waits"
    assert opens(place, subject, phone)
    for only in (["--only", "main"], []):
        place.must("restore", file, *only)
        assert opens(place, subject, phone), only


def test_people_are_found_after_a_restore_from_before_the_rotation(place, tmp_path):
    phone = "+8613600139001"
    subject = place.python(REGISTER.format(phone=phone)).strip()
    file = tmp_path / "mall.backup"
    place.must("backup", file)
    assert place.python(ROTATE).strip() == "DONE"
    place.must("keyring", "rotate-signing")
    for only in (["--only", "main"], ["--only", "keyring"], []):
        place.must("restore", file, *only)
        assert opens(place, subject, phone), only
        assert place.status()["open"], only
        keys = json.loads(place.command("keyring", "status", "--json").stdout)
        assert keys["missing"] == [], only


def test_a_backup_from_before_the_new_master_key_needs_the_old_one(place, tmp_path):
    phone = "+8613500139001"
    subject = place.python(REGISTER.format(phone=phone)).strip()
    file = tmp_path / "mall.backup"
    place.must("backup", file)
    key_file = place.vault.parent / f"{embedded.digest(place.var)}.key"
    old, new = key_file.read_text().strip(), NEW_MASTER
    assert "may be emptied" in place.must(
        "keyring", "rotate-master", MASTER_KEY=new, MASTER_KEY_OLD=old
    )
    try:
        assert place.command("keyring", "status").returncode == 1, "without the new one"
        place.must("keyring", "status", MASTER_KEY=new)
        shut = place.command("restore", file, MASTER_KEY=new)
        assert shut.returncode == 1
        assert "put it into MASTER_KEY_OLD" in shut.stderr
        place.must("restore", file, MASTER_KEY=new, MASTER_KEY_OLD=old)
        place.must("keyring", "rotate-master", MASTER_KEY=new, MASTER_KEY_OLD=old)
        place.must("keyring", "status", MASTER_KEY=new)
    finally:
        place.must("keyring", "rotate-master", MASTER_KEY=old, MASTER_KEY_OLD=new)
    assert opens(place, subject, phone)
