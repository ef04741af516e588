"""Forms of the administration: amounts as people write them, pictures as files."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.forms import minor_units
from catalog.models import Product, ProductPicture, Variant
from catalog.options import options_of
from catalog.services.media import MOST_BYTES
from common.money import plain_amount

MOST_IN_STOCK = 1_000_000


class AmountField(forms.CharField):
    """An amount such as 12.50, kept in minor units."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        """Show minor units as people write them."""
        return plain_amount(value, settings.CURRENCY) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Minor units, or None."""
        return minor_units(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the amount differs, however it is written."""
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


class VariantForm(forms.ModelForm):  # type: ignore[type-arg]  # Generic in the stubs alone.
    """One variant inside its product."""

    price = AmountField(label=_("Price"))
    compare_at = AmountField(label=_("Price before"), required=False)

    class Meta:
        model = Variant
        fields: ClassVar = [
            "sku",
            "options",
            "price",
            "compare_at",
            "tax_class",
            "weight_g",
            "active",
        ]

    def clean_options(self) -> dict[str, str]:
        """A flat object of words."""
        options = self.cleaned_data["options"] or {}
        if not isinstance(options, dict) or not all(isinstance(v, str) for v in options.values()):
            raise forms.ValidationError(_('Write it like this: {"colour": "jade"}.'))
        return options

    def clean(self) -> dict[str, Any]:
        """A price before that is not higher is none."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        price, before = cleaned.get("price"), cleaned.get("compare_at")
        if price is not None and before is not None and before <= price:
            self.add_error("compare_at", _("The price before must be higher than the price."))
        return cleaned

    def save(self, commit: bool = True) -> Variant:
        """In the mall's currency."""
        self.instance.currency = self.instance.currency or settings.CURRENCY
        saved: Variant = super().save(commit=commit)
        return saved


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]  # Generic in the stubs alone.
    """A product's own columns."""

    class Meta:
        model = Product
        fields: ClassVar = "__all__"

    def clean_options(self) -> list[Any]:
        """What `catalog.options` reads, or nothing."""
        options = self.cleaned_data["options"] or []
        try:
            options_of(options, [])
        except (AttributeError, KeyError, TypeError) as error:
            raise forms.ValidationError(
                _('Write a list of names, like this: ["Colour", "Size"].')
            ) from error
        if not isinstance(options, list):
            raise forms.ValidationError(_('Write a list of names, like this: ["Colour", "Size"].'))
        return options

    def clean_tags(self) -> list[str]:
        """A list of words."""
        tags = self.cleaned_data["tags"] or []
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise forms.ValidationError(_('Write a list of words, like this: ["season"].'))
        return tags

    def clean(self) -> dict[str, Any]:
        """A product needs a name in one language at least."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("name_en") and not cleaned.get("name_zh"):
            self.add_error("name_en", _("Give a name in one language at least."))
        return cleaned


class PictureForm(forms.ModelForm):  # type: ignore[type-arg]  # Generic in the stubs alone.
    """A picture inside its product."""

    file = forms.FileField(
        label=_("File"), required=False, help_text=_("JPEG, PNG or WebP, at most 12 megabytes.")
    )

    class Meta:
        model = ProductPicture
        fields: ClassVar = ["position", "option_value", "alt_en", "alt_zh"]

    def clean_file(self) -> Any:
        """Small enough; what it is shows when it is opened."""
        file = self.cleaned_data["file"]
        if file is not None and file.size > MOST_BYTES:
            raise forms.ValidationError(_("The picture is larger than 12 megabytes."))
        if file is None and not self.instance.pk:
            raise forms.ValidationError(_("Choose a file."))
        return file


class StockForm(forms.Form):
    """How many were counted, and why it is written down."""

    REASONS = (
        ("counted", _("Counted on the shelf")),
        ("received", _("New goods came in")),
        ("damaged", _("Damaged or lost")),
    )

    quantity = forms.IntegerField(label=_("On hand now"), min_value=0, max_value=MOST_IN_STOCK)
    reason = forms.ChoiceField(label=_("Why"), choices=REASONS)
