"""What audit entries about accounts may say."""

from accounts.enums import IdentifierKind, Role
from privacy.ledger.vocabulary import COUNT, FLAG, terms, word_list, words

METHODS = ("password", "code", "mfa", "password_reset", *IdentifierKind.values)
"""By what somebody signed in or up; allauth's names and ours."""

terms(
    count=COUNT,
    given=word_list(Role.values),
    is_staff=FLAG,
    kind=words(*IdentifierKind.values),
    replaced=FLAG,
    taken=word_list(Role.values),
    **{"with": word_list(METHODS)},
)
