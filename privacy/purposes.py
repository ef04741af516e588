"""Why the mall holds personal data: a closed list."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from privacy.enums import LegalBasis


@dataclass(frozen=True)
class Purpose:
    """A purpose with its legal basis and a sentence for people."""

    code: str
    basis: LegalBasis
    sentence: str | Promise
    refusable: bool = False


_purposes: dict[str, Purpose] = {}


def _add(
    code: str, basis: LegalBasis, sentence: str | Promise, *, refusable: bool = False
) -> Purpose:
    _purposes[code] = Purpose(code, basis, sentence, refusable)
    return _purposes[code]


ACCOUNT = _add("account", LegalBasis.CONTRACT, _("To let you sign in and keep your account yours."))
PROFILE = _add(
    "profile",
    LegalBasis.CONSENT,
    _("To show the profile that you chose to fill in."),
    refusable=True,
)
ORDERING = _add("ordering", LegalBasis.CONTRACT, _("To carry out what you order."))
PAYMENT = _add("payment", LegalBasis.CONTRACT, _("To take your payment and pay you back."))
DELIVERY = _add("delivery", LegalBasis.CONTRACT, _("To bring you what you ordered."))
AFTER_SALES = _add(
    "after_sales", LegalBasis.CONTRACT, _("To take things back and answer your questions.")
)
MESSAGES = _add(
    "messages", LegalBasis.CONTRACT, _("To tell you what happens to your orders and account.")
)
SECURITY = _add(
    "security", LegalBasis.LEGAL_OBLIGATION, _("To keep strangers out and notice misuse.")
)
RECORDS = _add(
    "records",
    LegalBasis.LEGAL_OBLIGATION,
    _("To keep the records of trade that the law asks for."),
)
PROOF = _add(
    "proof", LegalBasis.LEGAL_OBLIGATION, _("To prove what you agreed to and what we did.")
)
OPERATION = _add("operation", LegalBasis.CONTRACT, _("To run the mall and its background work."))
TERMS = _add("terms", LegalBasis.CONTRACT, _("The terms of use that you accept at sign-up."))
POLICY = _add("policy", LegalBasis.CONSENT, _("The privacy policy that you agree to at sign-up."))


def all_purposes() -> list[Purpose]:
    """Every purpose, in the order in which people read them."""
    return list(_purposes.values())


def is_purpose(purpose: Purpose) -> bool:
    """Whether this is one of the list."""
    return _purposes.get(purpose.code) == purpose
