"""The drill on real servers: back up, erase, restore, and nobody comes back."""

import json

import pytest

from mall import embedded
from tests.privacy.test_drills import Place

pytestmark = pytest.mark.slow

PEOPLE = """
import io
from PIL import Image
from accounts.services import add_address, register_person
from accounts.services.profiles import set_avatar
made = []
for number, name in ((1, "gone"), (2, "waits"), (3, "stays")):
    phone = f"+861380013930{number}"
    person = register_person(phone=phone, member_name=name, password="correct horse battery")
    add_address(person, recipient="林小雨", phone=phone, province="310000", city="310100",
                district="310101", street="桂花路88号")
    file = io.BytesIO()
    Image.new("RGB", (400, 400), "red").save(file, "PNG")
    file.seek(0)
    set_avatar(person, file)
    made.append(str(person.subject))
import json; print(json.dumps(made))
"""
DECIDE = """
import time_machine
from datetime import timedelta
from uuid import UUID
from django.utils import timezone
from privacy.erasure import cases
from privacy.runs import engine
gone = cases.open_case(UUID("{gone}"))
gone.erase_after = timezone.now()
gone.save(update_fields=["erase_after"])
cases.tend()
gone.refresh_from_db()
engine.finish_now(gone.run)
gone.refresh_from_db()
cases.open_case(UUID("{waits}"))
from accounts.services import register_person
again = register_person(phone="+8613800139301", member_name="again", password="correct horse")
print(gone.state, again.subject)
"""
AGAIN = """
from accounts.services import register_person
person = register_person(phone="+8613800139301", member_name="gone", password="correct horse")
print(person.subject)
"""
LOOK = """
import json
from django.core.files.storage import default_storage
from accounts.models import Address, Phone, Profile, User
from privacy.models import DataKey
found = {{}}
for subject in {subjects}:
    user = User.objects.filter(subject=subject).first()
    profile = Profile.objects.filter(user=user).first() if user else None
    found[subject] = {{
        "name": user and user.member_name,
        "hidden": bool(user and user.closing_at),
        "phones": Phone.objects.filter(user=user).count() if user else 0,
        "addresses": Address.objects.filter(user=user).count() if user else 0,
        "picture": bool(profile and profile.avatar and default_storage.exists(profile.avatar)),
        "keys": DataKey.objects.filter(
            subject=subject, key_class="ACCOUNT", state="ACTIVE"
        ).count(),
    }}
print(json.dumps(found))
"""
HERE = {"hidden": False, "phones": 1, "addresses": 1, "picture": True, "keys": 1}
GONE = {
    "name": None, "hidden": False, "phones": 0, "addresses": 0, "picture": False, "keys": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    installation = Place(tmp_path_factory.mktemp("erasure"))
    embedded.hold(installation.var)
    installation.must("migrate", "--verbosity", "0")
    yield installation
    embedded.let_go(installation.var)


@pytest.mark.promise("RET-06")
def test_an_older_backup_brings_nobody_back_and_nobody_elses_picture_goes(place, tmp_path):
    gone, waits, stays = json.loads(place.python(PEOPLE))
    pictures = place.var / "media" / "avatars"
    kept_aside = {file.name: file.read_bytes() for file in pictures.iterdir()}
    assert len(kept_aside) == 3
    file = tmp_path / "mall.backup"
    place.must("backup", file)
    state, again = place.python(DECIDE.format(gone=gone, waits=waits)).split()
    assert state == "DONE"

    def look():
        return json.loads(place.python(LOOK.format(subjects=[gone, waits, stays])))

    assert look()[gone] == GONE
    assert len(list(pictures.iterdir())) == 2

    for only in ([], ["--only", "main"], ["--only", "keyring"]):
        # Somebody put last week's folder of pictures back as well.
        for name, content in kept_aside.items():
            (pictures / name).write_bytes(content)
        shut = place.must("restore", file, *only, "--no-replay")
        status = place.status()
        assert not status["open"], (only, shut)
        assert status["pending"] > 0
        if "keyring" not in only:
            assert look()[gone] == {"name": "gone", **HERE} | {
                "keys": 0 if "main" in only else 1
            }, "the backup knew nothing"
        place.must("journal", "replay")
        assert place.status()["open"]
        found = look()
        assert found[gone] == GONE, only
        assert found[stays] == {"name": "stays", **HERE}, only
        assert found[waits] == {"name": "waits", **HERE, "hidden": True}, only
    # Who signed up again after the backup is not in it; the next one with the number is new too.
    anew = place.python(AGAIN).strip()
    assert anew not in {gone, again}
    place.must("journal", "replay")
    assert json.loads(place.python(LOOK.format(subjects=[anew])))[anew]["phones"] == 1
