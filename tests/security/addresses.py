"""Every address of the mall, found by walking the resolver, so that none can be forgotten."""

from dataclasses import dataclass
from itertools import product

from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver
from django.utils import translation

LANGUAGES = ("en", "zh-hans")


@dataclass(frozen=True)
class Address:
    """A named address and what it needs to be written out."""

    name: str
    needs: tuple[str, ...]

    def url(self, filled, language="en"):
        """Written out with the values of `filled` in this language."""
        with translation.override(language):
            return reverse(self.name, kwargs={one: filled[one] for one in self.needs})


def _walk(resolver, namespaces=()):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            own = (pattern.namespace,) if pattern.namespace else ()
            yield from _walk(pattern, (*namespaces, *own))
        elif pattern.name:
            needs = tuple(pattern.pattern.regex.groupindex)
            yield Address(":".join([*namespaces, pattern.name]), needs)


def every_address():
    """All named addresses, once each, in the order of their names."""
    return sorted(set(_walk(get_resolver())), key=lambda one: (one.name, one.needs))


def the_malls():
    """What shoppers, partners and stores use."""
    return [one for one in every_address() if not one.name.startswith("admin:")]


def the_administrations():
    """What staff use."""
    return [one for one in every_address() if one.name.startswith("admin:")]


def in_both_languages(addresses):
    """Each address with each language; what has no language appears twice the same."""
    return list(product(addresses, LANGUAGES))
