"""Keys opened for a request are forgotten at its end; restricted ones open for their person."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from privacy import keyring


class KeyringScopeMiddleware:
    """Wraps each request in a scope of the keyring."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer inside the scope."""
        with keyring.scope():
            return self.get_response(request)


class OwnDataMiddleware:
    """What a request reads is for whoever is signed in: their own restricted data opens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; the person is looked up only when a restricted key is met."""
        with keyring.as_person(lambda: getattr(request.user, "subject", None)):
            return self.get_response(request)
