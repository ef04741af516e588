"""What people say about themselves. Everything here can be cleared again."""

import io
import struct
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.errors import MemberNameTaken, PictureRefused
from accounts.models import Profile, User
from accounts.services.registering import name_is_taken
from common.codes import public_code
from privacy import audit
from privacy.enums import Action

AVATAR_PIXELS = 320
LARGEST_FILE = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, LookupError, struct.error)
"""What the readers of picture files raise for files that are none."""


def profile_of(user: User) -> Profile:
    """The profile, made where an account has none yet."""
    row, _created = Profile.objects.get_or_create(user=user, defaults={"subject": user.subject})
    return row


def change_profile(user: User, *, nickname: str, gender: str | None) -> Profile:
    """Store nickname and gender; empty clears them."""
    row = profile_of(user)
    row.nickname = nickname.strip()
    row.gender = gender or None
    with transaction.atomic():
        row.save()
        audit.record(Action.PROFILE_CHANGED, actor=user, subject=user.subject)
    return row


def set_avatar(user: User, file: IO[bytes]) -> Profile:
    """Draw the picture anew, square and small: what a camera wrote beside it stays behind.

    Raises `PictureRefused`.
    """
    name = default_storage.save(f"avatars/{public_code(20).lower()}.webp", _redraw(file))
    return _store_avatar(user, name)


def clear_avatar(user: User) -> Profile:
    """Remove the picture and its file."""
    return _store_avatar(user, "")


def set_member_name(user: User, name: str) -> None:
    """Give the account its public name. Raises `MemberNameTaken`."""
    taken = MemberNameTaken("member_name", _("This name is taken. Please choose another one."))
    if name_is_taken(name, but=user):
        raise taken
    user.member_name = name
    try:
        with transaction.atomic():
            user.save(update_fields=["member_name"])
            audit.record(Action.PROFILE_CHANGED, actor=user, subject=user.subject)
    except IntegrityError:
        raise taken from None


def _store_avatar(user: User, name: str) -> Profile:
    row = profile_of(user)
    old, row.avatar = row.avatar, name
    with transaction.atomic():
        row.save(update_fields=["avatar"])
        audit.record(Action.PROFILE_CHANGED, actor=user, subject=user.subject)
        if old and old != name:
            transaction.on_commit(lambda: default_storage.delete(old))
    return row


def _redraw(file: IO[bytes]) -> "ContentFile[bytes]":
    content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise PictureRefused("too_large", _("The picture is larger than 5 MB."))
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise PictureRefused("too_large", _("The picture has too many pixels."))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (*BROKEN, Image.DecompressionBombError):
        raise PictureRefused("no_picture", _("This is not a picture that we can read.")) from None
    square = ImageOps.fit(upright, (AVATAR_PIXELS, AVATAR_PIXELS), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", square.size)
    clean.paste(square)
    drawn = io.BytesIO()
    clean.save(drawn, "WEBP", quality=82)
    return ContentFile(drawn.getvalue())
