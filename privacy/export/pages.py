"""The pages of a copy: written for people, complete without a script, a network or this mall.

Each page carries its style and a policy of its own that allows nothing else. The same bytes are
shown online. Of a long table a page shows the newest rows and says where all of them are.
"""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from privacy.export import extras, telling, writing
from privacy.export.store import Store, write_whole
from privacy.models import ExportPackage, RunStep
from privacy.registry import Family
from privacy.runs.enums import StepState
from privacy.runs.kinds import Chunk, Cursor

PART = "pages"
INDEX = "index.html"
SHARING = "pages/sharing.html"
SECONDS = 1.5
MOST_PAGES = 20
"""How many pages of a story are written at most; the files hold all of it."""


@dataclass(frozen=True)
class Link:
    """An entry of the contents."""

    path: str
    label: str
    count: int | None = None


@dataclass(frozen=True)
class Book:
    """The pages of a copy, while some of them are written."""

    package: ExportPackage
    step: RunStep
    stories: dict[str, int]
    """How many pages each story has."""

    def numbers(self, story: extras.Story) -> range:
        """The numbers of the pages of a story that are written."""
        return range(1, min(self.stories[story.name], MOST_PAGES) + 1)


def write(store: Store, package: ExportPackage, step: RunStep, cursor: Cursor) -> Chunk:
    """Write some pages."""
    counted = {one.name: one.pages(package.subject) for one in extras.stories()}
    book = Book(package, step, counted)
    plan = list(_plan(book))
    files = list(cursor.get("files", []))
    before, until = len(files), time.monotonic() + SECONDS
    for name, page in plan[before:]:
        part = f"{step.position:03}-{len(files):05}-p"
        files.append(write_whole(store, name, part, page(book).encode()).as_json())
        if time.monotonic() > until:
            break
    done = len(files) >= len(plan)
    return Chunk({**cursor, "files": files}, {"pages": len(files) - before}, done=done)


def _plan(book: Book) -> Iterator[tuple[str, Callable[[Book], str]]]:
    """Every page with what writes it, in the order of reading."""
    yield INDEX, _index
    for story in extras.stories():
        for number in book.numbers(story):
            yield _story_path(story, number), _StoryPage(story, number)
    for family in Family:
        yield _family_path(family), _FamilyPage(family)
    yield SHARING, _sharing


def _story_path(story: extras.Story, number: int) -> str:
    return f"pages/{story.name}-{number}.html"


def _family_path(family: Family) -> str:
    return f"pages/{writing.FOLDERS[family]}.html"


# --- The frame of a page ----------------------------------------------------------------


@lru_cache(maxsize=1)
def style() -> str:
    """The style sheet that every page carries."""
    return (Path(settings.BASE_DIR) / "static" / "css" / "export.css").read_text()


@lru_cache(maxsize=1)
def style_source() -> str:
    """How a policy names that style sheet, and no other."""
    digest = hashlib.sha256(style().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy() -> str:
    """What a page may load: its own style, and pictures that lie beside it."""
    return (
        f"default-src 'none'; style-src {style_source()}; img-src 'self' file:; "
        "base-uri 'none'; form-action 'none'"
    )


def _page(book: Book, template: str, here: str, **context: Any) -> str:
    package = book.package
    style_element = format_html("<style>{}</style>", mark_safe(style()))  # noqa: S308 - our own file
    return render_to_string(
        template,
        {
            "package": package,
            "policy": policy(),
            "style_element": style_element,
            "site_name": site_name(package.language),
            "root": "" if here == INDEX else "../",
            "here": here,
            "contents": contents(book),
            **context,
        },
    )


def site_name(language: str) -> str:
    """The mall's name in the language of the copy."""
    return str(settings.SITE_NAME.get(language) or settings.SITE_NAME[settings.LANGUAGE_CODE])


def contents(book: Book) -> list[Link]:
    """The pages, as people find them."""
    links = [Link(INDEX, _("Overview"))]
    links += [
        Link(_story_path(one, 1), str(one.label))
        for one in extras.stories()
        if book.stories[one.name]
    ]
    links += [Link(_family_path(family), str(family.label)) for family in Family]
    return [*links, Link(SHARING, _("Who saw or received it"))]


# --- Pages ------------------------------------------------------------------------------


def _index(book: Book) -> str:
    step = book.step
    failed = step.run.steps.filter(state=StepState.FAILED)
    return _page(
        book,
        "privacy/export/index.html",
        INDEX,
        title=_("Your data"),
        families=telling.families(step),
        broken=list(failed.values_list("name", flat=True)),
        unreadable=telling.unreadable(step),
        files=telling.files_written(step),
        elsewhere=telling.elsewhere(book.package.subject),
    )


def _sharing(book: Book) -> str:
    subject = book.package.subject
    return _page(
        book,
        "privacy/export/sharing.html",
        SHARING,
        title=_("Who saw or received it"),
        received=telling.received(subject),
        looked=telling.looked(subject),
        purposes=telling.purposes_in_use(subject),
    )


@dataclass(frozen=True)
class _FamilyPage:
    family: Family

    def __call__(self, book: Book) -> str:
        return _page(
            book,
            "privacy/export/family.html",
            _family_path(self.family),
            title=str(self.family.label),
            sections=telling.sections(book.package.subject, self.family, book.step),
        )


@dataclass(frozen=True)
class _StoryPage:
    story: extras.Story
    number: int

    def __call__(self, book: Book) -> str:
        numbers = book.numbers(self.story)
        pages = [(n, _story_path(self.story, n).removeprefix("pages/")) for n in numbers]
        return _page(
            book,
            self.story.template,
            _story_path(self.story, self.number),
            title=str(self.story.label),
            lead=str(self.story.lead),
            number=self.number,
            pages=pages if len(pages) > 1 else [],
            is_cut=book.stories[self.story.name] > MOST_PAGES,
            **self.story.tell(book.package.subject, self.number),
        )
