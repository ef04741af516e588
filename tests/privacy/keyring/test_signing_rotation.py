"""One service signs everything; its key is exchanged, and what was signed before stays true."""

import base64
import json
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command

from privacy import journal, keyring, signing
from privacy.enums import Decision
from privacy.models import JournalEntry, PurposeKey, SigningKey
from privacy.vault import replay
from tests.support.verifier import verifier

pytestmark = pytest.mark.django_db
FIRST = signing.FIRST_OF_JOURNAL


def decide():
    return journal.write(Decision.ERASE_CATEGORY, subject=keyring.new_subject(), scope="USAGE")


@pytest.fixture
def old_signature(monkeypatch):
    """Entries and heads as they were signed before there was one service."""

    def sign(text):
        key = Ed25519PrivateKey.from_private_bytes(keyring.purpose_key(FIRST))
        return base64.b64encode(key.sign(text.encode())).decode()

    def write_old():
        with monkeypatch.context() as patch:
            patch.setattr(signing, "sign_briefly", lambda _kind, content: sign(content["hash"]))
            entry = decide()
        text = f"journal-head|{entry.number}|{entry.hash}"
        head = {"number": entry.number, "hash": entry.hash, "signature": sign(text)}
        journal.write_json(journal._published(), head)
        return entry

    return write_old


def test_entries_and_heads_of_the_journal_are_signed_by_the_service():
    entry = decide()
    key, _, signature = entry.signature.partition(".")
    content = {"number": entry.number, "hash": entry.hash}
    document = {"kind": "journal-entry", "content": content, "key": key, "signature": signature}
    published = json.loads(journal._published().read_text())
    keys = verifier.keys_of(signing.public_keys())
    assert verifier.check(document, keys) == content
    assert verifier.check(published, keys)["hash"] == entry.hash
    assert not PurposeKey.objects.filter(pk=FIRST).exists()


def test_what_was_signed_before_the_service_stays_true_also_without_its_private_half(old_signature):
    entry = old_signature()
    assert "." not in entry.signature
    assert journal.verify() == 1
    assert journal.published_head().number == 1
    decide()
    assert journal.verify() == 2
    old_signature()
    signing.rotate()
    assert not PurposeKey.objects.filter(pk=FIRST).exists()
    assert journal.verify() == 3
    assert journal.published_head().number == 3
    listed = signing.public_keys()["keys"]
    assert sum(one["until"] is None for one in listed) == 1
    assert len(listed) == 3


def test_the_journal_stays_true_when_the_key_changes():
    decide()
    out = StringIO()
    call_command("keyring", "rotate-signing", stdout=out)
    assert "from now on" in out.getvalue()
    decide()
    signing.rotate()
    decide()
    assert journal.verify() == 3
    signatures = JournalEntry.objects.values_list("signature", flat=True)
    assert len({one.partition(".")[0] for one in signatures}) == 3
    assert replay.look().faults == ()


def test_a_keyring_from_before_the_change_learns_the_new_keys_from_their_predecessors():
    """And signs with another new one, for it has the private half of the oldest only."""
    decide()
    first = SigningKey.objects.get()
    secret = PurposeKey.objects.get(pk=first.secret_name)
    signing.rotate()
    signing.rotate()
    decide()
    SigningKey.objects.all().delete()
    first.save(using="keyring", force_insert=True)
    secret.save(using="keyring", force_insert=True)
    signing._public.cache_clear()
    keyring.forget_purpose_keys()
    assert journal.verify() == 2
    assert SigningKey.objects.count() == 3
    assert SigningKey.objects.get(retired_at=None) == first
    signing.rotate()
    decide()
    assert journal.verify() == 3


def test_a_key_that_no_predecessor_signed_is_not_adopted():
    signing.ready()
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    content = {"key": signing._id_of(public), "public": base64.b64encode(public).decode()}
    own = signing.sign("receipt", content)
    forged = {**own, "kind": "signing-key"}
    signing._append(forged)
    signing._append({"rubbish": 1})
    assert signing.adopt() == 0
    assert SigningKey.objects.count() == 1
