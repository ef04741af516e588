"""What every page knows about the mall itself."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language


@dataclass(frozen=True)
class Language:
    """A language that the page can be read in, and where."""

    code: str
    label: str
    url: str
    is_current: bool


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
        return settings.SITE_NAME.get(language) or settings.SITE_NAME[settings.LANGUAGE_CODE]

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
        path = self._request.get_full_path()
        return [
            Language(code, label, translate_url(path, code), code == current)
            for code, label in settings.LANGUAGES
        ]

    @property
    def public_url(self) -> str:
        """Where the mall is reached, without a slash at the end."""
        return settings.PUBLIC_URL.rstrip("/")

    @cached_property
    def signed_in(self) -> bool:
        """Whether somebody is signed in; reads no session where no cookie came along."""
        if settings.SESSION_COOKIE_NAME not in self._request.COOKIES:
            return False
        user = getattr(self._request, "user", None)
        return bool(user is not None and user.is_authenticated)

    @property
    def demo(self) -> bool:
        """Whether this is a demo, which says so on every page."""
        return settings.DEMO

    @property
    def currency(self) -> str:
        """The sales currency."""
        return settings.CURRENCY

    @property
    def year(self) -> int:
        """The present year, for the footer."""
        return timezone.localdate().year


def site(request: HttpRequest) -> dict[str, Any]:
    """`site` and `request_id`."""
    return {"site": Site(request), "request_id": getattr(request, "request_id", "")}
