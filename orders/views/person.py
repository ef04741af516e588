"""Who asks."""

from django.http import HttpRequest

from accounts.models import User


def person_of(request: HttpRequest) -> User:
    """The person who is signed in; behind `login_required` there always is one."""
    assert request.user.is_authenticated
    return request.user
