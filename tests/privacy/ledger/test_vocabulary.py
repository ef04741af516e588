"""An audit entry says what was registered, and no word more."""

import pytest

from privacy import audit
from privacy.enums import AccessReason, Action
from privacy.ledger import vocabulary
from privacy.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "detail",
    [
        {"model": "accounts.Phone", "column": "number", "row": "12"},
        {"row": "11111111-2222-4333-8444-555555555555"},
        {"model": "mall.find", "found": 0},
        {"columns": "recipient_name,recipient_phone,street"},
        {"with": "code+mfa+password"},
        {"with": ""},
        {"kind": "PHONE", "replaced": False},
        {"given": "auditor+order clerk", "taken": "", "is_staff": True},
        {"order": "K7Q2-9XPD", "reason": "buyer"},
        {"step": "handed_over"},
        {"change": -3},
    ],
)
def test_what_is_registered_is_written(detail):
    assert audit.record(Action.ROLE_CHANGED, actor=None, detail=detail).detail == detail


@pytest.mark.promise("SEC-08")
@pytest.mark.parametrize(
    "detail",
    [
        {"note": "called back"},
        {"column": "the phone of Mrs Lin"},
        {"model": "accounts.Nothing"},
        {"model": "+8613800138000"},
        {"row": "alice@person.example"},
        {"row": "9" * 40},
        {"rows": "three"},
        {"rows": True},
        {"replaced": 1},
        {"with": "password+guess"},
        {"kind": "+8613800138000"},
        {"order": "13800138000"},
        {"order": "桂花路88号"},
        {"order": "two words"},
        {"order": "x" * 61},
        {"reason": "because he asked"},
        {"change": 2**60},
        {"rows": 1.5},
        {"key": "not a name"},
    ],
)
def test_free_text_is_refused_before_anything_is_written(detail):
    with pytest.raises(audit.NotInVocabulary) as refusal:
        audit.record(Action.ROLE_CHANGED, actor=None, detail=detail)
    assert not AuditEntry.objects.exists()
    for value in detail.values():
        assert str(value) not in str(refusal.value)


def test_a_reason_is_one_of_the_list():
    for reason in AccessReason:
        audit.record(Action.VALUE_OPENED, actor=None, reason=reason)
    for reason in ("I was curious", "delivery"):
        with pytest.raises(audit.NotInVocabulary):
            audit.record(Action.VALUE_OPENED, actor=None, reason=reason)
        with pytest.raises(audit.NotInVocabulary):
            audit.record_many(Action.BATCH_OPENED, actor=None, subjects=[], reason=reason)


def test_an_app_adds_words_of_its_own(monkeypatch):
    monkeypatch.setattr(vocabulary, "_terms", dict(vocabulary._terms))
    monkeypatch.setattr(vocabulary, "_reasons", set(vocabulary._reasons))
    vocabulary.terms(colour=vocabulary.words("red", "green"))
    vocabulary.reasons("PAINTING")
    assert vocabulary.check_detail({"colour": "red"}) == {"colour": "red"}
    assert vocabulary.check_reason("PAINTING") == "PAINTING"
    with pytest.raises(audit.NotInVocabulary):
        vocabulary.check_detail({"colour": "blue"})
