"""Pictures of goods: originals kept under a name made of their content, sizes drawn from them.

An original is either one of our own vector drawings or a re-encoded photograph without metadata.
"""

import hashlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import resvg_py
from defusedxml import ElementTree
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import RuleError

WIDTHS = (160, 320, 640, 1200)
MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2400
FORMATS = ("JPEG", "PNG", "WEBP")

_DRAWN = {"svg", "defs", "g", "path", "linearGradient", "radialGradient", "stop", "clipPath"}
_PAINTED = {
    "viewBox", "width", "height", "id", "d", "fill", "stroke", "stroke-width", "stroke-linecap",
    "stroke-linejoin", "stroke-dasharray", "opacity", "transform", "clip-path", "offset",
    "stop-color", "stop-opacity", "x1", "y1", "x2", "y2", "cx", "cy", "r",
}  # fmt: skip
_SVG = "{http://www.w3.org/2000/svg}"


class PictureRefused(RuleError):
    """The bytes are not a picture that the mall keeps."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__("picture_refused", message)


@dataclass(frozen=True)
class Stored:
    """An original as it lies under MEDIA_ROOT, with its size in pixels."""

    path: str
    width: int
    height: int


@dataclass(frozen=True)
class Sources:
    """What a page needs to show a picture; `webp` and `jpeg` are empty until sizes are drawn."""

    fallback: str
    width: int
    height: int
    alt: str
    webp: str
    jpeg: str


class Pictured(Protocol):
    """The columns of a product's picture that this module reads."""

    original: str
    width: int
    height: int
    sizes: list[int]
    alt_en: str
    alt_zh: str


def store_drawing(svg: str) -> Stored:
    """Keep one of our own drawings.

    Raises PictureRefused for anything but shapes and paint: no script, style, text or address.
    """
    try:
        root = ElementTree.fromstring(svg)
    except (ElementTree.ParseError, ValueError) as error:
        raise PictureRefused(_("The drawing cannot be read.")) from error
    for element in root.iter():
        name = element.tag.removeprefix(_SVG)
        if name not in _DRAWN or not set(element.attrib) <= _PAINTED:
            raise PictureRefused(_("The drawing holds more than shapes."))
        if any("url(" in value and "url(#" not in value for value in element.attrib.values()):
            raise PictureRefused(_("The drawing points outside itself."))
    _x, _y, width, height = (float(part) for part in root.attrib["viewBox"].split())
    return Stored(_keep(svg.encode(), "svg"), round(width), round(height))


def store_upload(data: bytes) -> Stored:
    """Keep a photograph: turned upright, on white, at most 2,400 pixels, without its metadata.

    Raises PictureRefused for what is too large, no picture, or a bomb.
    """
    if len(data) > MOST_BYTES:
        raise PictureRefused(_("The picture is larger than 12 megabytes."))
    picture = _opened(data)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return Stored(_keep(_jpeg(picture, 90), "jpg"), picture.width, picture.height)


def render(picture: Pictured) -> list[int]:
    """Draw every size as WebP and JPEG beside the original; returns the widths that now exist.

    Doing it twice writes the same files again under the same names.
    """
    whole = _original(picture.original)
    widths = [width for width in WIDTHS if width <= whole.width] or [whole.width]
    for width in widths:
        height = max(1, round(whole.height * width / whole.width))
        small = whole.resize((width, height), Image.Resampling.LANCZOS)
        _write(size_path(picture.original, width, "webp"), _webp(small))
        _write(size_path(picture.original, width, "jpg"), _jpeg(small, 82))
    return widths


def sources_of(picture: Pictured) -> Sources:
    """The addresses of a picture in every size that exists, and its text in the page's language."""
    chinese = (get_language() or "").startswith("zh")
    alt = (picture.alt_zh or picture.alt_en) if chinese else (picture.alt_en or picture.alt_zh)
    fallback = picture.original
    if picture.sizes:
        fallback = size_path(picture.original, _nearest(picture.sizes, 640), "jpg")
    return Sources(
        fallback=default_storage.url(fallback),
        width=picture.width,
        height=picture.height,
        alt=alt,
        webp=", ".join(_candidates(picture, "webp")),
        jpeg=", ".join(_candidates(picture, "jpg")),
    )


def size_path(original: str, width: int, suffix: str) -> str:
    """Where one size of an original lies."""
    return f"{original.rsplit('.', 1)[0]}-{width}.{suffix}"


def _candidates(picture: Pictured, suffix: str) -> Iterator[str]:
    for width in picture.sizes:
        yield f"{default_storage.url(size_path(picture.original, width, suffix))} {width}w"


def _nearest(widths: list[int], wanted: int) -> int:
    return min(widths, key=lambda width: abs(width - wanted))


def _keep(data: bytes, suffix: str) -> str:
    digest = hashlib.sha256(data).hexdigest()[:32]
    path = f"pictures/{digest[:2]}/{digest}.{suffix}"
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(data))
    return path


def _write(path: str, data: bytes) -> None:
    if default_storage.exists(path):
        default_storage.delete(path)
    default_storage.save(path, ContentFile(data))


def _opened(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MOST_PIXELS:
                raise PictureRefused(_("The picture has more than 40 million pixels."))
            image.load()
    except (
        UnidentifiedImageError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
    ) as error:
        raise PictureRefused(_("This is no JPEG, PNG or WebP picture.")) from error
    return _on_white(ImageOps.exif_transpose(image))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    layered = image.convert("RGBA")
    ground = Image.new("RGB", layered.size, "white")
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground


def _original(path: str) -> Image.Image:
    with default_storage.open(path) as file:
        data = file.read()
    if path.endswith(".svg"):
        drawn = resvg_py.svg_to_bytes(svg_string=data.decode(), width=WIDTHS[-1])
        return _on_white(Image.open(io.BytesIO(bytes(drawn))))
    return _opened(data)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    return _encoded(image, "JPEG", quality=quality, optimize=True, progressive=True)


def _webp(image: Image.Image) -> bytes:
    return _encoded(image, "WEBP", quality=82, method=4)


def _encoded(image: Image.Image, form: str, **options: int) -> bytes:
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    out = io.BytesIO()
    clean.save(out, form, **options)
    return out.getvalue()
