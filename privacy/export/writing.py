"""The steps of a run that write the files of a copy. Each call writes one bounded piece."""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from PIL import Image, UnidentifiedImageError

from common.reading import read_through
from privacy.export import extras
from privacy.export.enums import Problem
from privacy.export.extras import Graph
from privacy.export.store import Segment, Store, write_whole
from privacy.export.tables import BOM, Lines, Table
from privacy.export.zipping import Member
from privacy.models import ExportPackage, Receipt, RunStep
from privacy.redaction import acted_columns, acted_rows_shown, path_of
from privacy.registry import Declaration, Family, Place, registry
from privacy.runs.kinds import Chunk, Cursor

MOST_ROWS = 50_000
"""How many rows a piece writes at most; they pass through, two thousand at a time."""
MOST_PIXELS = 40_000_000
PICTURES = ("JPEG", "PNG", "WEBP", "GIF")
BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, LookupError)


def folder_of_family(family: Family) -> str:
    """Where the files of a family of data lie in the ZIP."""
    return f"data/{FOLDERS[family]}"


FOLDERS = {
    Family.REGISTRATION: "registration",
    Family.TRANSACTION: "transactions",
    Family.USAGE: "usage",
    Family.OTHER: "other",
}


def stem_of(declaration: Declaration) -> str:
    """The name of a table's files, without their ending."""
    assert declaration.data.family is not None
    name = declaration.label.lower().replace(".", "-")
    return f"{folder_of_family(declaration.data.family)}/{name}"


# --- A table ----------------------------------------------------------------------------


def write_table(
    store: Store, package: ExportPackage, declaration: Declaration, step: RunStep, cursor: Cursor
) -> Chunk:
    """The next rows of a table, as JSON and CSV."""
    members = _members(cursor) or [
        Member(f"{stem_of(declaration)}.json", rows=0),
        Member(f"{stem_of(declaration)}.csv", rows=0),
    ]
    table = Table(declaration)
    number = cursor.get("piece", 0)
    rows = table.lines(package.subject, cursor.get("after"), MOST_ROWS)
    wrote = _write_lines(store, members, f"{step.position:03}-{number:05}", table, rows)
    done = wrote.rows < MOST_ROWS
    return Chunk(
        {
            "after": wrote.last if wrote.last is not None else cursor.get("after"),
            "piece": number + 1,
            "files": [member.as_json() for member in members],
            "problems": _added(cursor, wrote.problems),
        },
        {"rows": wrote.rows, **_by_kind(wrote.problems)},
        done=done,
    )


class _Wrote:
    """What became of some rows."""

    def __init__(self) -> None:
        self.rows = 0
        self.last: Any = None
        self.problems: Counter[tuple[str, str]] = Counter()

    def take(self, lines: Lines) -> None:
        self.rows += len(lines.json)
        self.last = lines.last if isinstance(lines.last, int) else str(lines.last)
        self.problems += lines.problems


def _write_lines(
    store: Store, members: list[Member], part: str, table: Table, rows: Iterator[Lines]
) -> _Wrote:
    """Write rows into the next segments of both files; the last segments end the files."""
    wrote = _Wrote()
    as_json, as_csv = members
    is_first = not as_json.segments
    with ExitStack() as parts:
        into = [
            Segment(member, name, parts.enter_context(store.part(name)))
            for member, name in zip(members, (f"{part}-j", f"{part}-c"), strict=True)
        ]
        if is_first:
            into[0].write(b"[\n")
            into[1].write(f"{BOM}{table.head}\r\n".encode())
        for lines in rows:
            begin = "" if is_first and not wrote.rows else ",\n"
            into[0].write((begin + ",\n".join(lines.json)).encode())
            into[1].write(("\r\n".join(lines.csv) + "\r\n").encode())
            wrote.take(lines)
        last = wrote.rows < MOST_ROWS
        if last:
            into[0].write(b"\n]\n")
        for segment in into:
            segment.end(last=last)
    for member in (as_json, as_csv):
        member.rows = (member.rows or 0) + wrote.rows
    return wrote


def _added(cursor: Cursor, problems: Counter[tuple[str, str]]) -> list[list[Any]]:
    """The problems so far: column, kind, how many values."""
    found = Counter({(column, kind): count for column, kind, count in cursor.get("problems", [])})
    return [[*key, count] for key, count in sorted((found + problems).items())]


def _by_kind(problems: Counter[tuple[str, str]]) -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for (_column, kind), count in problems.items():
        kinds[kind.lower()] += count
    return dict(kinds)


def _members(cursor: Cursor) -> list[Member]:
    return [Member.from_json(said) for said in cursor.get("files", [])]


# --- What the person did to others' rows ------------------------------------------------


def write_acted(store: Store, package: ExportPackage, step: RunStep) -> Chunk:
    """Time and action of what the person did in rows of others; never whose rows they are."""
    member = Member(f"{folder_of_family(Family.USAGE)}/what-you-did-for-others.json", rows=0)
    part = f"{step.position:03}-a"
    with store.part(part) as out:
        segment = Segment(member, part, out)
        rows = write_list(segment, _acted(package))
        segment.end(last=True)
    member.rows = rows
    return _whole([member], rows)


def _acted(package: ExportPackage) -> Iterator[dict[str, Any]]:
    for declaration in registry.declarations():
        if not declaration.data.actors:
            continue
        columns = acted_columns(declaration)
        names = [column.name for column in columns]
        rows = acted_rows_shown(declaration, package.subject).order_by("pk")
        paths = [path_of(column) for column in columns]
        for values in read_through(rows.values_list(*paths), 2000):
            yield {"table": declaration.label, **dict(zip(names, values, strict=True))}


def write_list(segment: Segment, objects: Iterable[dict[str, Any]]) -> int:
    """A JSON list with an object on each line; returns how many."""
    number = 0
    segment.write(b"[\n")
    for one in objects:
        text = json.dumps(one, ensure_ascii=False, cls=DjangoJSONEncoder)
        segment.write(f"{',' if number else ''}{text}\n".encode())
        number += 1
    segment.write(b"]\n")
    return number


def _whole(members: list[Member], rows: int, **problems: int) -> Chunk:
    cursor = {"files": [member.as_json() for member in members]}
    return Chunk(cursor, {"rows": rows, **problems}, done=True)


# --- Linked data ------------------------------------------------------------------------

GRAPH_HEAD = b'{"@context": "https://schema.org", "@graph": [\n'


def write_graph(
    store: Store, package: ExportPackage, graph: Graph, step: RunStep, cursor: Cursor
) -> Chunk:
    """The next objects of a file of linked data."""
    members = _members(cursor)
    is_first = not members
    member = members[0] if members else Member(graph_file(graph), rows=0)
    number = cursor.get("piece", 0)
    part = f"{step.position:03}-{number:05}-g"
    rows, after = 0, cursor.get("after")
    with store.part(part) as out:
        segment = Segment(member, part, out)
        if is_first:
            segment.write(GRAPH_HEAD)
        for key, text in graph.objects(package.subject, after, MOST_ROWS):
            begin = "" if is_first and not rows else ",\n"
            segment.write((begin + text).encode())
            rows, after = rows + 1, key
        done = rows < MOST_ROWS
        if done:
            segment.write(b"\n]}\n")
        segment.end(last=done)
    member.rows = (member.rows or 0) + rows
    return Chunk(
        {"after": after, "piece": number + 1, "files": [member.as_json()]},
        {"objects": rows},
        done=done,
    )


def graph_file(graph: Graph) -> str:
    """Where a file of linked data lies in the ZIP."""
    return f"{folder_of_family(graph.family)}/{graph.name}.jsonld"


def graph_of(name: str) -> Graph:
    """The declared file of linked data."""
    return next(one for one in extras.graphs() if one.name == name)


# --- Elsewhere, and files ---------------------------------------------------------------


def write_elsewhere(store: Store, package: ExportPackage, step: RunStep) -> Chunk:
    """What lies in no table: what it is, where, how long, and what is there at present."""
    content = [
        {
            "what": str(one.label),
            "where": str(one.place.label),
            "why": [str(purpose.sentence) for purpose in one.purposes],
            "about": str(one.because),
            "kept": str(one.kept),
            "found": len(one.found(package.subject)) if one.found is not None else None,
        }
        for one in registry.elsewhere
    ]
    text = json.dumps(content, ensure_ascii=False, indent=1).encode()
    name = f"{folder_of_family(Family.OTHER)}/outside-of-tables.json"
    member = write_whole(store, name, f"{step.position:03}-e", text)
    member.rows = len(content)
    return _whole([member], 0)


def write_files(store: Store, package: ExportPackage, step: RunStep) -> Chunk:
    """The person's files: pictures drawn anew, anything else under an ending that opens nothing."""
    members: list[Member] = []
    missing = 0
    for number, name in enumerate(files_of(package.subject), 1):
        try:
            with default_storage.open(name) as stream:
                ending, content = inert(stream.read())
        except OSError:
            missing += 1
            continue
        part = f"{step.position:03}-{number:05}-f"
        members.append(write_whole(store, f"files/file-{number}{ending}", part, content))
    problems: list[list[Any]] = [["files", Problem.FILE_MISSING.value, missing]] if missing else []
    cursor = {"files": [member.as_json() for member in members], "problems": problems}
    return Chunk(cursor, {"files": len(members), "file_missing": missing}, done=True)


def files_of(subject: Any) -> list[str]:
    """The names in the storage of what the person uploaded."""
    return sorted(
        name
        for one in registry.elsewhere
        if one.place == Place.FILES and one.found is not None and one.is_stored
        for name in one.found(subject)
    )


def inert(content: bytes) -> tuple[str, bytes]:
    """A picture drawn anew, without anything that was written beside it; else bytes as they are.

    The ending of the second kind opens in no program.
    """
    try:
        with Image.open(io.BytesIO(content), formats=PICTURES) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return ".bin", content
            drawn = opened.convert("RGBA" if "A" in opened.getbands() else "RGB")
    except (*BROKEN, Image.DecompressionBombError):
        return ".bin", content
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    out = io.BytesIO()
    clean.save(out, "PNG")
    return ".png", out.getvalue()


# --- Receipts ---------------------------------------------------------------------------


def write_receipts(store: Store, package: ExportPackage, step: RunStep) -> Chunk:
    """The signed receipts of what was done before, as anybody can check them."""
    members = []
    receipts = Receipt.objects.filter(subject=package.subject).order_by("pk")
    for number, receipt in enumerate(receipts, 1):
        content = {"receipt": receipt.document, "outcome": receipt.outcome}
        text = json.dumps(content, ensure_ascii=False, indent=1).encode()
        name = f"receipts/receipt-{number}.json"
        members.append(write_whole(store, name, f"{step.position:03}-{number:05}-r", text))
    return _whole(members, 0)


Writer = Callable[[Store, ExportPackage, RunStep], Chunk]
"""Writes its part in one piece: it is small, or cannot be cut."""
PARTS: dict[str, Writer] = {
    "acted": write_acted,
    "elsewhere": write_elsewhere,
    "files": write_files,
    "receipts": write_receipts,
}
