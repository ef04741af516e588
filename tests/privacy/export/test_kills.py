"""Killed over every piece, a copy ends as if nobody had died."""

import json
import signal

import pytest

from privacy.export import asking, running
from privacy.export.enums import ExportState
from privacy.export.reading import Package
from privacy.export.store import folder_of
from privacy.models import ExportPackage, Run
from tests.support.processes import python

TURN = """
import os, signal, sys
from privacy.export import store
from privacy.models import Run
from privacy.runs import engine
from pathlib import Path
from django.conf import settings

settings.EXPORT_DIR = Path(sys.argv[2])
left = int(sys.argv[3])
replace = Path.replace

def dies(self, target):
    # Killed right after a part is moved to its place, before its chunk is committed.
    global left
    done = replace(self, target)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

Path.replace = dies
engine.finish_now(Run.objects.get(pk=int(sys.argv[1])))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_after_each_of_its_parts_a_copy_is_the_same(
    alice, address, copy_of, unzip, settings
):
    whole = unzip(copy_of(alice))
    ExportPackage.objects.all().delete()
    package, _new = asking.ask(alice, language="en", with_files=True)
    running.begin(package)
    package.refresh_from_db()
    deaths = 0
    for _round in range(40):
        Run.objects.filter(pk=package.run_id).update(lease_until=None, stalls=0)
        Run.objects.filter(pk=package.run_id, state="RUNNING").update(state="WAITING")
        # A piece of several pages needs somebody who lives for so long.
        lives_for = str(2 + deaths)
        child = python(TURN, str(package.run_id), str(settings.EXPORT_DIR), lives_for)
        if child.returncode != -signal.SIGKILL:
            assert child.returncode == 0, child.stderr[-800:]
            break
        deaths += 1
    assert deaths > 5
    package.refresh_from_db()
    assert package.state == ExportState.READY, (package.run.state, package.run.last_error)
    files = unzip(package)
    assert set(whole) <= set(files)  # The first copy left a run and a receipt to tell of.
    same = [name for name in whole if name.startswith("data/registration/")]
    assert len(same) == 10
    assert [name for name in same if files[name] != whole[name]] == []
    counts = json.loads(files["manifest.json"])["counts"]
    assert counts["accounts.Address"] == 1
    left = {part.name for part in folder_of(package.lock).iterdir()}
    named = {part for member in Package(package).members for part, _length in member.segments}
    assert named <= left


@pytest.mark.slow
def test_a_worker_makes_a_copy_and_another_goes_on_where_it_was_killed(
    alice, address, worker, settings
):
    settings.EXPORT_DIR = settings.VAR / "exports"
    package, _new = asking.ask(alice, language="en", with_files=True)
    worker.process.wait_until(
        lambda: ExportPackage.objects.get().state != ExportState.WAITING, "the copy is begun"
    )
    worker.kill()
    Run.objects.filter(state="RUNNING").update(state="WAITING", lease_until=None)
    from privacy.runs import engine

    worker.start()
    run = ExportPackage.objects.get().run
    if run.is_live:
        engine.ring(run, again=":again")
    worker.process.wait_until(
        lambda: not ExportPackage.objects.get().is_live, "the copy is made", seconds=90
    )
    package.refresh_from_db()
    assert package.state == ExportState.READY
    assert Package(package).size == package.size
