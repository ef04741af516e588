"""`manage.py translations [--check]`: keeps the Chinese catalogue in step with the sources."""

import io
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import extract
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
NOT_OURS = {".venv", "var", "tests", "bench", "sandbox", "migrations", "locale", "demo"}
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
Sentence = tuple[str, str, str]
"""Context (mostly empty), the sentence, and its plural (mostly empty)."""


class Command(BaseCommand):
    """Without gettext: sentences are found by Babel, the catalogue is written by polib."""

    help = "Add new sentences to the Chinese catalogue and drop those that nobody says any more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--check."""
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; exit 1 when something is missing."
        )

    def handle(self, *, check: bool, **options: object) -> None:
        """Write the catalogue, or say what it lacks."""
        catalogue = polib.pofile(str(settings.BASE_DIR / CATALOGUE))
        found = sentences(settings.BASE_DIR)
        if not check:
            update(catalogue, found)
            catalogue.save()
        lacking = missing(catalogue, found)
        for sentence in lacking:
            self.stdout.write(sentence)
        if check and lacking:
            raise CommandError(f"{len(lacking)} sentences have no Chinese.")
        self.stdout.write(f"{len(found)} sentences, {len(lacking)} without Chinese.")


def sentences(root: Path) -> dict[Sentence, str]:
    """Every sentence of the sources, with a file that says it."""
    found: dict[Sentence, str] = {}
    for file in _sources(root):
        text = file.read_text(encoding="utf-8")
        if file.suffix in {".html", ".txt"}:
            # Templates become lines that look like Python, without their indentation.
            lines = templatize(text).splitlines()
            text = "\n".join(line.lstrip() for line in lines)
        for _line, message, _comments, context in extract(
            "python", io.BytesIO(text.encode()), keywords=KEYWORDS
        ):
            one, many = message if isinstance(message, tuple) else (message, "")
            found.setdefault((context or "", one, many), str(file.relative_to(root)))
    return found


def missing(catalogue: polib.POFile, found: dict[Sentence, str]) -> list[str]:
    """Sentences that the catalogue lacks or leaves empty."""
    known = {_name(entry): entry for entry in catalogue}
    return sorted(
        f"{file}: {sentence[1]!r}"
        for sentence, file in found.items()
        if sentence not in known or not known[sentence].translated()
    )


def update(catalogue: polib.POFile, found: dict[Sentence, str]) -> None:
    """Make the catalogue hold exactly what was found, in the order of the sources."""
    known = {_name(entry): entry for entry in catalogue}
    catalogue.clear()
    for sentence, file in sorted(found.items(), key=lambda item: (item[1], item[0])):
        entry = known.get(sentence) or _entry(sentence)
        entry.occurrences = [(file, "")]
        catalogue.append(entry)


def _entry(sentence: Sentence) -> polib.POEntry:
    context, one, many = sentence
    plural = {"msgid_plural": many, "msgstr_plural": {0: ""}} if many else {}
    flags = ["python-format"] if "%(" in one else []
    return polib.POEntry(msgctxt=context or None, msgid=one, flags=flags, **plural)


def _name(entry: polib.POEntry) -> Sentence:
    return (entry.msgctxt or "", entry.msgid, entry.msgid_plural or "")


def _sources(root: Path) -> Iterator[Path]:
    for ending in ("*.py", "*.html", "*.txt"):
        for file in sorted(root.rglob(ending)):
            parts = file.relative_to(root).parts
            if not NOT_OURS & set(parts) and (ending == "*.py" or parts[0] == "templates"):
                yield file
