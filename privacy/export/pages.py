"""The pages of a copy: written for people, complete without a script, a network or this mall.

Each page carries its style and a policy of its own that allows nothing else. The same bytes are
shown online. Of a long table a page shows the newest rows and says where all of them are.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
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
MOST_PAGES = 20
"""How many pages of a story are written at most; the files hold all of it."""


@dataclass(frozen=True)
class Link:
    """An entry of the contents."""

    path: str
    label: str
    count: int | None = None


def write(store: Store, package: ExportPackage, step: RunStep, cursor: Cursor) -> Chunk:
    """Write the next page."""
    written = list(cursor.get("files", []))
    names = [name for name, _page in _plan(package)]
    name = names[len(written)] if len(written) < len(names) else None
    if name is None:
        return Chunk(cursor, {}, done=True)
    page = dict(_plan(package))[name]
    content = page(package, step)
    member = write_whole(store, name, f"{step.position:03}-{len(written):05}-p", content.encode())
    files = [*written, member.as_json()]
    return Chunk({**cursor, "files": files}, {"pages": 1}, done=len(files) == len(names))


def _plan(package: ExportPackage) -> Iterator[tuple[str, Any]]:
    """Every page with what writes it, in the order of reading."""
    yield INDEX, _index
    for story in extras.stories():
        for number in _numbers(story, package):
            yield _story_path(story, number), _StoryPage(story, number)
    for family in Family:
        yield _family_path(family), _FamilyPage(family)
    yield "pages/sharing.html", _sharing


def _story_path(story: extras.Story, number: int) -> str:
    return f"pages/{story.name}-{number}.html"


def _family_path(family: Family) -> str:
    return f"pages/{writing.FOLDERS[family]}.html"


def _numbers(story: extras.Story, package: ExportPackage) -> list[int]:
    return list(range(1, min(story.pages(package.subject), MOST_PAGES) + 1))


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


def _page(package: ExportPackage, template: str, here: str, **context: Any) -> str:
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
            "contents": contents(package),
            **context,
        },
    )


def site_name(language: str) -> str:
    """The mall's name in the language of the copy."""
    return str(settings.SITE_NAME.get(language) or settings.SITE_NAME[settings.LANGUAGE_CODE])


def contents(package: ExportPackage) -> list[Link]:
    """The pages, as people find them."""
    links = [Link(INDEX, _("Overview"))]
    links += [
        Link(_story_path(one, 1), str(one.label))
        for one in extras.stories()
        if one.pages(package.subject)
    ]
    links += [Link(_family_path(family), str(family.label)) for family in Family]
    return [*links, Link("pages/sharing.html", _("Who saw or received it"))]


# --- Pages ------------------------------------------------------------------------------


def _index(package: ExportPackage, step: RunStep) -> str:
    return _page(
        package,
        "privacy/export/index.html",
        INDEX,
        title=_("Your data"),
        now=timezone.now(),
        families=telling.families(step),
        broken=list(step.run.steps.filter(state=StepState.FAILED).values_list("name", flat=True)),
        unreadable=telling.unreadable(step),
        files=telling.files_written(step),
        elsewhere=telling.elsewhere(package.subject),
    )


def _sharing(package: ExportPackage, _step: RunStep) -> str:
    return _page(
        package,
        "privacy/export/sharing.html",
        "pages/sharing.html",
        title=_("Who saw or received it"),
        received=telling.received(package.subject),
        looked=telling.looked(package.subject),
        purposes=telling.purposes_in_use(package.subject),
    )


@dataclass(frozen=True)
class _FamilyPage:
    family: Family

    def __call__(self, package: ExportPackage, step: RunStep) -> str:
        return _page(
            package,
            "privacy/export/family.html",
            _family_path(self.family),
            title=str(self.family.label),
            sections=telling.sections(package.subject, self.family, step),
        )


@dataclass(frozen=True)
class _StoryPage:
    story: extras.Story
    number: int

    def __call__(self, package: ExportPackage, _step: RunStep) -> str:
        numbers = _numbers(self.story, package)
        pages = [(n, _story_path(self.story, n).removeprefix("pages/")) for n in numbers]
        return _page(
            package,
            self.story.template,
            _story_path(self.story, self.number),
            title=str(self.story.label),
            lead=str(self.story.lead),
            number=self.number,
            pages=pages if len(pages) > 1 else [],
            is_cut=self.story.pages(package.subject) > MOST_PAGES,
            **self.story.tell(package.subject, self.number),
        )
