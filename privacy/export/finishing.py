"""The manifest, the index of the parts, and the moment from which a copy can be fetched."""

import hashlib
import json
import zipfile
from typing import Any

from django.conf import settings
from django.utils import timezone

from privacy import keyring, receipts
from privacy.enums_proofs import ReceiptKind
from privacy.export import verifying
from privacy.export.enums import HARMLESS, ExportState, Problem
from privacy.export.reading import Package
from privacy.export.store import Store, write_whole
from privacy.export.verifying import NotAsWritten
from privacy.export.zipping import Member
from privacy.inventory import inventory
from privacy.models import ExportPackage, RunStep
from privacy.registry import registry
from privacy.runs.enums import StepState
from privacy.runs.kinds import Chunk

PART = "finish"
SCHEMA = "osmanthus-mall-export"
SCHEMA_VERSION = 1
MANIFEST = "manifest.json"


def finish(store: Store, package: ExportPackage, step: RunStep) -> Chunk:
    """Write the manifest, open the whole as a ZIP, and let people fetch it."""
    checked = step.run.steps.filter(name=verifying.PART, state=StepState.DONE).first()
    if checked is None:
        raise NotAsWritten
    members = verifying.members_of(step)
    prints = checked.cursor["sha256"]
    problems = problems_of(step)
    manifest = manifest_of(package, step, members, prints, problems)
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    written = write_whole(store, MANIFEST, "manifest", text)
    store.write_index([written, *members])
    size = _open_once(package, store, len(members) + 1)
    now = timezone.now()
    is_partial = any(one["kind"] not in HARMLESS for one in problems)
    sha256 = hashlib.sha256(text).hexdigest()
    ExportPackage.objects.filter(pk=package.pk, state=ExportState.MAKING).update(
        state=ExportState.PARTIAL if is_partial else ExportState.READY,
        counts=manifest["counts"],
        problems=problems,
        size=size,
        manifest_sha256=sha256,
        receipt_code=_receipt(package, step, manifest["counts"], sha256),
        ready_at=now,
        expires_at=now + settings.EXPORT_KEPT_FOR,
    )
    return Chunk({}, {"files": len(members) + 1}, done=True)


def _open_once(package: ExportPackage, store: Store, files: int) -> int:
    """Read the directory of the ZIP as any program would; returns the size of the whole."""
    whole = Package(package, store)
    with zipfile.ZipFile(whole.as_file()) as opened:
        if len(opened.namelist()) != files or opened.read(MANIFEST)[:1] != b"{":
            raise NotAsWritten
    return whole.size


def _receipt(package: ExportPackage, step: RunStep, counts: dict[str, int], sha256: str) -> str:
    """Sign what was handed out: which tables, how many rows, and the manifest's fingerprint."""
    promise = {
        "case": package.code,
        "scope": "EXPORT",
        "plan_sha256": step.run.plan_sha256,
    }
    receipt = receipts.issue(ReceiptKind.EXPORT, promise, subject=package.subject)
    outcome = {
        "case": package.code,
        "counts": counts,
        "did": [{"what": "EXPORT", "manifest_sha256": sha256}],
    }
    return receipts.complete(receipt, outcome).code


def problems_of(step: RunStep) -> list[dict[str, Any]]:
    """What is wrong with this copy: in which part, of which kind, how often."""
    found: list[dict[str, Any]] = []
    for one in step.run.steps.filter(position__lt=step.position).order_by("position"):
        if one.state == StepState.FAILED:
            found.append(_problem(one.name, "", Problem.BROKEN.value, 1))
        elif one.name == verifying.PART:
            found += [_problem(name, "", kind, n) for name, kind, n in one.cursor["problems"]]
        else:
            found += [_problem(one.name, *said) for said in one.cursor.get("problems", [])]
    return found


def _problem(part: str, column: str, kind: str, count: int) -> dict[str, Any]:
    return {"part": part, "column": column, "kind": kind, "count": count}


def manifest_of(
    package: ExportPackage,
    step: RunStep,
    members: list[Member],
    prints: dict[str, str],
    problems: list[dict[str, Any]],
) -> dict[str, Any]:
    """What the copy says about itself, for programs."""
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "export": package.code,
        "subject": pseudonym(package),
        "generated_at": timezone.now().isoformat(timespec="seconds"),
        "asked_at": package.asked_at.isoformat(timespec="seconds"),
        "language": package.language,
        "registry_version": registry_version(),
        "complete": not any(one["kind"] not in HARMLESS for one in problems),
        "problems": problems,
        "counts": counts_of_run(step),
        "files": [
            {
                "path": member.name,
                "sha256": prints[member.name],
                "bytes": member.size,
                "rows": member.rows,
            }
            for member in members
        ],
    }


def counts_of_run(step: RunStep) -> dict[str, int]:
    """How many rows of each table were written."""
    known = {one.label for one in registry.declarations()}
    done = step.run.steps.filter(state=StepState.DONE, name__in=known).order_by("position")
    return {one.name: int(one.counters.get("rows", 0)) for one in done}


def pseudonym(package: ExportPackage) -> str:
    """A name of the person, the same in each of their copies and nowhere else."""
    return keyring.token("export", str(package.subject))[:32]


def registry_version() -> str:
    """The fingerprint of what is declared: equal declarations, equal versions."""
    text = json.dumps(inventory(), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
