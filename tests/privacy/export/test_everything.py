"""A copy holds every declared word of a person who is everything, and no word of anybody else."""

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from privacy.export.enums import ExportState
from privacy.fields_email import SealedCopyField
from privacy.models import ExportPackage
from privacy.redaction import columns_shown
from privacy.registry import Other, registry
from tests.support.canary import plant, world


@pytest.fixture
def two(alice, bob):
    """alice buys, sells and works for the mall; bob has a row in every table too."""
    around = world()
    alice.is_staff = True
    alice.save(update_fields=["is_staff"])
    alice.groups.add(Group.objects.get_or_create(name="order clerk")[0])
    return plant(alice, around), plant(bob, around)


def owned():
    return [one for one in registry.declarations() if one.data.person is not None]


@pytest.fixture
def copied(two, copy_of, unzip):
    # The planted row of a copy is no copy; a live one would stand in the way.
    ExportPackage.objects.update(state=ExportState.GONE)
    names = [planted.words["accounts.Profile"]["avatar"] for planted in two]
    for planted, name in zip(two, names, strict=True):
        default_storage.save(name, ContentFile(f"<script>{planted.person.pk}".encode()))
    try:
        package = copy_of(two[0].person)
        return package, unzip(package)
    finally:
        for name in names:
            default_storage.delete(name)


@pytest.mark.promise("DEF-09", "RGT-05")
def test_every_word_of_a_person_is_in_their_copy(two, copied):
    package, files = copied
    assert package.state == ExportState.READY, package.problems
    text = "\n".join(
        content.decode() for name, content in files.items() if name.startswith("data/")
    )
    missing = []
    for one in owned():
        shown = {column.name for column in columns_shown(one)}
        for place, word in two[0].words[one.label].items():
            column, _dot, key = place.partition(".")
            is_other = isinstance(one.data.json_keys.get(column, {}).get(key), Other)
            if column in shown and not is_other and word not in text:
                missing.append(f"{one.label}.{place}")
        hidden = set(one.data.fields) - shown
        copies = {c.name for c in one.model._meta.concrete_fields if isinstance(c, SealedCopyField)}
        assert hidden <= one.columns_about_others | copies, one.label
    assert missing == []


def test_a_file_that_is_no_picture_opens_in_no_program(copied, two):
    files = {name: content for name, content in copied[1].items() if name.startswith("files/")}
    assert files == {"files/file-1.bin": f"<script>{two[0].person.pk}".encode()}


@pytest.mark.promise("DEF-09", "RGT-05")
def test_no_word_of_anybody_else_is_in_it(two, copied):
    text = "\n".join(content.decode(errors="replace") for content in copied[1].values())
    strangers = {
        word for words in two[1].words.values() for word in words.values() if len(word) > 8
    }
    assert len(strangers) > 30
    assert [word for word in strangers if word in text] == []
    assert str(two[1].person.subject) not in text
