"""A search's words under a key of their own, which is destroyed when the search is over."""

from datetime import timedelta

from cryptography.exceptions import InvalidTag
from django.utils import timezone

from privacy import keyring
from privacy.models import PurposeKey, ResidueSearch
from privacy.residue.words import Words

PREFIX = "residue:"
STRAY_AFTER = timedelta(days=1)
"""The key is committed before the search that needs it."""


class WordsGone(Exception):
    """The key of this search is destroyed."""


def seal(case: str, words: Words) -> bytes:
    """Seal the words under the key of the case, made at its first use."""
    return keyring.seal_bytes(PREFIX + case, words.packed(), bound_to=case)


def unseal(search: ResidueSearch) -> Words:
    """The words of a search. Raises `WordsGone`."""
    if search.words is None:
        raise WordsGone(search.case)
    try:
        plain = keyring.open_bytes(PREFIX + search.case, bytes(search.words), bound_to=search.case)
    except (InvalidTag, keyring.HouseKeyMissing):
        raise WordsGone(search.case) from None
    return Words.unpacked(plain)


def destroy(search: ResidueSearch) -> None:
    """Destroy the key and the sealed words. Repeatable."""
    keyring.end_purpose_key(PREFIX + search.case)
    ResidueSearch.objects.filter(pk=search.pk).update(words=None, key_destroyed_at=timezone.now())


def destroy_strays() -> int:
    """After a crash or a restore: destroy keys whose search is over or unknown; how many."""
    old = PurposeKey.objects.using(keyring.ALIAS).filter(
        pk__startswith=PREFIX, created_at__lt=timezone.now() - STRAY_AFTER
    )
    open_ones = ResidueSearch.objects.filter(key_destroyed_at__isnull=True)
    wanted = {PREFIX + case for case in open_ones.values_list("case", flat=True)}
    strays = [name for name in old.values_list("pk", flat=True) if name not in wanted]
    return sum(keyring.end_purpose_key(name) for name in strays)
