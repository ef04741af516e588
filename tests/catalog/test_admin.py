"""The catalogue manager's administration."""

import io

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.enums import ProductStatus
from catalog.models import Category, Product, ProductPicture, Stock, Variant
from catalog.queries import Wish, browse
from catalog.services import stock
from jobs.models import Job
from privacy.models import AuditEntry
from tests.catalog.factories import make_category, make_product, make_store, only_variant
from tests.catalog.test_media import photograph

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(bob, client_of):
    """A browser in which the catalogue manager is signed in."""
    bob.is_staff = True
    bob.save(update_fields=["is_staff"])
    bob.groups.add(Group.objects.get(name="catalogue manager"))
    return client_of(bob)


def product_form(product, **changes):
    """What the page of a product would send."""
    variants = list(product.variants.order_by("pk")) if product else []
    data = {
        "store": product.store_id if product else "",
        "category": product.category_id if product else "",
        "status": product.status if product else ProductStatus.DRAFT,
        "slug": product.slug if product else "",
        "brand": "",
        "tags": "[]",
        "name_en": product.name_en if product else "",
        "name_zh": "",
        "options": "[]",
        "variants-TOTAL_FORMS": len(variants),
        "variants-INITIAL_FORMS": len(variants),
        "pictures-TOTAL_FORMS": 0,
        "pictures-INITIAL_FORMS": 0,
    }
    for number, variant in enumerate(variants):
        data |= {
            f"variants-{number}-id": variant.pk,
            f"variants-{number}-product": product.pk,
            f"variants-{number}-sku": variant.sku,
            f"variants-{number}-options": "{}",
            f"variants-{number}-price": "12.50",
            f"variants-{number}-weight_g": 10,
            f"variants-{number}-active": "on",
        }
    return data | changes


def change(product):
    return reverse("admin:catalog_product_change", args=[product.pk])


@pytest.mark.promise("MER-02")
def test_a_new_product_is_on_sale_and_found_once_its_minimum_is_complete(manager):
    store, shelf = make_store(), make_category()
    data = product_form(
        None,
        store=store.pk,
        category=shelf.pk,
        slug="moon-cup",
        name_en="Moon Cup",
        status=ProductStatus.ACTIVE,
        description_en="<p>Thin</p><script>x()</script>",
        **{
            "variants-TOTAL_FORMS": 1,
            "variants-0-sku": "MOON-1",
            "variants-0-options": "{}",
            "variants-0-price": "28.50",
            "variants-0-weight_g": 90,
            "variants-0-active": "on",
        },
    )
    response = manager.post(reverse("admin:catalog_product_add"), data)
    assert response.status_code == 302, response.context["errors"]
    product = Product.objects.get(slug="moon-cup")
    assert (product.status, product.min_price) == (ProductStatus.ACTIVE, 2850)
    assert product.description_en == "<p>Thin</p>"
    assert only_variant(product).currency == "CNY"
    assert Stock.objects.get(variant__product=product).on_hand == 0
    assert browse(Wish(query="moon")).total == 1


@pytest.mark.promise("MER-02")
def test_a_product_that_lacks_something_stays_a_draft_and_says_what(manager):
    product = make_product(name_en="Cup", category=None, status=ProductStatus.DRAFT)
    response = manager.post(
        change(product),
        product_form(product, status=ProductStatus.ACTIVE, category=""),
        follow=True,
    )
    product.refresh_from_db()
    assert product.status == ProductStatus.DRAFT
    assert "Cup is not on sale yet. It needs: a category." in response.content.decode()


def test_prices_are_written_as_people_write_them(manager):
    product = make_product(price=26800)
    html = manager.get(change(product)).content.decode()
    assert 'value="268.00"' in html
    manager.post(change(product), product_form(product, **{"variants-0-price": "1,250.5"}))
    assert only_variant(product).price == 125050
    html = manager.post(
        change(product), product_form(product, **{"variants-0-price": "cheap"})
    ).content.decode()
    assert "“cheap” is not an amount" in html
    assert only_variant(product).price == 125050


def test_an_upload_becomes_a_picture_without_its_metadata(manager, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    product = make_product()
    data = product_form(
        product,
        **{
            "pictures-TOTAL_FORMS": 1,
            "pictures-0-product": product.pk,
            "pictures-0-position": 1,
            "pictures-0-alt_en": "A cup",
            "pictures-0-file": SimpleUploadedFile("a.jpg", photograph()),
        },
    )
    assert manager.post(change(product), data).status_code == 302
    picture = ProductPicture.objects.get()
    assert picture.original.endswith(".jpg")
    assert b"31.2304" not in (tmp_path / picture.original).read_bytes()
    assert Job.objects.filter(name="catalog.render_picture").count() == 1


def test_an_upload_that_is_no_picture_is_refused_in_words(manager):
    product = make_product()
    data = product_form(
        product,
        **{
            "pictures-TOTAL_FORMS": 1,
            "pictures-0-product": product.pk,
            "pictures-0-position": 1,
            "pictures-0-file": SimpleUploadedFile("a.jpg", b"<svg onload=x()>"),
        },
    )
    html = manager.post(change(product), data, follow=True).content.decode()
    assert "This is no JPEG, PNG or WebP picture." in html
    assert not ProductPicture.objects.exists()


def test_stock_is_counted_on_its_own_page_and_written_down(manager, bob):
    variant = only_variant(make_product(on_hand=5))
    page = reverse("admin:catalog_stock", args=[variant.pk])
    assert "Set stock" in manager.get(page).content.decode()
    assert manager.post(page, {"quantity": 8, "reason": "received"}).status_code == 302
    assert Stock.objects.get(variant=variant).on_hand == 8
    assert AuditEntry.objects.get(action="STOCK_CHANGED").actor == bob.subject
    stock.reserve("order-1", [(variant.pk, 4)])
    html = manager.post(page, {"quantity": 3, "reason": "damaged"}).content.decode()
    assert "4 are promised to orders" in html
    assert Stock.objects.get(variant=variant).on_hand == 8


def test_the_page_of_a_product_cannot_change_its_stock(manager):
    product = make_product(on_hand=5)
    data = product_form(product, **{"variants-0-in_stock": "99", "sold_count": "99"})
    assert manager.post(change(product), data).status_code == 302
    assert Stock.objects.get(variant__product=product).on_hand == 5
    product.refresh_from_db()
    assert product.sold_count == 0


def test_what_was_in_stock_is_archived_and_never_deleted(manager):
    product = make_product()
    delete = reverse("admin:catalog_product_delete", args=[product.pk])
    assert manager.post(delete, {"post": "yes"}).status_code == 403
    changelist = reverse("admin:catalog_product_changelist")
    chosen = {"_selected_action": [product.pk]}
    manager.post(changelist, chosen | {"action": "delete_selected", "post": "yes"})
    manager.post(changelist, chosen | {"action": "archive"})
    product.refresh_from_db()
    assert product.status == ProductStatus.ARCHIVED
    assert browse(Wish()).total == 0
    manager.post(changelist, chosen | {"action": "put_on_sale"})
    assert browse(Wish()).total == 1


def test_a_renamed_shelf_is_searched_by_its_new_name(manager):
    product = make_product(category=make_category("cups", name_en="Cups"))
    page = reverse("admin:catalog_category_change", args=[product.category_id])
    data = {"name_en": "Crockery", "name_zh": "杯", "slug": "cups", "parent": "", "position": 0}
    assert manager.post(page, data).status_code == 302
    assert browse(Wish(query="crockery")).total == 1


def test_a_shelf_cannot_stand_inside_itself_and_takes_its_subtree_along(manager):
    root = make_category("root")
    child = make_category("child", parent=root)
    page = reverse("admin:catalog_category_change", args=[root.pk])
    data = {"name_en": "Root", "name_zh": "根", "slug": "root", "position": 0}
    html = manager.post(page, data | {"parent": child.pk}).content.decode()
    assert "A category cannot stand inside itself." in html
    assert manager.post(page, data | {"parent": "", "slug": "stem"}).status_code == 302
    assert Category.objects.get(pk=child.pk).path == "stem/child/"


def test_a_product_file_is_looked_at_and_taken_over(manager):
    store, _shelf = make_store(), make_category()
    page = reverse("admin:catalog_import")
    head = "Handle,Title,Variant SKU,Variant Price\n"

    def send(**button):
        file = io.BytesIO((head + "moon,Moon Cup,M1,9.50\n,,,\n").encode())
        file.name = "goods.csv"
        return manager.post(page, {"store": store.pk, "file": file, **button}).content.decode()

    way = reverse("admin:catalog_product_import_products")
    assert way in manager.get(reverse("admin:catalog_product_changelist")).content.decode()
    assert manager.get(way)["Location"] == page
    assert "What would change" in send(look="1")
    assert not Product.objects.exists()
    assert "What was imported" in send(**{"import": "1"})
    assert Variant.objects.get().price == 950
    assert AuditEntry.objects.get(action="CATALOGUE_IMPORTED").detail["created"] == 1


def test_others_stay_outside(client, client_of, alice, dan):
    variant = only_variant(make_product())
    pages = [
        reverse("admin:catalog_product_changelist"),
        reverse("admin:catalog_import"),
        reverse("admin:catalog_stock", args=[variant.pk]),
    ]
    for page in pages:
        assert client.get(page).status_code == 302
        assert client_of(alice).get(page).status_code in {302, 403}
        assert client_of(dan).get(page).status_code == 403
        assert client_of(dan).post(page, {"quantity": 1, "reason": "counted"}).status_code == 403
    assert Stock.objects.get(variant=variant).on_hand == 10


@pytest.mark.parametrize("count", [1, 20])
def test_lists_ask_the_same_number_of_questions_for_one_and_many(manager, count):
    for _number in range(count):
        make_product(listed=False)
    manager.get(reverse("admin:catalog_product_changelist"))
    for page, most in (("product", 14), ("variant", 14), ("category", 14)):
        with CaptureQueriesContext(connection) as queries:
            response = manager.get(reverse(f"admin:catalog_{page}_changelist"))
        assert response.status_code == 200
        assert len(queries) <= most, [q["sql"][:120] for q in queries]
