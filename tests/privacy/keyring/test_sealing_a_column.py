"""A plain column of a filled table is sealed while people write: add, fill by a run, drop."""

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from privacy import keyring, sealing_run
from privacy.fields import BlindIndexField, SealedModel, SealedTextField, blind_index
from privacy.runs import engine
from privacy.runs.enums import RunState

pytestmark = pytest.mark.django_db


@pytest.fixture
def notebook():
    """A demo table whose notes stand in plain, filled, and then given a sealed column."""
    with isolate_apps("tests"):

        class PlainNote(SealedModel):
            note_plain = models.CharField(max_length=80, blank=True)

            class Meta:
                app_label = "tests"
                db_table = "demo_notebook"

        class Note(SealedModel):
            note_plain = models.CharField(max_length=80, blank=True)
            note = SealedTextField(null=True)
            note_index = BlindIndexField(source="note", normalise="exact", db_index=True)

            class Meta:
                app_label = "tests"
                db_table = "demo_notebook"

        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
        with connection.schema_editor() as editor:
            editor.create_model(PlainNote)
        people = [keyring.new_subject() for _ in range(4)]
        PlainNote.objects.bulk_create(
            PlainNote(subject=people[n % 4], note_plain=f"Bait {n} 桂花") for n in range(25)
        )
        with connection.schema_editor() as editor:
            editor.add_field(Note, Note._meta.get_field("note"))
            editor.add_field(Note, Note._meta.get_field("note_index"))
        sealing = sealing_run.seals(Note, plain="note_plain", sealed="note")
        yield Note
        del sealing_run._declared[sealing.name]


def dump():
    with connection.cursor() as cursor:
        cursor.execute("SELECT demo_notebook::text FROM demo_notebook")
        return "".join(text for (text,) in cursor.fetchall())


def test_all_three_steps_on_a_filled_table(notebook):
    assert "Bait 7" in dump()
    name = f"{notebook._meta.label}.note_plain"
    assert not sealing_run.is_over(name)
    run = engine.finish_now(sealing_run.start(name))
    assert (run.state, run.counters) == (RunState.DONE, {"rows": 25})
    assert sealing_run.is_over(name)
    assert "Bait" not in dump()
    assert {row.note for row in notebook.objects.all()} == {f"Bait {n} 桂花" for n in range(25)}
    found = notebook.objects.get(note_index=blind_index(notebook, "note_index", "Bait 7 桂花"))
    assert found.note == "Bait 7 桂花"
    with connection.schema_editor() as editor:
        editor.remove_field(notebook, notebook._meta.get_field("note_plain"))
    columns = connection.introspection.get_table_description(connection.cursor(), "demo_notebook")
    assert "note_plain" not in {column.name for column in columns}


def test_a_writer_beside_the_run_wins(notebook, monkeypatch):
    """An old release still writes the plain column, a new one the sealed one."""
    exchange = sealing_run._exchange
    first, second = notebook.objects.order_by("pk")[:2]

    def write_first(sealing, exchanges):
        monkeypatch.setattr(sealing_run, "_exchange", exchange)
        notebook.objects.filter(pk=first.pk).update(note_plain="written by an old release")
        row = notebook.objects.get(pk=second.pk)
        row.note, row.note_plain = "written by a new release", ""
        row.save()
        return exchange(sealing, exchanges)

    monkeypatch.setattr(sealing_run, "_exchange", write_first)
    run = engine.finish_now(sealing_run.start(f"{notebook._meta.label}.note_plain"))
    assert run.state == RunState.DONE
    assert notebook.objects.get(pk=first.pk).note == "written by an old release"
    assert notebook.objects.get(pk=second.pk).note == "written by a new release"


def test_it_goes_on_where_a_dead_worker_left_it(notebook):
    run = sealing_run.start(f"{notebook._meta.label}.note_plain")
    type(run).objects.filter(pk=run.pk).update(pace=10)
    engine.take_turn(run.pk, seconds=0)
    assert dump().count("Bait") == 15
    assert engine.finish_now(run).counters == {"rows": 25}
    assert "Bait" not in dump()


def test_what_nobody_declared_is_not_sealed():
    with pytest.raises(sealing_run.NotDeclared):
        sealing_run.start("orders.Order.code")
