"""Importing products: in bulk, repeatable, bad rows skipped."""

import io
import time

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Category, Product, ProductPicture, Stock, Variant
from catalog.services import fetching, importing_pictures
from catalog.services.importing_apply import import_products
from catalog.services.importing_csv import HostedShopCsv
from stores.models import Store

pytestmark = pytest.mark.django_db

HEAD = (
    "Handle,Title,Body (HTML),Vendor,Type,Option1 Name,Option1 Value,Variant SKU,Variant Grams,"
    "Variant Inventory Qty,Variant Price,Image Src"
)


@pytest.fixture
def store():
    Category.objects.create(slug="cups", name_en="Cups", name_zh="杯子")
    return Store.objects.create(slug="kiln", name_en="Kiln", name_zh="窑")


def lines(count):
    for number in range(count):
        picture = f"https://pictures.example/{number}.jpg"
        yield f"cup-{number},Cup {number},<p>Thin</p>,Kiln,Home > Cups,Colour,Red,C{number}R,90,5,12.50,{picture}"
        yield f"cup-{number},,,,,,Blue,C{number}B,90,5,12.50,"


def take_over(store, *rows, dry_run=False):
    text = "\n".join([HEAD, *rows])
    reader = HostedShopCsv(io.StringIO(text, newline=""), currency="CNY")
    return import_products(reader, store=store, dry_run=dry_run)


def test_products_variants_and_stock_are_written(store):
    report = take_over(store, *lines(3))
    assert (report.created, report.variants, report.problems) == (3, 6, [])
    product = Product.objects.get(slug="cup-1")
    assert (product.name_en, product.category.slug, product.store) == ("Cup 1", "cups", store)
    red = Variant.objects.get(sku="C1R")
    assert (red.price, red.weight_g) == (1250, 90)
    assert Stock.objects.get(variant=red).on_hand == 5


def test_the_same_file_twice_changes_nothing_the_second_time(store):
    take_over(store, *lines(3))
    report = take_over(store, *lines(3))
    assert (report.created, report.changed, report.unchanged, report.pictures) == (0, 0, 3, 0)
    assert (Product.objects.count(), Variant.objects.count()) == (3, 6)


def test_a_dry_run_says_what_would_change_and_writes_nothing(store):
    take_over(store, *lines(2))
    changed = [line.replace("C1R,90,5,12.50", "C1R,90,8,13") for line in lines(3)]
    report = take_over(store, *changed, dry_run=True)
    assert [(c.handle, c.what) for c in report.changes] == [
        ("cup-1", ("C1R: price", "C1R: stock")),
        ("cup-2", ("new",)),
    ]
    assert Product.objects.count() == 2
    assert Variant.objects.get(sku="C1R").price == 1250


def test_a_bad_row_is_skipped_and_the_rest_is_written(store):
    rows = [*lines(2), "cup-9,Cup 9,,,,,,C9,1,1,free,", *list(lines(4))[6:]]
    report = take_over(store, *rows)
    assert [(p.line, p.reason) for p in report.problems] == [(6, "“free” is no price.")]
    assert report.created == 3


def test_a_sku_belongs_to_one_product(store):
    report = take_over(store, "a,A,,,,,,S1,1,1,1,", "b,B,,,,,,S1,1,1,1,")
    assert [p.reason for p in report.problems] == ["The file names this SKU twice."]
    report = take_over(store, "c,C,,,,,,S1,1,1,1,")
    assert [p.reason for p in report.problems] == ["Another product uses this SKU."]
    assert set(Product.objects.values_list("slug", flat=True)) == {"a"}


def test_another_stores_product_is_not_touched(store):
    take_over(store, *lines(1))
    other = Store.objects.create(slug="other", name_en="Other", name_zh="别家")
    report = take_over(other, *[line.replace("Cup 0", "Mine") for line in lines(1)])
    assert [p.reason for p in report.problems] == ["Another store uses this handle."]
    assert Product.objects.get(slug="cup-0").name_en == "Cup 0"


def test_a_chinese_title_fills_the_chinese_text(store):
    take_over(store, "bei,青瓷杯,,,杯子,,,B1,1,1,9,")
    assert Product.objects.get(slug="bei").name_zh == "青瓷杯"


def test_a_picture_inside_the_house_is_refused_and_says_so(store):
    take_over(store, "a,A,,,,,,S1,1,1,1,http://127.0.0.1/x.jpg")
    picture = ProductPicture.objects.get()
    importing_pictures.fetch(picture.pk)
    picture.refresh_from_db()
    assert (picture.original, picture.refused) == ("", "The picture's address is not public.")


def test_a_fetched_picture_is_kept_and_drawn_once(store, settings, tmp_path, monkeypatch):
    from tests.catalog.test_media import photograph

    settings.MEDIA_ROOT = tmp_path
    fetched = []
    monkeypatch.setattr(
        importing_pictures, "fetch_picture", lambda url: fetched.append(url) or photograph()
    )
    take_over(store, "a,A,,,,,,S1,1,1,1,https://pictures.example/1.jpg")
    picture = ProductPicture.objects.get()
    importing_pictures.fetch(picture.pk)
    importing_pictures.fetch(picture.pk)
    importing_pictures.render_picture(picture.pk)
    picture.refresh_from_db()
    assert fetched == ["https://pictures.example/1.jpg"]
    assert (picture.width, picture.sizes) == (900, [160, 320, 640])
    assert fetching.fetch_picture is not importing_pictures.fetch_picture


def test_a_thousand_rows_take_seconds(store):
    began = time.monotonic()
    report = take_over(store, *lines(500))
    assert report.created == 500
    assert time.monotonic() - began < 15


def test_the_command_reports_and_ends_with_one_when_a_row_was_skipped(store, tmp_path):
    file = tmp_path / "goods.csv"
    file.write_text("\n".join([HEAD + ",Colour of the box", *lines(1), "x,,,,,,,,,,,"]))
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_products", str(file), store="kiln", stdout=out, stderr=err)
    assert ended.value.code == 1
    assert err.getvalue() == "line 4: The title is missing.\n"
    assert "Columns nobody reads: Colour of the box" in out.getvalue()
    assert "1 products were created" in out.getvalue()


def test_a_file_that_is_no_product_file_is_refused(store, tmp_path):
    file = tmp_path / "letter.csv"
    file.write_text("Dear mall,\nhello")
    with pytest.raises(CommandError, match="Handle and Title"):
        call_command("import_products", str(file))
