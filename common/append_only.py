"""Tables that only grow: the application's role may read and insert, nothing else."""

from typing import NoReturn

from django.db import models


class AppendOnlyModel(models.Model):
    """Base of every ledger; the grants of the application's role are derived from it."""

    class Meta:
        abstract = True

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        """Refuse: a ledger keeps what it was told."""
        raise TypeError(f"{type(self).__name__} is append-only.")


def append_only_models() -> list[type[AppendOnlyModel]]:
    """Every concrete ledger of the installed apps."""
    found: list[type[AppendOnlyModel]] = []
    pending = list(AppendOnlyModel.__subclasses__())
    while pending:
        model = pending.pop()
        pending.extend(model.__subclasses__())
        if not model._meta.abstract:
            found.append(model)
    return found
