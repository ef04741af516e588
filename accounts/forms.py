"""What people type."""

import re
import unicodedata
from datetime import date
from typing import Any

from allauth.account.forms import LoginForm as LibraryLoginForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeBand, Gender, IdentifierKind
from accounts.models import Address, User
from accounts.models.people import MEMBER_NAME_LENGTH, NICKNAME_LENGTH
from accounts.services import ages
from accounts.services.joining import SignUp
from accounts.services.registering import name_is_taken
from common import regions
from privacy import documents, normalising
from privacy.enums import DocumentKind

NO_IDENTIFIER = _(
    "This is neither a phone number nor an e-mail address. Examples: 138 0013 8000, "
    "+44 20 7946 0000, name@example.com."
)
NAME_SHAPE = re.compile(r"^[\w.\-]+$")
MEMBER_NAME_SHORTEST = 2
UNDER_14 = "UNDER_14"
PASSWORD_ADVICE: Any = lazy(lambda: " ".join(password_validators_help_texts()), str)()


def read_identifier(text: str) -> tuple[IdentifierKind, str]:
    """What was typed, normalised; raises `ValidationError`."""
    if "@" in text:
        address = normalising.email(text)
        try:
            validate_email(address)
        except forms.ValidationError:
            raise forms.ValidationError(NO_IDENTIFIER, code="identifier") from None
        return IdentifierKind.EMAIL, address
    number = normalising.phone(text)
    if not number:
        raise forms.ValidationError(NO_IDENTIFIER, code="identifier")
    return IdentifierKind.PHONE, number


class IdentifierField(forms.CharField):
    """A phone number or an e-mail address, in any spelling."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        kwargs.setdefault("label", _("Phone number or e-mail address"))
        kwargs.setdefault("widget", forms.TextInput(attrs=attributes))
        super().__init__(max_length=254, **kwargs)

    def clean(self, value: Any) -> Any:
        """`(kind, address)`."""
        return read_identifier(super().clean(value))


class PhoneField(forms.CharField):
    """A phone number in any spelling; normalised before anything else looks at it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Phone number"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
        super().__init__(max_length=40, **kwargs)

    def to_python(self, value: Any) -> str:
        """E.164."""
        text = str(super().to_python(value) or "")
        number = normalising.phone(text)
        if text and not number:
            raise forms.ValidationError(
                _("This is not a phone number. Example: 138 0013 8000."), code="phone"
            )
        return number


class CodeForm(forms.Form):
    """Six digits from a message."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "class": "input code-input",
            }
        ),
    )


class LoginForm(LibraryLoginForm):
    """Phone or e-mail with a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("Phone number or e-mail address"),
            max_length=254,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.order_fields(["login", "password"])

    def clean_login(self) -> str:
        """Normalised, so that limits and look-ups mean the same person."""
        kind, address = read_identifier(self.cleaned_data["login"])
        self.kind = kind
        return address

    def user_credentials(self) -> dict[str, str]:
        """For the library's own check."""
        name = "phone" if self.kind == IdentifierKind.PHONE else "email"
        return {
            name: self.cleaned_data["login"],
            "password": self.cleaned_data.get("password", ""),
        }


class IdentifierForm(forms.Form):
    """Where to send a code for logging in."""

    login = IdentifierField()


class MemberNameMixin(forms.Form):
    """The public name."""

    def clean_member_name(self) -> str:
        """Its shape, and whether it is free; names are public, so that may be said."""
        name = unicodedata.normalize("NFKC", self.cleaned_data["member_name"]).strip()
        if not name:
            return ""
        if not MEMBER_NAME_SHORTEST <= len(name) <= MEMBER_NAME_LENGTH:
            # One character can become many: ㌖ is キロメートル.
            raise forms.ValidationError(
                _("Letters, digits, points, hyphens and underscores, with at least one letter."),
                code="length",
            )
        if not NAME_SHAPE.match(name) or not any(one.isalpha() for one in name):
            raise forms.ValidationError(
                _("Letters, digits, points, hyphens and underscores, with at least one letter."),
                code="shape",
            )
        user = getattr(self, "user", None)
        if name_is_taken(name, but=user):
            raise forms.ValidationError(
                _("This name is taken. Please choose another one."), code="taken"
            )
        return name


def _member_name_field(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("Member name"),
        required=required,
        min_length=MEMBER_NAME_SHORTEST,
        max_length=MEMBER_NAME_LENGTH,
        help_text=_("Public. It stands beside what you do here, so better not your real name."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname", "autocapitalize": "none"}),
    )


def _new_password_field(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("Password"),
        required=required,
        strip=False,
        max_length=200,
        help_text=PASSWORD_ADVICE,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class SignUpForm(MemberNameMixin):
    """The account: one identifier, the age band, and two boxes that nobody ticked before."""

    login = IdentifierField()
    age_band = forms.ChoiceField(
        label=_("How old are you?"),
        choices=[
            (AgeBand.ADULT.value, _("18 or older")),
            (AgeBand.TEEN.value, _("14 to 17")),
            (UNDER_14, _("Under 14")),
        ],
        widget=forms.RadioSelect,
        help_text=_("We ask because only adults may buy, and keep nothing but the answer."),
    )
    adult_month = forms.TypedChoiceField(
        label=_("Month in which you turn 18"), required=False, coerce=int, empty_value=None
    )
    adult_year = forms.TypedChoiceField(
        label=_("Year"), required=False, coerce=int, empty_value=None
    )
    member_name = _member_name_field(required=False)
    password = _new_password_field(required=False)
    terms = forms.BooleanField(required=False)
    policy = forms.BooleanField(required=False)
    terms_text = forms.CharField(widget=forms.HiddenInput, required=False)
    policy_text = forms.CharField(widget=forms.HiddenInput, required=False)
    is_too_young = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self.texts = {
            "terms": documents.current(DocumentKind.TERMS.value, language),
            "policy": documents.current(DocumentKind.PRIVACY.value, language),
        }
        for name, document in self.texts.items():
            self.fields[f"{name}_text"].initial = document.sha256
        self.fields["terms"].label = _("I accept the terms of use.")
        self.fields["policy"].label = _("I agree to the privacy policy.")
        year = timezone.localdate().year
        years = [(year + ahead, str(year + ahead)) for ahead in range(6)]
        self.fields["adult_month"].choices = [("", _("Month")), *MONTHS.items()]  # type: ignore[attr-defined]
        self.fields["adult_year"].choices = [("", _("Year")), *years]  # type: ignore[attr-defined]

    def clean_password(self) -> str:
        """Only a good one; none is fine too."""
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password)
        return password

    def clean(self) -> dict[str, Any]:
        """Age and boxes, once everything else is read."""
        cleaned = super().clean() or {}
        self.is_too_young = cleaned.get("age_band") == UNDER_14
        if cleaned.get("age_band") == AgeBand.TEEN:
            self._clean_month(cleaned)
        if not self.is_too_young:
            self._clean_boxes(cleaned)
        return cleaned

    def _clean_month(self, cleaned: dict[str, Any]) -> None:
        year, month = cleaned.get("adult_year") or 0, cleaned.get("adult_month") or 0
        if not year or not month:
            self.add_error("adult_month", _("Please tell us the month in which you turn 18."))
        elif ages.months_until(year, month) < 0:
            self.add_error("adult_month", _("Then you are 18 already: please choose so above."))
        elif not ages.is_old_enough(year, month):
            self.is_too_young = True

    def _clean_boxes(self, cleaned: dict[str, Any]) -> None:
        asked = {
            "terms": _("We need your yes to the terms of use to open an account."),
            "policy": _("We need your yes to the privacy policy to open an account."),
        }
        for name, sentence in asked.items():
            if not cleaned.get(name):
                self.add_error(name, sentence)
            elif cleaned.get(f"{name}_text") != self.texts[name].sha256:
                data = dict(self.data.items())
                data[f"{name}_text"] = self.texts[name].sha256
                data.pop(name, None)
                self.data = data
                self.add_error(
                    name, _("The text changed while you were reading. Please look again.")
                )

    def sign_up(self, next_url: str) -> SignUp:
        """What waits for the code."""
        band, changes_on = self.cleaned_data["age_band"], ""
        if band == AgeBand.TEEN:
            day: date = ages.adult_from(
                self.cleaned_data["adult_year"], self.cleaned_data["adult_month"]
            )
            changes_on = day.isoformat()
        password = self.cleaned_data["password"]
        waiting = SignUp(
            age_band=band,
            age_changes_on=changes_on,
            language=get_language() or "en",
            member_name=self.cleaned_data["member_name"],
            password_hash=make_password(password) if password else "",
            next_url=next_url,
        )
        for document in self.texts.values():
            waiting.agree(document)
        return waiting


class MemberForm(MemberNameMixin):
    """The public name of somebody who has an account."""

    member_name = _member_name_field(required=True)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)


class PasswordForm(forms.Form):
    """A new password."""

    password = _new_password_field(required=True)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """Only a good one."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


class CurrentPasswordForm(forms.Form):
    """The password, to show that it is still you."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PhoneForm(forms.Form):
    """A new phone number."""

    address = PhoneField(label=_("New phone number"))


class EmailForm(forms.Form):
    """A new e-mail address."""

    address = forms.EmailField(
        label=_("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_address(self) -> str:
        """Normalised."""
        return normalising.email(self.cleaned_data["address"])


class ProfileForm(forms.Form):
    """All of it optional."""

    nickname = forms.CharField(
        label=_("Nickname"),
        required=False,
        max_length=NICKNAME_LENGTH,
        help_text=_("Public: others see it."),
    )
    gender = forms.ChoiceField(
        label=_("Gender"),
        required=False,
        choices=[("", _("I would rather not say")), *Gender.choices],
        help_text=_("Only you see it."),
    )


class AvatarForm(forms.Form):
    """A picture for the profile."""

    picture = forms.FileField(
        label=_("Picture"),
        help_text=_("Public: others see it. JPEG, PNG or WebP, at most 5 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )


class LooseChoiceField(forms.ChoiceField):
    """Takes a choice left over from another province: that is no mistake of the person's."""

    def validate(self, value: Any) -> None:
        """The form checks it together with the others."""


class AddressForm(forms.Form):
    """An entry of the address book.

    Works without JavaScript in up to three steps: whoever chose a province is shown its cities,
    whoever chose a city its districts.
    """

    recipient = forms.CharField(
        label=_("Recipient"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = PhoneField(help_text=_("For the carrier. It may differ from your own."))
    province = forms.ChoiceField(label=_("Province"))
    city = LooseChoiceField(label=_("City"), required=False)
    district = LooseChoiceField(label=_("District or county"), required=False)
    street = forms.CharField(
        label=_("Street, building, room"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    postcode = forms.RegexField(r"^[0-9]{6}$", label=_("Postcode"), required=False)
    make_default = forms.BooleanField(label=_("Use as my default address"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        province, city = self["province"].value() or "", self["city"].value() or ""
        cities = regions.cities(province)
        if not any(one.code == city for one in cities):
            city = cities[0].code if len(cities) == 1 else ""
        self._offer("province", regions.provinces(), _("Choose a province"))
        self._offer("city", cities, _("Choose a city"))
        self._offer("district", regions.districts(city), _("Choose a district"))

    def _offer(self, name: str, found: tuple[regions.Region, ...], empty: Any) -> None:
        choices = [(one.code, one.name()) for one in found]
        if len(choices) != 1:
            choices.insert(0, ("", empty))
        self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields[name].widget.attrs["data-empty"] = empty

    def clean(self) -> dict[str, Any]:
        """City and district lie where they should."""
        cleaned = super().clean() or {}
        province = cleaned.get("province", "")
        if not province:
            return cleaned
        city = self._one_of("city", cleaned, regions.cities(province))
        if not city:
            self.add_error("city", _("Please choose the city."))
            return cleaned
        district = self._one_of("district", cleaned, regions.districts(city))
        if not district:
            self.add_error("district", _("Please choose the district or county."))
        return cleaned

    @staticmethod
    def _one_of(name: str, cleaned: dict[str, Any], found: tuple[regions.Region, ...]) -> str:
        """What was chosen if it lies there; the only possibility if there is just one."""
        chosen: str = cleaned.get(name) or ""
        codes = [one.code for one in found]
        if chosen not in codes:
            chosen = codes[0] if len(codes) == 1 else ""
        cleaned[name] = chosen
        return chosen

    @staticmethod
    def values_of(address: Address) -> dict[str, Any]:
        """An entry as the form shows it."""
        names = ("recipient", "phone", "province", "city", "district", "street", "postcode")
        return {
            **{name: getattr(address, name) for name in names},
            "make_default": address.is_default,
        }
