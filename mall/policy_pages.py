"""A policy's Markdown as a page: contents, numbered parts, tables that scroll."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict


@dataclass(frozen=True)
class Part:
    """One heading of the contents, and where it stands."""

    anchor: str
    title: str


@dataclass(frozen=True)
class PolicyPage:
    """What the reading layout needs."""

    html: SafeString
    parts: tuple[Part, ...]


@lru_cache(maxsize=32)
def policy_page(text: str) -> PolicyPage:
    """Draw the page of a policy's text. HTML in the text is shown, never run."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    tokens = reader.parse(text)
    parts = list[Part]()
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            part = Part(f"part-{len(parts) + 1}", _plain(inline))
            token.attrSet("id", part.anchor)
            parts.append(part)
        if token.type == "th_open":
            token.attrSet("scope", "col")
    html = reader.renderer.render(tokens, reader.options, {})
    return PolicyPage(mark_safe(html), tuple(parts))  # noqa: S308 - our own text, drawn without HTML


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _table_open(
    _self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    name = escape(_heading_before(tokens, index))
    # A table wider than the phone scrolls by itself, by keyboard too.
    return (
        f'<div class="table-wrap" tabindex="0" role="region" aria-label="{name}">'
        '<table class="table">\n'
    )


def _table_close(
    _self: RendererHTML, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType
) -> str:
    return "</table></div>\n"


def _heading_before(tokens: Sequence[Token], index: int) -> str:
    for number in range(index, 0, -1):
        if tokens[number].type == "heading_open":
            return _plain(tokens[number + 1])
    return ""
