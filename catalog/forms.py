"""What the address of a list says; whatever makes no sense in it counts as not said."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import validate_slug
from django.http import QueryDict

from catalog import words
from catalog.enums import Sort
from catalog.queries import CategoryNode, CategoryTree, Wish
from common.errors import RuleError
from common.money import parse_amount
from stores.models import Store

PARAMS = ("category", "store", "from", "to", "stock", "colour")
"""The filters of a list beside `q`, `sort` and `after`."""


def minor_units(text: object) -> int | None:
    """What people typed as an amount; None where nothing was said. Raises `ValidationError`."""
    typed = str(text or "").strip()
    if not typed:
        return None
    try:
        return parse_amount(typed, settings.CURRENCY)
    except RuleError as error:
        raise forms.ValidationError(str(error), code=error.code) from error


class PriceField(forms.CharField):
    """An amount as people type it, in minor units."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=15)

    def clean(self, value: Any) -> int | None:
        """None where nothing was said."""
        return minor_units(super().clean(value))


class ListForm(forms.Form):
    """The filters of a list. It is never shown as a whole, only read."""

    q = forms.CharField(required=False)
    sort = forms.ChoiceField(choices=Sort.choices, required=False)
    category = forms.CharField(required=False, max_length=60, validators=[validate_slug])
    store = forms.CharField(required=False, max_length=60, validators=[validate_slug])
    stock = forms.BooleanField(required=False)
    colour = forms.CharField(required=False, max_length=40)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.fields["from"] = PriceField()
        self.fields["to"] = PriceField()


def wish_of(
    data: QueryDict,
    tree: CategoryTree,
    *,
    within: CategoryNode | None = None,
    of_store: Store | None = None,
) -> Wish:
    """What the reader wants to see; a page of a shelf or a store stays on it."""
    form = ListForm(data)
    form.is_valid()
    said = form.cleaned_data
    chosen = tree.find(said.get("category") or "")
    if within is not None and chosen not in set(within.below()) - {within}:
        chosen = None
    return Wish(
        query=(said.get("q") or "")[: words.LONGEST_QUERY],
        sort=Sort(said.get("sort") or Sort.GENERAL),
        category=chosen,
        store="" if of_store else said.get("store") or "",
        lowest=said.get("from"),
        highest=said.get("to"),
        in_stock=bool(said.get("stock")),
        colour=said.get("colour") or "",
        within=within,
        of_store=of_store,
    )
