"""What is sealed is complete, and ends when the declarations say so."""

from django.db.models import Q

from privacy.enums import KeptAs, Ledger
from privacy.ledger.entries import MONTHS, OWN_DEEDS, SEALED
from privacy.registry import registry

BESIDE = {"id", "at", "subject", "written_xid"}


def test_every_column_of_a_ledger_is_sealed():
    for sealed in SEALED.values():
        columns = {column.name for column in sealed.model._meta.concrete_fields}
        actor = {"actor"} if sealed.has_actor else set()
        assert columns == {*sealed.facts, *BESIDE, *actor}, sealed.table


def test_the_order_of_facts_stays_for_ever():
    """Another order is another hash: entries that were sealed before would not verify."""
    assert SEALED[Ledger.AUDIT].facts == (
        "action",
        "actor_role",
        "reason",
        "detail",
        "request_id",
    )
    assert SEALED[Ledger.DISCLOSURE].facts == ("recipient", "fields", "ground", "reference")
    assert SEALED[Ledger.CONSENT].facts[:4] == (
        "purpose",
        "decision",
        "document_version",
        "document_sha256",
    )


def test_no_declaration_lets_an_entry_go_before_the_seal_does():
    for ledger, sealed in SEALED.items():
        declaration = registry.declaration_of(sealed.model)
        assert declaration is not None
        timed = [rule for rule in declaration.rules if not rule.is_account_life]
        assert timed
        for rule in timed:
            months = rule.years * 12 + rule.months
            if ledger == Ledger.AUDIT and rule.where == Q(action__in=tuple(_own(rule))):
                assert set(_own(rule)) == OWN_DEEDS
                assert months == MONTHS[KeptAs.SECURITY_LOG]
            else:
                assert months == MONTHS[KeptAs.PROOF], ledger


def _own(rule):
    """The actions that a rule names; none when it names all others."""
    children = rule.where.children if rule.where is not None and not rule.where.negated else []
    return [action for name, actions in children if name == "action__in" for action in actions]
