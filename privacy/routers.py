"""Keys and the decision journal live in the keyring; everything else in the main database."""

from typing import Any

from django.db import models

from privacy.keyring import ALIAS

KEYRING_MODELS = frozenset(
    {
        "appliedkeydecision",
        "datakey",
        "destroyedkeys",
        "journalentry",
        "journalhead",
        "purposekey",
        "signingkey",
    }
)


def _in_keyring(app_label: str, model_name: str | None) -> bool:
    return app_label == "privacy" and model_name in KEYRING_MODELS


class KeyringRouter:
    """Sends each model to its database and keeps relations from crossing."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        """Where to read `model`."""
        keyring = _in_keyring(model._meta.app_label, model._meta.model_name)
        return ALIAS if keyring else "default"

    db_for_write = db_for_read

    def allow_relation(self, obj1: models.Model, obj2: models.Model, **hints: Any) -> bool:
        """Rows of two databases cannot refer to each other."""
        # By `_meta`, for `request.user` is a lazy stand-in whose type is no model.
        return self.db_for_read(obj1._meta.model) == self.db_for_read(obj2._meta.model)

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool:
        """Each table is made in its own database only."""
        if model_name is None:
            return str(hints.get("database", "default")) == db
        return (db == ALIAS) == _in_keyring(app_label, model_name)
