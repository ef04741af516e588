"""Pages of the administration on which nothing can be changed."""

from typing import Any


class ReadOnly:
    """Put in front of an admin class or an inline: rows are written by services only."""

    def has_add_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        """Nobody adds a row by hand."""
        return False

    def has_change_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        """Nobody rewrites what happened."""
        return False

    def has_delete_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        """Rows go by their own rules."""
        return False
