"""A search's words under a key of their own, which is destroyed when the search is over."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils import timezone

from privacy import keyring
from privacy.models import PurposeKey, ResidueSearch
from privacy.residue.words import Words

PREFIX = "residue:"
NONCE = b"\0" * 12
"""A key seals one text only."""


class WordsGone(Exception):
    """The key of this search is destroyed."""


def seal(case: str, words: Words) -> bytes:
    """Draw a new key for the case and seal the words under it."""
    name = PREFIX + case
    key = AESGCM.generate_key(256)
    PurposeKey.objects.using(keyring.ALIAS).update_or_create(
        pk=name, defaults={"wrapped": keyring.wrap(name, key)}
    )
    return AESGCM(key).encrypt(NONCE, words.packed(), name.encode())


def unseal(search: ResidueSearch) -> Words:
    """The words of a search. Raises `WordsGone`."""
    name = PREFIX + search.case
    row = PurposeKey.objects.using(keyring.ALIAS).filter(pk=name).first()
    if row is None or search.words is None:
        raise WordsGone(search.case)
    try:
        key = keyring.unwrap(name, bytes(row.wrapped))
        return Words.unpacked(AESGCM(key).decrypt(NONCE, bytes(search.words), name.encode()))
    except InvalidTag:
        # Sealed again under a newer key than a restored keyring knows.
        raise WordsGone(search.case) from None


def destroy(search: ResidueSearch) -> None:
    """Destroy the key and the sealed words. Repeatable."""
    PurposeKey.objects.using(keyring.ALIAS).filter(pk=PREFIX + search.case).delete()
    ResidueSearch.objects.filter(pk=search.pk).update(words=None, key_destroyed_at=timezone.now())


def destroy_strays() -> int:
    """After a crash or a restore: destroy keys whose search is over or unknown; how many."""
    rows = PurposeKey.objects.using(keyring.ALIAS).filter(pk__startswith=PREFIX)
    names = set(rows.values_list("pk", flat=True))
    open_cases = ResidueSearch.objects.filter(key_destroyed_at__isnull=True)
    wanted = {PREFIX + case for case in open_cases.values_list("case", flat=True)}
    removed, _ = rows.filter(pk__in=names - wanted).delete()
    return removed
