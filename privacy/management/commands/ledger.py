"""Seal, verify and publish the ledgers by hand."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from privacy.enums import Finding, Ledger
from privacy.ledger import heads, proving, sealing, verifying
from privacy.models import LedgerBatch, LedgerCheck


class Command(BaseCommand):
    """`manage.py ledger verify|seal|publish|prove|status`."""

    help = "Proves that nobody changed the ledgers. Exits with 1 when something is found."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One verb each."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser("verify", help="Verify everything, and say what is wrong where.")
        verify.add_argument("--json", action="store_true", help="For programs.")
        verify.add_argument(
            "--head", action="append", default=[], metavar="FILE", help="A head that you kept."
        )
        verbs.add_parser("seal", help="Seal what waits.")
        verbs.add_parser("publish", help="Publish today's head unless that was done.")
        prove = verbs.add_parser("prove", help="Prove one entry to somebody outside, as JSON.")
        prove.add_argument("ledger", choices=[ledger.name.lower() for ledger in Ledger])
        prove.add_argument("entry", type=int)
        status = verbs.add_parser("status", help="How far the ledgers are sealed.")
        status.add_argument("--json", action="store_true", help="For programs.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        getattr(self, f"_{options['verb']}")(options)

    def _verify(self, options: dict[str, Any]) -> None:
        check = verifying.verify(extra_heads=[_head(name) for name in options["head"]])
        if options["json"]:
            self.stdout.write(json.dumps(_figures(check), indent=2))
        else:
            self._tell(check)
        if check.found:
            sys.exit(1)

    def _tell(self, check: LedgerCheck) -> None:
        self.stdout.write(
            f"{check.entries} entries in {check.batches} batches: {check.expired} expired by rule, "
            f"{check.forgotten} of people who are gone, {check.pending} not sealed yet."
        )
        for one in check.findings:
            self.stdout.write(self.style.ERROR(_sentence(one)))
        if check.found > len(check.findings):
            self.stdout.write(f"… and {check.found - len(check.findings)} more.")
        self.stdout.write(
            f"{check.found} findings." if check.found else "Nothing was changed, dropped or put in."
        )

    def _seal(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{sealing.seal_all()} entries sealed.")

    def _publish(self, options: dict[str, Any]) -> None:
        head = heads.publish()
        self.stdout.write(f"Head of {head.day} published." if head else "Nothing to publish.")

    def _prove(self, options: dict[str, Any]) -> None:
        try:
            proof = proving.prove(Ledger[options["ledger"].upper()], options["entry"])
        except proving.NotProven as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(proof, indent=1))

    def _status(self, options: dict[str, Any]) -> None:
        last = LedgerBatch.objects.order_by("-pk").first()
        waiting, writer = sealing.oldest_waiting(), sealing.oldest_writer()
        figures = {
            "batches": last.pk if last else 0,
            "entries": last.total if last else 0,
            "sealed_at": last.sealed_at.isoformat() if last else None,
            "waiting_since": waiting.isoformat() if waiting else None,
            "late": bool(waiting and timezone.now() - waiting > sealing.LATE),
            "oldest_writer": writer.isoformat() if writer else None,
        }
        if options["json"]:
            self.stdout.write(json.dumps(figures, indent=2))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name}: {value}")


def _head(name: str) -> dict[str, Any]:
    try:
        document = json.loads(Path(name).read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"{name} is not a head: {error}") from None
    if not isinstance(document, dict):
        raise CommandError(f"{name} is not a head.")
    return document


def _figures(check: LedgerCheck) -> dict[str, Any]:
    return {
        "state": check.state,
        "entries": check.entries,
        "batches": check.batches,
        "expired": check.expired,
        "forgotten": check.forgotten,
        "pending": check.pending,
        "found": check.found,
        "findings": check.findings,
    }


def _sentence(found: dict[str, Any]) -> str:
    where = [
        f"{name} {Ledger(value).name.lower() if name == 'ledger' else value}"
        for name, value in found.items()
        if name != "kind"
    ]
    return f"{Finding(found['kind']).label} ({', '.join(where)})."
