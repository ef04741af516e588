"""A proof that one entry stands in the ledgers as they were published, for somebody outside.

It names nobody: the entry itself is only its hash. `tools/verify_mall.py` checks it.
"""

from typing import Any

from privacy.enums import Ledger
from privacy.ledger import tree
from privacy.ledger.entries import instant, leaf_of
from privacy.ledger.sealing import batch_content
from privacy.models import LedgerBatch, LedgerHead, LedgerLeaf
from privacy.models.batches import PLACES


class NotProven(Exception):
    """The entry is not sealed yet, or no head was published since."""


def prove(ledger: Ledger, entry: int) -> dict[str, Any]:
    """The way from the entry's leaf to the first head published after it. Raises `NotProven`."""
    leaf = LedgerLeaf.objects.filter(ledger=ledger, entry=entry).first()
    if leaf is None:
        raise NotProven("The entry is not sealed.")
    head = _head_after(leaf.batch)
    if head is None:
        raise NotProven("No head was published since the entry was sealed.")
    beside = LedgerLeaf.objects.filter(
        pk__gte=leaf.batch * PLACES, pk__lt=(leaf.batch + 1) * PLACES
    ).order_by("pk")
    hashes = [leaf_of(one.at, bytes(one.content), one.kept_as) for one in beside]
    until = head.document["content"]["batch"]
    batches = LedgerBatch.objects.filter(pk__gte=leaf.batch, pk__lte=until).order_by("pk")
    return {
        "leaf": {
            "at": instant(leaf.at),
            "content": bytes(leaf.content).hex(),
            "kept": leaf.kept_as,
        },
        "place": leaf.place,
        "path": [one.hex() for one in tree.proof(hashes, leaf.place)],
        "batches": [batch_content(batch) for batch in batches],
        "head": head.document,
    }


def _head_after(batch: int) -> LedgerHead | None:
    later = LedgerHead.objects.filter(document__content__batch__gte=batch)
    return later.order_by("day").first()
