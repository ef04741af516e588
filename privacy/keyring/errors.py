"""Why a key does not open or seal."""

from cryptography.exceptions import InvalidTag


class KeyDestroyed(Exception):
    """The key of this bucket is destroyed; nothing is sealed under it any more."""


class KeyMissing(Exception):
    """The keyring does not know this key: it is older than the rows. The key's id is its only word.

    Not the same as destroyed: what it sealed is still somebody's, and a younger keyring opens it.
    """


class HouseKeyMissing(KeyMissing):
    """The keyring lacks a key of the house that was in use; the message says what to do.

    A new key under the old name would look as if nothing was ever stored under it.
    """


class KeyBlocked(Exception):
    """The person's key is blocked or restricted: nothing is read or sealed under it here."""


class MasterKeyMissing(InvalidTag):
    """Another master key wrapped this; neither MASTER_KEY nor MASTER_KEY_OLD is it."""


class KeyringInTransaction(RuntimeError):
    """A key would be written in a transaction that may still roll back."""
