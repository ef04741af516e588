"""The words of a message, made in the language of the person who reads them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.template import Context, engines
from django.template.backends.django import DjangoTemplates
from django.template.exceptions import TemplateDoesNotExist
from django.utils import translation
from django.utils.html import linebreaks, urlize
from django.utils.safestring import mark_safe

from notices.enums import Channel
from notices.kinds import Kind

ENDINGS = {Channel.SMS: ".sms.txt", Channel.INBOX: ".inbox.txt"}


@dataclass(frozen=True)
class Words:
    """A finished message; `html` is empty where the channel has none."""

    subject: str
    text: str
    html: str


def render(kind: Kind, channel: Channel, language: str, context: Mapping[str, str | int]) -> Words:
    """Write the message of `kind` for `channel` in `language`.

    In the templates stand the context's names, `site_name`, and `url` (the mall's address in
    the reader's language, without a slash at its end).
    """
    with translation.override(language):
        names = {
            **context,
            "site_name": site_name(language),
            "url": language_url(language),
            "language": language,
        }
        subject = str(kind.subject).format(**names)
        stem = f"{kind.app}/message/{kind.name}"
        text = _text([stem + ENDINGS[channel]] if channel in ENDINGS else [], stem, names)
        html = _html(stem, subject, text, names) if channel == Channel.EMAIL else ""
    return Words(subject, text, html)


def site_name(language: str) -> str:
    """The mall's name in `language`."""
    return str(settings.SITE_NAME.get(language) or settings.SITE_NAME[settings.LANGUAGE_CODE])


def language_url(language: str) -> str:
    """Where the mall's pages in `language` begin, without a slash at the end."""
    prefix = "" if language == settings.LANGUAGE_CODE else f"/{language}"
    return f"{settings.PUBLIC_URL.rstrip('/')}{prefix}"


def _text(special: list[str], stem: str, names: dict[str, str | int]) -> str:
    template = _engine().engine.select_template([*special, f"{stem}.txt"])
    return template.render(Context(names, autoescape=False)).strip() + "\n"


def _html(stem: str, subject: str, text: str, names: dict[str, str | int]) -> str:
    engine = _engine().engine
    try:
        body = engine.get_template(f"{stem}.html").render(Context(names))
    except TemplateDoesNotExist:
        body = mark_safe(linebreaks(urlize(text, autoescape=True), autoescape=False))  # noqa: S308 - urlize escaped it
    frame = engine.get_template("notices/message/frame.html")
    return frame.render(Context({**names, "subject": subject, "body": body}))


def _engine() -> DjangoTemplates:
    engine = engines["django"]
    assert isinstance(engine, DjangoTemplates)
    return engine
