"""Search everything for words that should be gone, and say where they still stand."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy import residue
from privacy.models import ResidueSearch
from privacy.residue import sealed

FOUND = 1


class Command(BaseCommand):
    """`manage.py residue --words FILE | --case CODE [--json]`."""

    help = (
        "Searches every text, JSON and binary column of both databases, every file that the mall "
        "writes, cache, queues and logs, for the words of a file (one a line) or for the sealed "
        "words of a case. Prints places and counts, never a word. Exit status 1: something was "
        "found."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Words or a case."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--words", metavar="FILE", help="One word a line; - reads the input.")
        what.add_argument("--case", metavar="CODE", help="The case of an erasure.")
        parser.add_argument("--json", action="store_true", help="For programs.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Search; found words end with a status other than zero."""
        if options["case"]:
            search = self._search(str(options["case"]))
            words, subject = self._words_of(search), search.subject
        else:
            words, subject = self._words_in(str(options["words"])), None
        found = residue.search(words, subject=subject)
        places = {place: count for place, count in found.items() if count}
        skipped = [place for place, count in found.items() if not count]
        if options["json"]:
            said = {"words": len(words), "found": places, "not_searched": skipped}
            self.stdout.write(json.dumps(said, ensure_ascii=False, indent=2))
        else:
            self._write(len(words), places, skipped)
        if places:
            sys.exit(FOUND)

    def _write(self, words: int, places: dict[str, int], skipped: list[str]) -> None:
        for place, count in places.items():
            self.stdout.write(f"{place}: {count}")
        for place in skipped:
            self.stdout.write(place)
        self.stdout.write(f"{words} words, found in {len(places)} places.")

    def _search(self, code: str) -> ResidueSearch:
        try:
            return ResidueSearch.objects.get(case=code)
        except ResidueSearch.DoesNotExist:
            raise CommandError(f"No search belongs to the case {code}.") from None

    def _words_of(self, search: ResidueSearch) -> residue.Words:
        try:
            return sealed.unseal(search)
        except sealed.WordsGone:
            raise CommandError("The words of this case are destroyed.") from None

    def _words_in(self, name: str) -> residue.Words:
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{name} cannot be read: {type(error).__name__}.") from None
        words = residue.typed_words(text.splitlines())
        if not len(words):
            raise CommandError(f"There is no word in {name}.")
        return words
