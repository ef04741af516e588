"""Measures what the ledgers cost: an entry, its seal, its verification. A JSON line for each.

    .venv/bin/python -m bench.ledger [--entries 20000]

It makes a database of its own on the embedded servers of `VAR` (as the tests do) and drops it.
"""

import argparse
import json
import os
import statistics
import sys
import time
import uuid

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mall.settings_test")
os.environ.setdefault("MALL_TESTING", "1")
PLAIN = """
INSERT INTO privacy_auditentry (action, actor, actor_role, subject, reason, detail, request_id, at)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, now()) RETURNING id
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    asked = parser.parse_args()

    import django

    django.setup()
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    from mall import embedded
    from mall.settings_test import SERVERS_VAR

    embedded.hold(SERVERS_VAR)
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        measure(asked.entries)
    finally:
        connections.close_all()
        teardown_databases(databases, verbosity=0)


def measure(entries: int) -> None:
    from django.conf import settings

    settings.VAULT_DIR = settings.VAR / "bench-vault"
    cost_of_an_entry()
    write(entries)
    from privacy.ledger import sealing, verifying

    began = time.perf_counter()
    sealed = sealing.seal_all()
    tell("seal", sealed, time.perf_counter() - began)
    began = time.perf_counter()
    check = verifying.verify()
    tell("verify", check.entries, time.perf_counter() - began, found=check.found)


def cost_of_an_entry(rounds: int = 15, each: int = 200) -> None:
    """The same line by `audit.record` and by plain SQL, in turns, on one connection."""
    from django.db import connection, transaction

    from privacy import audit
    from privacy.enums import AccessReason, Action

    actor = Actor()
    subject = uuid.uuid4()
    detail = {"model": "accounts.Phone", "column": "number", "row": "1"}
    text = json.dumps(detail)

    def plain() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                PLAIN, ["VALUE_OPENED", actor.subject, "clerk", subject, "DELIVERY", text, ""]
            )
            cursor.fetchone()

    def recorded() -> None:
        audit.record(
            Action.VALUE_OPENED,
            actor=actor,
            subject=subject,
            reason=AccessReason.DELIVERY,
            detail=detail,
        )

    taken: dict[str, list[float]] = {"plain": [], "record": []}
    for _round in range(rounds):
        for name, function in (("plain", plain), ("record", recorded)):
            with transaction.atomic():
                began = time.perf_counter()
                for _one in range(each):
                    function()
                taken[name].append((time.perf_counter() - began) / each)
    insert, record = (statistics.median(taken[name]) for name in ("plain", "record"))
    line = {
        "figure": "audit.record",
        "insert_us": round(insert * 1e6, 1),
        "record_us": round(record * 1e6, 1),
        "added_us": round((record - insert) * 1e6, 1),
        "ratio": round(record / insert, 2),
    }
    print(json.dumps(line), flush=True)


class Actor:
    """A member of staff."""

    role_name = "clerk"

    def __init__(self) -> None:
        self.subject = uuid.uuid4()


def write(entries: int) -> None:
    from privacy import audit
    from privacy.enums import Action

    actor = Actor()
    while entries > 0:
        some = min(entries, 2000)
        subjects = [uuid.uuid4() for _one in range(some)]
        audit.record_many(Action.STAFF_LISTED, actor=actor, subjects=subjects, detail={"rows": 1})
        entries -= some


def tell(figure: str, number: int, seconds: float, **more: int) -> None:
    line = {
        "figure": figure,
        "entries": number,
        "seconds": round(seconds, 2),
        "per_second": round(number / seconds),
        **more,
    }
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
