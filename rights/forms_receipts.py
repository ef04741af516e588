"""What somebody gives us to check a receipt: its code, or its file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.receipts.checking import LARGEST_FILE


class CheckForm(forms.Form):
    """One of the two."""

    code = forms.CharField(
        label=_("Code of the receipt"),
        required=False,
        max_length=60,
        help_text=_("Sixteen letters and digits, for example 7K3M-P9QX-2VHD-4TRA."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    file = forms.FileField(
        label=_("Or the file"),
        required=False,
        allow_empty_file=True,
        help_text=_("The JSON file as you downloaded it, 256 KB at most."),
    )

    def clean(self) -> dict[str, Any]:
        """Exactly as much as we need."""
        given: dict[str, Any] = super().clean() or {}
        file = given.get("file")
        if file is not None and file.size > LARGEST_FILE:
            self.add_error("file", _("The file is larger than 256 KB, so it is not a receipt."))
        elif file is None and not given.get("code") and not self.errors:
            self.add_error("code", _("Type the code of the receipt, or choose its file."))
        return given
