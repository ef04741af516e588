"""Notes now and then that a device is still in use."""

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

KEY = "accounts_seen"
EVERY_SECONDS = 30 * 60


class LastSeenMiddleware:
    """For pages that looked at who is signed in anyway; others stay without a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then note it at most every half hour."""
        response = self.get_response(request)
        user = getattr(request, "_cached_user", None)
        if user is not None and user.is_authenticated and request.session.session_key:
            now = time.time()
            if now - request.session.get(KEY, 0) > EVERY_SECONDS:
                request.session[KEY] = now
                sessions = UserSession.objects.filter(session_key=request.session.session_key)
                sessions.update(last_seen_at=timezone.now())
        return response
