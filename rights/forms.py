"""Forms on which people run their own data."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class ExportForm(forms.Form):
    """How the copy should be."""

    language = forms.ChoiceField(
        label=_("Language of the pages"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a language."), "invalid_choice": _("Choose one.")},
    )
    with_files = forms.BooleanField(
        label=_("With the pictures that I uploaded"), required=False, initial=True
    )
