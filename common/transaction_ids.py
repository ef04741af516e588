"""Which transaction wrote a row: the database says it itself, in a column's default."""

from django.db.models import BigIntegerField, Func


class CurrentTransaction(Func):
    """The number of the running transaction. It never comes back in the life of a server."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = BigIntegerField()
