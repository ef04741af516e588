"""The Personal Center: its first page, the profile, and becoming a member."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import queries
from accounts.errors import MemberNameTaken, PictureRefused
from accounts.forms import AvatarForm, MemberForm, ProfileForm
from accounts.models import User
from accounts.services import profiles
from common.http import no_store, safe_next_url
from notices.queries import unread_count

GET_POST = require_http_methods(["GET", "POST"])


@require_GET
@login_required
@no_store
def me(request: HttpRequest) -> HttpResponse:
    """The first page: what is where, and what is still missing."""
    user = queries.me(request.user.pk)
    return render(
        request,
        "accounts/me.html",
        {
            "me": user,
            "missing": queries.missing_for_trade(user),
            "unread": unread_count(user),
            "addresses": user.addresses.count(),
        },
    )


@GET_POST
@login_required
@no_store
def profile(request: HttpRequest) -> HttpResponse:
    """Nickname, picture, gender: all optional, all clearable."""
    user = request.user
    assert isinstance(user, User)
    row = profiles.profile_of(user)
    initial = {"nickname": row.nickname, "gender": row.gender or ""}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        profiles.change_profile(user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return _profile_page(request, form, AvatarForm())


@require_POST
@login_required
@no_store
def avatar(request: HttpRequest) -> HttpResponse:
    """Set the picture, or clear it."""
    user = request.user
    assert isinstance(user, User)
    if request.POST.get("action") == "clear":
        profiles.clear_avatar(user)
        messages.success(request, _("Your picture is gone."))
        return redirect("accounts:profile")
    form = AvatarForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            profiles.set_avatar(user, form.cleaned_data["picture"])
        except PictureRefused as refusal:
            form.add_error("picture", str(refusal))
        else:
            messages.success(request, _("Your new picture is there."))
            return redirect("accounts:profile")
    row = profiles.profile_of(user)
    initial = {"nickname": row.nickname, "gender": row.gender or ""}
    return _profile_page(request, ProfileForm(initial=initial), form)


def _profile_page(
    request: HttpRequest, form: ProfileForm, picture_form: AvatarForm
) -> HttpResponse:
    user = queries.me(request.user.pk)
    return render(
        request,
        "accounts/profile.html",
        {"me": user, "form": form, "picture_form": picture_form},
    )


@GET_POST
@login_required
@no_store
def member(request: HttpRequest) -> HttpResponse:
    """What is missing before one can buy, and why; the name can be chosen right here."""
    user = request.user
    assert isinstance(user, User)
    next_url = safe_next_url(request, "")
    form = MemberForm(request.POST or None, user=user, initial={"member_name": user.member_name})
    if request.method == "POST" and form.is_valid():
        try:
            profiles.set_member_name(user, form.cleaned_data["member_name"])
        except MemberNameTaken as refusal:
            form.add_error("member_name", str(refusal))
        else:
            messages.success(request, _("This is your name here now."))
            here = reverse("accounts:member")
            return redirect(f"{here}?next={next_url}" if next_url else here)
    missing = queries.missing_for_trade(queries.me(user.pk))
    if not missing and next_url and request.method == "GET":
        return redirect(next_url)
    return render(
        request,
        "accounts/member.html",
        {
            "form": form,
            "missing": missing,
            "missing_codes": {one.code for one in missing},
            "next": next_url,
        },
    )
