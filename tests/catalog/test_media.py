"""Pictures: kept, re-encoded, drawn in sizes."""

import io
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from catalog.services import media
from mall.demo import art


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def photograph(width=900, height=600, **options):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home, 31.2304 N"
    Image.new("RGB", (width, height), "#a8c6b2").save(out, "JPEG", exif=exif, **options)
    return out.getvalue()


def pictured(stored, sizes=()):
    return SimpleNamespace(
        original=stored.path,
        width=stored.width,
        height=stored.height,
        sizes=list(sizes),
        alt_en="A teapot",
        alt_zh="茶壶",
    )


def test_an_upload_loses_its_metadata():
    data = photograph()
    assert b"31.2304" in data
    stored = media.store_upload(data)
    with default_storage.open(stored.path) as file:
        kept = file.read()
    assert b"31.2304" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()
    assert (stored.width, stored.height) == (900, 600)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\nrest"])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(media.PictureRefused):
        media.store_upload(data)


def test_a_bomb_is_refused_before_it_is_opened():
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < 200_000
    with pytest.raises(media.PictureRefused):
        media.store_upload(out.getvalue())


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<path d="M0 0" onload="x()"/>',
        '<path style="fill:red"/>',
        '<image href="http://x.example/a.png"/>',
        '<path fill="url(http://x.example)"/>',
        "<foreignObject/>",
        "<text>hello</text>",
    ],
)
def test_a_drawing_with_more_than_shapes_is_refused(inner):
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">{inner}</svg>'
    with pytest.raises(media.PictureRefused):
        media.store_drawing(svg)


def test_a_drawing_shows_at_once_and_in_sizes_once_they_are_drawn():
    stored = media.store_drawing(art.draw("cups", art.SWATCHES["cups"][0]))
    before = media.sources_of(pictured(stored))
    assert before.fallback.endswith(".svg")
    assert (before.webp, before.jpeg, before.alt) == ("", "", "A teapot")
    widths = media.render(pictured(stored))
    assert widths == [160, 320, 640, 1200]
    after = media.sources_of(pictured(stored, widths))
    assert after.fallback.endswith("-640.jpg")
    assert after.webp.count(".webp ") == 4
    for width in widths:
        for suffix in ("webp", "jpg"):
            with default_storage.open(media.size_path(stored.path, width, suffix)) as file:
                assert Image.open(file).size == (width, width)


def test_a_small_photograph_is_not_blown_up():
    stored = media.store_upload(photograph(200, 120))
    assert media.render(pictured(stored)) == [160]


def test_the_same_picture_is_kept_once():
    one = media.store_upload(photograph())
    two = media.store_upload(photograph())
    assert one.path == two.path


def test_the_text_beside_a_picture_follows_the_language():
    from django.utils import translation

    stored = media.store_upload(photograph())
    with translation.override("zh-hans"):
        assert media.sources_of(pictured(stored)).alt == "茶壶"
