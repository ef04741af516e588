"""Periods and ends in words, in the reader's language."""

from django.utils.translation import gettext, ngettext

from privacy.registry import Retention


def period_of(rule: Retention) -> str:
    """How long, in words: "3 years 30 days"."""
    if rule.is_account_life:
        return gettext("As long as the account")
    parts = [
        ngettext("%(count)s year", "%(count)s years", rule.years) % {"count": rule.years},
        ngettext("%(count)s month", "%(count)s months", rule.months) % {"count": rule.months},
        ngettext("%(count)s day", "%(count)s days", rule.days) % {"count": rule.days},
    ]
    numbers = (rule.years, rule.months, rule.days)
    return " ".join(part for number, part in zip(numbers, parts, strict=True) if number)
