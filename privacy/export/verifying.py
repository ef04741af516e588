"""All that was written is read again before anybody may fetch it.

Each file is opened and unpacked from its parts; checksum, size and number of rows must be those
that were noted while it was written, and the rows those that the registry counts. The fingerprints
for the manifest come from this reading, not from the writing.
"""

import hashlib
import time
import zlib
from typing import Any

from privacy.export.enums import Problem
from privacy.export.store import Store
from privacy.export.zipping import Member
from privacy.models import ExportPackage, RunStep
from privacy.redaction import rows_shown
from privacy.registry import registry
from privacy.runs.enums import StepState
from privacy.runs.kinds import Chunk, Cursor

PART = "verify"
SECONDS = 1.5


class NotAsWritten(Exception):
    """A file does not hold what was written into it."""


def members_of(step: RunStep) -> list[Member]:
    """The files that the parts before wrote, in their order; those of broken parts left out."""
    cursors = (
        step.run.steps.filter(state=StepState.DONE, position__lt=step.position)
        .order_by("position")
        .values_list("cursor", flat=True)
    )
    return [Member.from_json(said) for cursor in cursors for said in cursor.get("files", [])]


def verify(store: Store, package: ExportPackage, step: RunStep, cursor: Cursor) -> Chunk:
    """Read some of the files again."""
    members = members_of(step)
    prints = dict(cursor.get("sha256", {}))
    until = time.monotonic() + SECONDS
    for member in members:
        if member.name not in prints:
            prints[member.name] = read_again(store, member)
            if time.monotonic() > until:
                break
    done = len(prints) == len(members)
    problems = fewer_rows(package, step) if done else []
    counters = {"rows": len(prints) - len(cursor.get("sha256", {})), "fewer": len(problems)}
    return Chunk({"sha256": prints, "problems": problems}, counters, done=done)


def read_again(store: Store, member: Member) -> str:
    """The fingerprint of a file as it lies there. Raises `NotAsWritten`."""
    digest, crc, size, lines = hashlib.sha256(), 0, 0, 0
    for content in store.unpack(member):
        digest.update(content)
        crc = zlib.crc32(content, crc)
        size += len(content)
        lines += content.count(b"\n")
    if (crc, size) != (member.crc, member.size):
        raise NotAsWritten
    if member.name.endswith(".json") and member.rows and lines < member.rows:
        raise NotAsWritten
    return digest.hexdigest()


def fewer_rows(package: ExportPackage, step: RunStep) -> list[list[Any]]:
    """Tables of which fewer rows were written than stand there, up to the last one written."""
    found: list[list[Any]] = []
    known = {one.label: one for one in registry.declarations()}
    for done in step.run.steps.filter(state=StepState.DONE, name__in=known):
        rows = rows_shown(known[done.name], package.subject)
        after = done.cursor.get("after")
        there = rows.filter(pk__lte=after).count() if after is not None else 0
        written = int(done.counters.get("rows", 0))
        if written < there:
            found.append([done.name, Problem.FEWER.value, there - written])
    return found
