"""Pictures that a product file names are fetched by the worker, one job each."""

from django.db import transaction
from django.db.models import Q

from catalog.models import ProductPicture
from catalog.services import media
from catalog.services.fetching import fetch_picture
from jobs.services import enqueue


def fetch(picture_id: int) -> None:
    """Fetch, re-encode and keep one picture, then have its sizes drawn.

    A refusal is written beside the picture for the person who imported it; nothing is retried.
    Twice changes nothing.
    """
    picture = ProductPicture.objects.filter(pk=picture_id, original="").first()
    if picture is None or picture.refused:
        return
    try:
        stored = media.store_upload(fetch_picture(picture.source_url))
    except media.PictureRefused as refusal:
        ProductPicture.objects.filter(pk=picture_id).update(refused=str(refusal)[:200])
        return
    with transaction.atomic():
        ProductPicture.objects.filter(pk=picture_id).update(
            original=stored.path, width=stored.width, height=stored.height
        )
        enqueue("catalog.render_picture", once=f"render-{picture_id}", picture_id=picture_id)


def render_picture(picture_id: int) -> None:
    """Draw the sizes of one picture and remember them. Twice writes the same."""
    picture = ProductPicture.objects.filter(~Q(original=""), pk=picture_id).first()
    if picture is not None:
        ProductPicture.objects.filter(pk=picture_id).update(sizes=media.render(picture))
