"""Keys opened for a request are forgotten at its end."""

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
