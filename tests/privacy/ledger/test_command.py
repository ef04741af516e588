"""`manage.py ledger` proves, tells, and fails loudly."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from privacy.enums import Finding
from privacy.ledger import heads
from privacy.models import AuditEntry
from tests.privacy.ledger.conftest import tamper

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments):
    out = StringIO()
    code = 0
    try:
        call_command("ledger", *arguments, stdout=out)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue()


@pytest.mark.promise("SEC-08")
def test_a_sound_ledger_verifies(sealed):
    code, text = run("verify")
    assert code == 0
    assert "5 entries in 1 batches" in text
    assert "Nothing was changed, dropped or put in." in text


def test_tamper_is_named_and_located_and_fails(sealed):
    entry = AuditEntry.objects.first().pk
    tamper("UPDATE privacy_auditentry SET request_id = 'x' WHERE id = %s", [entry])
    code, text = run("verify")
    assert code == 1
    assert f"changed after it was sealed (batch 1, place 0, ledger audit, entry {entry})" in text
    code, text = run("verify", "--json")
    assert code == 1
    found = json.loads(text)
    assert found["state"] == "found"
    assert found["findings"] == [
        {
            "kind": Finding.CHANGED_ENTRY,
            "batch": 1,
            "place": 0,
            "ledger": "A",
            "entry": entry,
        }
    ]


def test_a_head_that_somebody_kept_is_compared(sealed, tmp_path):
    head = heads.publish()
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(head.document))
    assert run("verify", "--head", str(kept))[0] == 0
    kept.write_text(json.dumps({**head.document, "kind": "other"}))
    assert run("verify", "--head", str(kept))[0] == 1
    with pytest.raises(CommandError, match="not a head"):
        run("verify", "--head", str(tmp_path / "none.json"))


def test_sealing_and_publishing_by_hand(written):
    assert "5 entries sealed" in run("seal")[1]
    assert "published" in run("publish")[1]
    assert "Nothing to publish" in run("publish")[1]


def test_the_state_is_told(written):
    before = json.loads(run("status", "--json")[1])
    assert (before["batches"], before["late"]) == (0, False)
    assert before["waiting_since"]
    run("seal")
    assert json.loads(run("status", "--json")[1])["waiting_since"] is None
    assert "entries: 5" in run("status")[1]


def test_an_entry_is_proven_from_the_command_line(sealed):
    heads.publish()
    entry = AuditEntry.objects.first().pk
    assert json.loads(run("prove", "audit", str(entry))[1])["place"] == 0
    with pytest.raises(CommandError, match="not sealed"):
        run("prove", "audit", "999999")
