"""What buyers and staff fill in. Forms clean, services write."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Address
from common.regions import cities, districts, is_consistent, provinces
from orders.enums import DeliveryWish, RefusalReason, ReturnReason
from orders.models import OrderLine
from orders.models.carts import MOST_OF_ONE
from orders.queries.bills import CARRIER, Bill
from orders.services.placing import WhereTo, Wishes
from payments.queries import payment_methods
from privacy import normalising

NEW = "new"
REGION = ("province", "city", "district")
STAYS = {"hx-preserve": "true"}
"""What is typed while the page works out fees is not overwritten by its answer."""


class CartLineForm(forms.Form):
    """A variant and how many of it."""

    sku = forms.CharField(max_length=64)
    quantity = forms.IntegerField(required=False)

    def clean_quantity(self) -> int:
        """One unless said otherwise; never more than fits."""
        given = self.cleaned_data["quantity"]
        return 1 if given is None else max(0, min(given, MOST_OF_ONE))


class CheckoutForm(forms.Form):
    """The checkout page: three mandatory things, and wishes that are marked optional."""

    cart = forms.CharField(max_length=12, widget=forms.HiddenInput)
    shown = forms.CharField(required=False, max_length=60_000, widget=forms.HiddenInput)
    address = forms.ChoiceField(
        label=_("Where to"), widget=forms.RadioSelect, required=False, choices=[]
    )
    recipient = forms.CharField(
        label=_("Who receives it"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name", **STAYS}),
    )
    phone = forms.CharField(
        label=_("Phone number"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", **STAYS}),
    )
    province = forms.ChoiceField(label=_("Province"), required=False, choices=[])
    city = forms.ChoiceField(label=_("City"), required=False, choices=[])
    district = forms.ChoiceField(label=_("District"), required=False, choices=[])
    street = forms.CharField(
        label=_("Street and house number"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address", **STAYS}),
    )
    postcode = forms.CharField(
        label=_("Postcode"),
        max_length=6,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "postal-code", "inputmode": "numeric", **STAYS}
        ),
    )
    save_address = forms.BooleanField(
        label=_("Keep this address in my address book"), required=False
    )
    delivery_wish = forms.ChoiceField(
        label=_("When would you like it?"), required=False, choices=DeliveryWish.choices
    )
    other_phone = forms.CharField(
        label=_("Another number"),
        help_text=_(
            "For the store and our customer service, if nobody answers the first one. "
            "The carrier does not get it."
        ),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel", **STAYS}),
    )
    remark = forms.CharField(
        label=_("Anything the store should know?"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, **STAYS}),
    )
    provider = forms.ChoiceField(label=_("Pay with"), widget=forms.RadioSelect, choices=[])
    exempt_confirmed = forms.BooleanField(
        label=_("I know that these goods cannot be sent back without a fault."), required=False
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        bill: Bill,
        addresses: Sequence[Address],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.bill = bill
        self.saved = {address.code: address for address in addresses}
        self._offer_choices()
        for store in bill.stores:
            self.fields[method_name(store.group.store.slug)] = forms.ChoiceField(
                choices=[(method.code, method.label) for method in store.methods],
                widget=forms.RadioSelect,
                required=False,
            )

    def _offer_choices(self) -> None:
        offered_cities = cities(str(self["province"].value() or ""))
        city = str(self["city"].value() or "")
        if city not in {one.code for one in offered_cities}:
            # Where there is one city only, nobody can choose it: it is chosen.
            city = offered_cities[0].code if len(offered_cities) == 1 else ""
        choices: dict[str, list[tuple[str, Any]]] = {
            "address": [(code, code) for code in self.saved] + [(NEW, _("Another address"))],
            "province": _choices(provinces()),
            "city": _choices(offered_cities),
            "district": _choices(districts(city)),
            "provider": [(method.code, method.label) for method in payment_methods()],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered

    @property
    def uses_saved(self) -> bool:
        """Whether one of the saved addresses is chosen."""
        return str(self["address"].value() or "") in self.saved

    def clean(self) -> dict[str, Any]:
        """The three mandatory things, unless a saved address gives them."""
        values = super().clean() or self.cleaned_data
        if values.get("address") in self.saved:
            return values
        self._require(values, "recipient", _("Please say who receives the goods."))
        self._require(values, "phone", _("The carrier and the store need a phone number."))
        number = normalising.phone(values.get("phone") or "")
        if values.get("phone") and not number:
            self.add_error("phone", _("This is not a phone number."))
        if self.bill.needs_address:
            self._require(values, "street", _("Please give the street and house number."))
            self._clean_region(values)
        return values

    def clean_postcode(self) -> str:
        """Six digits, or none."""
        value = str(self.cleaned_data["postcode"]).strip()
        if value and not (value.isascii() and value.isdigit() and len(value) == 6):
            raise forms.ValidationError(_("A postcode has six digits. You may leave it empty."))
        return value

    def clean_other_phone(self) -> str:
        """A phone number, or none."""
        typed = str(self.cleaned_data["other_phone"])
        number = normalising.phone(typed)
        if typed and not number:
            raise forms.ValidationError(_("This is not a phone number. You may leave it empty."))
        return number

    def _clean_region(self, values: Mapping[str, Any]) -> None:
        region = [values.get(name) or "" for name in REGION]
        if not all(region) or not is_consistent(*region):
            missing = next((name for name in REGION if not values.get(name)), "district")
            self.add_error(missing, _("Please choose the province, the city and the district."))

    def _require(self, values: Mapping[str, Any], name: str, sentence: Any) -> None:
        if not values.get(name) and name not in self.errors:
            self.add_error(name, sentence)

    def wishes(self) -> Wishes:
        """What was chosen, for the service. Valid forms only."""
        values = self.cleaned_data
        return Wishes(
            where=self._where(),
            shown=values["shown"],
            methods={
                one.group.store.slug: values.get(method_name(one.group.store.slug)) or ""
                for one in self.bill.stores
            },
            provider=values["provider"],
            delivery_wish=values["delivery_wish"],
            other_phone=values["other_phone"],
            remark=values["remark"],
            exempt_confirmed=values["exempt_confirmed"],
        )

    def _where(self) -> WhereTo:
        values = self.cleaned_data
        saved = self.saved.get(values["address"])
        if saved is not None:
            return WhereTo(
                recipient=saved.recipient,
                phone=saved.phone,
                province=saved.province,
                city=saved.city,
                district=saved.district,
                street=saved.street,
                postcode=saved.postcode,
            )
        return WhereTo(
            recipient=values["recipient"],
            phone=normalising.phone(values["phone"]),
            province=values["province"],
            city=values["city"],
            district=values["district"],
            street=values["street"],
            postcode=values["postcode"],
        )


class ReturnForm(forms.Form):
    """Which goods go back, how many of them, and why."""

    reason = forms.ChoiceField(label=_("Why?"), choices=ReturnReason.choices)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: Sequence[OrderLine],
        returnable: Mapping[int, int],
    ) -> None:
        super().__init__(data)
        self.lines = [line for line in lines if returnable.get(line.pk)]
        for number, line in enumerate(self.lines):
            most = returnable[line.pk]
            self.fields[f"quantity{number}"] = forms.IntegerField(
                label=_("How many?"),
                min_value=0,
                max_value=most,
                initial=0,
                required=False,
                widget=forms.NumberInput(attrs={"max": most, "min": 0}),
            )

    def rows(self) -> list[tuple[OrderLine, forms.BoundField]]:
        """Each line with its field."""
        return [(line, self[f"quantity{number}"]) for number, line in enumerate(self.lines)]

    def quantities(self) -> dict[int, int]:
        """How many of each line, by its id. Valid forms only."""
        return {
            line.pk: self.cleaned_data.get(f"quantity{number}") or 0
            for number, line in enumerate(self.lines)
        }


class TrackingForm(forms.Form):
    """The number of the parcel that goes back; optional."""

    tracking = forms.CharField(label=_("The parcel's number"), max_length=80, required=False)


class RefusalForm(forms.Form):
    """Why a return is refused."""

    refusal = forms.ChoiceField(label=_("Reason"), choices=RefusalReason.choices)


class PickupForm(forms.Form):
    """The code that the buyer shows at the store."""

    code = forms.CharField(
        label=_("Pick-up code"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class RefundForm(forms.Form):
    """Money back by line and quantity."""

    once = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    refund_shipping = forms.BooleanField(label=_("The shipping fee too"), required=False)

    def __init__(self, *, lines: Sequence[OrderLine]) -> None:
        super().__init__()
        for line in lines:
            left = line.quantity - line.refunded_quantity
            self.fields[f"refund_{line.pk}"] = forms.IntegerField(
                label=f"{line.sku} · {line.name}", min_value=0, max_value=left, initial=0
            )


def method_name(slug: str) -> str:
    """The name of a store's delivery field."""
    return f"method_{slug}"


def chosen_methods(data: Mapping[str, Any], slugs: Sequence[str]) -> dict[str, str]:
    """The delivery methods in what was sent, by the store's slug."""
    return {slug: str(data.get(method_name(slug)) or CARRIER) for slug in slugs}


def _choices(regions: Sequence[Any]) -> list[tuple[str, Any]]:
    offered = [(region.code, region.name()) for region in regions]
    return offered if len(offered) == 1 else [("", _("Please choose")), *offered]
