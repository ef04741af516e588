"""The pages of a copy stand by themselves: no network, no script, no complaint."""

import io
import os
import zipfile

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from PIL import Image

from accounts.services.profiles import set_avatar
from delivery.models import Parcel
from delivery.queries import parcel_for
from orders.enums import ReturnReason
from orders.services import delivering, returning
from privacy.export.reading import Package
from tests.orders.world import buy, buy_and_pay, shop

LOOKS = {
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "small": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.fixture
def shopper(alice, address, sandbox, jobs):
    """alice with orders in several states, a return, and a picture."""
    shop("tea-house").goods("T1", on_hand=99)
    shop("lamp-house").goods("L1", on_hand=99)
    arrived = buy_and_pay(alice, ("T1", 2))
    parcel = parcel_for(arrived.code)
    Parcel.objects.filter(pk=parcel.pk).update(delivered_at=timezone.now())
    parcel.refresh_from_db()
    delivering.delivered(arrived, parcel)
    arrived.refresh_from_db()
    returning.request_return(arrived, {arrived.lines.get().pk: 1}, ReturnReason.CHANGED_MIND, alice)
    buy(alice, ("T1", 1), ("L1", 1))
    picture = io.BytesIO()
    Image.new("RGB", (400, 400), "#84480a").save(picture, "JPEG")
    picture.seek(0)
    set_avatar(alice, picture)
    jobs()
    return alice


@pytest.fixture
def unpacked(shopper, copy_of, tmp_path):
    """The copy as a person unpacks it, in a language."""

    def unpack(language):
        whole = Package(copy_of(shopper, language=language))
        with zipfile.ZipFile(whole.as_file()) as opened:
            folder = tmp_path / language
            opened.extractall(folder)
            return folder, [name for name in opened.namelist() if name.endswith(".html")]

    return unpack


@pytest.mark.slow
@pytest.mark.promise("RGT-05")
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_reads_well_without_the_mall(unpacked, chromium, language):
    folder, names = unpacked(language)
    assert len(names) == 7
    complaints = []
    for look, options in LOOKS.items():
        page = chromium.new_context(offline=True, **options).new_page()
        listen(page, complaints)
        checked = chromium.new_context(offline=True, bypass_csp=True, **options).new_page()
        for name in names:
            page.goto(f"file://{folder}/{name}")
            complaints += [f"{name} {one}" for one in wrong_on(page, folder / name)]
            checked.goto(f"file://{folder}/{name}")
            found = Axe().run(checked).response["violations"]
            complaints += [f"{name} {rule['id']} {rule['nodes'][0]['html']}" for rule in found]
            if place := os.environ.get("LOOK_AT"):
                picture = f"{place}/{language}-{look}-{name.replace('/', '-')}.png"
                page.screenshot(path=picture, full_page=True)
        page.context.close()
        checked.context.close()
    assert complaints == []


def listen(page, complaints):
    """Note what the browser complains about, and every request that is not for a file."""
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: request.url.startswith("file://") or complaints.append(request.url),
    )


def wrong_on(page, file):
    """What a person would stumble over."""
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        yield "is wider than its window"
    for picture in page.locator("img").all():
        if not picture.evaluate("one => one.complete && one.naturalWidth > 0"):
            yield "does not show a picture"
    for link in page.locator("a[href]:not([href^='#'])").all():
        target = file.parent / link.get_attribute("href")
        if not target.resolve().is_file():
            yield f"leads nowhere: {target}"
