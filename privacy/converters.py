"""Days in addresses."""

from datetime import date

from django.urls import register_converter


class DayConverter:
    """`2027-03-31`."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """The day; a day that no calendar has is no address."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """As it stands in the address."""
        return str(value)


register_converter(DayConverter, "day")
