"""What the worker does for the catalogue."""

from catalog.services import importing_pictures
from jobs.enums import Lane
from jobs.registry import job


@job("catalog.fetch_picture", lane=Lane.BULK)
def fetch_picture(picture_id: int) -> None:
    """Fetch a picture that a product file named, and keep it."""
    importing_pictures.fetch(picture_id)


@job("catalog.render_picture", lane=Lane.BULK)
def render_picture(picture_id: int) -> None:
    """Draw the sizes of a picture."""
    importing_pictures.render_picture(picture_id)
