"""The component library: `{% load ui %}`.

Each tag declares its arguments by its signature; an unknown or missing one is a
TemplateSyntaxError when the template is read. Markup stands in `templates/components/`.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput
from django.http import QueryDict
from django.template import Context, TemplateSyntaxError
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide

from common.money import format_money

register = template.Library()

Text = str | Promise

ALERT_ICONS = {
    "info": "info",
    "good": "circle-check",
    "warning": "triangle-alert",
    "danger": "circle-alert",
}
MESSAGE_KINDS = {"success": "good", "warning": "warning", "error": "danger"}
STATUS_KINDS = ("neutral", "info", "good", "warning", "danger")
ENTRY_STATES = ("done", "now", "ahead")


class Pictured(Protocol):
    """What `{% picture %}` shows: the addresses of one picture and its size in pixels."""

    fallback: str
    width: int
    height: int
    alt: str
    webp: str
    jpeg: str


# --- Small things -----------------------------------------------------------------------


@register.simple_tag
def icon(name: str, *, size: int = 20) -> SafeString:
    """A drawn icon that screen readers skip; its meaning stands in the words beside it."""
    return _icon(str(name), size)


@lru_cache(maxsize=256)
def _icon(name: str, size: int) -> SafeString:
    looks = {"class": "icon", "aria-hidden": "true", "focusable": "false", "stroke-width": "1.75"}
    return SafeString(lucide(name, size=size, **looks))


@register.simple_tag
def money(amount: int, currency: str = "CNY") -> SafeString:
    """An amount in figures that line up."""
    return format_html('<span class="money">{}</span>', format_money(amount, currency))


@register.filter(name="money")
def money_text(amount: int, currency: str = "CNY") -> str:
    """An amount as plain text, for attributes and sentences."""
    return format_money(amount, currency)


@register.inclusion_tag("components/price.html")
def price(price: int, compare_at: int | None = None, currency: str = "CNY") -> dict[str, Any]:
    """A price, and the earlier one where it was higher."""
    lowered = compare_at is not None and compare_at > price
    return {"price": price, "before": compare_at if lowered else None, "currency": currency}


@register.inclusion_tag("components/status.html")
def status(*, label: Text, kind: str = "neutral") -> dict[str, Any]:
    """A pill that says a state in words; its colour only repeats them."""
    return {"label": label, "kind": _one_of("status", "kind", kind, STATUS_KINDS)}


# --- Feedback ---------------------------------------------------------------------------


@register.inclusion_tag("components/alert.html")
def alert(
    *, kind: str = "info", title: Text = "", text: Text = "", dismissible: bool = False
) -> dict[str, Any]:
    """What one should know now. `danger` interrupts a screen reader, the others wait."""
    return {
        "kind": _one_of("alert", "kind", kind, ALERT_ICONS),
        "title": title,
        "text": text,
        "icon": ALERT_ICONS[kind],
        "dismissible": dismissible,
    }


@register.filter
def alert_kind(level_tag: str) -> str:
    """Which alert shows a message of Django's: `error` becomes `danger`."""
    return MESSAGE_KINDS.get(level_tag, "info")


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    *, title: Text, text: Text = "", url: str = "", action: Text = "", icon: str = "leaf"
) -> dict[str, Any]:
    """Nothing here yet: says why, and offers the next step."""
    return {"title": title, "text": text, "url": url, "action": action, "icon": icon}


# --- Forms ------------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(field: BoundField, *, optional: bool = False) -> dict[str, Any]:
    """A form field: label, help, error and input, tied to each other.

    `optional` says so beside the label.
    """
    if not isinstance(field, BoundField):
        raise TemplateSyntaxError("`field` takes a field of a form.")
    widget = field.field.widget
    return {
        "field": field,
        "optional": optional,
        "is_checkbox": isinstance(widget, CheckboxInput),
        "is_group": widget.use_fieldset,
    }


@register.inclusion_tag("components/form_fields.html")
def form_fields(form: BaseForm) -> dict[str, Any]:
    """The errors of the whole form, then every field in order."""
    return {"form": form}


# --- Lists ------------------------------------------------------------------------------


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, next_key: str, *, label: Text = "") -> dict[str, Any]:
    """The way to the next page of a list paged by key, and back to its beginning."""
    request = context.get("request")
    query: QueryDict = request.GET.copy() if request is not None else QueryDict(mutable=True)
    is_further = "after" in query
    query.pop("after", None)
    first = query.urlencode()
    query["after"] = next_key
    return {
        "next_url": f"?{query.urlencode()}" if next_key else "",
        "first_url": f"?{first}" if is_further else "",
        "label": label or _("Show more"),
    }


@register.inclusion_tag("components/steps.html")
def steps(names: Sequence[Text], *, current: int) -> dict[str, Any]:
    """How far one is in a few steps; `current` counts from 1."""
    if not 1 <= int(current) <= len(names):
        raise TemplateSyntaxError(f"`steps` has {len(names)} steps, not a step {current}.")
    entries = [
        {"name": name, "state": _step_state(number, int(current))}
        for number, name in enumerate(names, start=1)
    ]
    return {"entries": entries}


def _step_state(number: int, current: int) -> str:
    if number == current:
        return "now"
    return "done" if number < current else "ahead"


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Iterable[Any]) -> dict[str, Any]:
    """What happened and what comes: entries have `.label .at .note .state` (done, now, ahead)."""
    listed = list(entries)
    for entry in listed:
        state = entry["state"] if isinstance(entry, Mapping) else entry.state
        _one_of("timeline", "state", state, ENTRY_STATES)
    return {"entries": listed}


# --- Goods ------------------------------------------------------------------------------


@register.inclusion_tag("components/picture.html")
def picture(
    sources: Pictured | None, *, sizes: str = "100vw", eager: bool = False
) -> dict[str, Any]:
    """A picture in the sizes the page needs; its room is kept while it loads.

    `eager` is for the one picture that a page opens with. Without sources a quiet stand-in.
    """
    return {"sources": sources, "sizes": sizes, "eager": eager}


@register.inclusion_tag("components/product_card.html")
def product_card(card: Any, *, level: int = 3, eager: bool = False) -> dict[str, Any]:
    """A good in a list, as `catalog.queries.ProductCard`. `level` is the level of its heading."""
    if level not in {2, 3, 4}:
        raise TemplateSyntaxError("The heading of a `product_card` has level 2, 3 or 4.")
    return {"card": card, "level": level, "eager": eager}


def _one_of(tag: str, name: str, value: str, known: Iterable[str]) -> str:
    if value not in known:
        raise TemplateSyntaxError(f"`{tag}` knows no {name} {value!r}: {', '.join(known)}.")
    return value
