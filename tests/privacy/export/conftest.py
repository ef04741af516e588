"""Copies in a folder of the test's own, and a way to make one to its end."""

import io
import zipfile

import pytest

from privacy.export import asking, running
from privacy.export.reading import Package
from privacy.models import ExportPackage
from privacy.runs import engine


@pytest.fixture(autouse=True)
def export_folder(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def copy_of():
    """Ask for a copy and make it; the row."""

    def make(person, *, language="en", with_files=True):
        package, _new = asking.ask(person, language=language, with_files=with_files)
        running.begin(package)
        package.refresh_from_db()
        engine.finish_now(package.run)
        return ExportPackage.objects.get(pk=package.pk)

    return make


@pytest.fixture
def unzip():
    """The files of a finished copy, read as a stranger's program would."""

    def read(package):
        whole = Package(package)
        content = b"".join(whole.stretch(0, whole.size))
        assert len(content) == package.size
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            assert opened.testzip() is None
            return {name: opened.read(name) for name in opened.namelist()}

    return read
