"""How the message centre learns where a person is reached, without knowing the accounts app."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Addresses:
    """The verified addresses of a person (None where there is none) and their language."""

    email: str | None
    phone: str | None
    language: str


Resolver = Callable[[Any], Addresses]
_resolvers: list[Resolver] = []


def register_resolver(resolver: Resolver) -> Resolver:
    """Name the one function that knows the addresses of an account."""
    _resolvers[:] = [resolver]
    return resolver


def addresses_of(user: Any) -> Addresses:
    """The addresses of `user`; raises `ImproperlyConfigured` when nobody registered a resolver."""
    if not _resolvers:
        raise ImproperlyConfigured("No app registered notices.addresses.register_resolver.")
    return _resolvers[0](user)
