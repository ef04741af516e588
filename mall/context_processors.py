"""What every page knows about the mall itself."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import translate_url
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language

from catalog.queries import CategoryNode, root_categories
from mall.demo import progress

TOP_CATEGORIES = "top-categories"


@dataclass(frozen=True)
class Language:
    """A language that the page can be read in, and where."""

    code: str
    label: str
    path: str
    url: str
    is_current: bool

    @property
    def tag(self) -> str:
        """The language as browsers and search engines write it: `zh-Hans`."""
        main, _, script = self.code.partition("-")
        return f"{main}-{script.title()}" if script else main


class Site:
    """The mall as its templates see it. Nothing here touches the session by itself."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def name(self) -> str:
        """The mall's name in the reader's language."""
        return self.name_in(get_language() or settings.LANGUAGE_CODE)

    @staticmethod
    def name_in(language: str) -> str:
        """The mall's name in `language`."""
        return str(settings.SITE_NAME.get(language) or settings.SITE_NAME[settings.LANGUAGE_CODE])

    @cached_property
    def operator(self) -> dict[str, str]:
        """The operator block, in the reader's language."""
        chinese = (get_language() or "").startswith("zh")
        return {
            name: settings.OPERATOR.get(f"{name}_zh", value) if chinese else value
            for name, value in settings.OPERATOR.items()
            if not name.endswith("_zh")
        }

    @cached_property
    def languages(self) -> list[Language]:
        """Every language of this page, the present one included."""
        current = get_language()
        query = self._request.GET.urlencode()
        rest = f"?{query}" if query else ""
        paths = {
            code: translate_url(self._request.path, code) for code, _label in settings.LANGUAGES
        }
        return [
            Language(code, label, paths[code], paths[code] + rest, code == current)
            for code, label in settings.LANGUAGES
        ]

    @property
    def canonical(self) -> str:
        """The one address of this page; empty where it has no other language."""
        if self._request.resolver_match is None or self._request.method not in {"GET", "HEAD"}:
            return ""
        return self.public_url + self._request.path

    @property
    def public_url(self) -> str:
        """Where the mall is reached, without a slash at the end."""
        return str(settings.PUBLIC_URL).rstrip("/")

    @property
    def has_session(self) -> bool:
        """Whether a session cookie came along; without one there is nothing to say."""
        return settings.SESSION_COOKIE_NAME in self._request.COOKIES

    @cached_property
    def signed_in(self) -> bool:
        """Whether somebody is signed in; reads no session where no cookie came along."""
        if not self.has_session:
            return False
        user = getattr(self._request, "user", None)
        return bool(user is not None and user.is_authenticated)

    @cached_property
    def categories(self) -> list[CategoryNode]:
        """The top shelves for the navigation; asked for once in a while, not once a page."""
        kept = cache.get(TOP_CATEGORIES) if settings.PAGE_CACHE_SECONDS else None
        if isinstance(kept, list):
            return kept
        found = root_categories()
        if settings.PAGE_CACHE_SECONDS:
            cache.set(TOP_CATEGORIES, found, settings.PAGE_CACHE_SECONDS)
        return found

    @property
    def demo(self) -> bool:
        """Whether this is a demo, which says so on every page."""
        return bool(settings.DEMO)

    @property
    def demo_is_loading(self) -> bool:
        """Whether the demo's goods are still on their way."""
        return settings.DEMO and progress.is_loading(settings.VAR)

    @property
    def currency(self) -> str:
        """The sales currency."""
        return str(settings.CURRENCY)

    @property
    def year(self) -> int:
        """The present year, for the footer."""
        return timezone.localdate().year


def site(request: HttpRequest) -> dict[str, Any]:
    """`mall`, also called `site` where no other package takes that name, and `request_id`."""
    mall = Site(request)
    return {"mall": mall, "site": mall, "request_id": getattr(request, "request_id", "")}
