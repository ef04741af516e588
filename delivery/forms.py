"""Forms of the administration."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from common.errors import RuleError
from common.money import parse_amount, plain_amount
from delivery.models import ShippingRate

AMOUNTS = ("flat", "first_fee", "step_fee", "free_from")


class AmountField(forms.CharField):
    """An amount as people write it (12.50), minor units to the code."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        """Minor units as a plain decimal; what somebody typed stays as it is."""
        return plain_amount(value, settings.CURRENCY) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        """Read the amount; an empty field is None."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_amount(text, settings.CURRENCY)
        except RuleError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare amounts, not spellings."""
        return super().has_changed(self.prepare_value(initial), data)


class ShippingRateForm(forms.ModelForm):  # type: ignore[type-arg]
    """Fees of a store as people write them."""

    flat = AmountField(
        label=_("Flat fee"),
        required=False,
        help_text=_("One fee for every weight. Empty: by weight."),
    )
    first_fee = AmountField(label=_("Fee for the first weight"), required=False)
    step_fee = AmountField(label=_("Fee for each step"), required=False)
    free_from = AmountField(
        label=_("Free from"), required=False, help_text=_("Empty: delivery is never free.")
    )

    class Meta:
        model = ShippingRate
        fields: ClassVar = [
            "store",
            "method",
            "regions",
            "flat",
            "first_weight_g",
            "first_fee",
            "step_g",
            "step_fee",
            "free_from",
        ]

    def clean_first_fee(self) -> int:
        """Empty is nothing."""
        return self.cleaned_data["first_fee"] or 0

    def clean_step_fee(self) -> int:
        """Empty is nothing."""
        return self.cleaned_data["step_fee"] or 0
