"""What the mall sells, where it stands in the tree, and how many there are."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Length, Substr
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from catalog.enums import MovementKind, ProductStatus, ReservationState
from common.append_only import AppendOnlyModel
from stores.models import Store

TREE_KEY = "catalog:tree"
"""Where the cache keeps the category tree."""


class Category(models.Model):
    """A shelf. `path` holds the slugs from the root down, so that a subtree is one comparison."""

    slug = models.SlugField(_("Address of its page"), max_length=60, unique=True)
    name_en = models.CharField(_("Name (English)"), max_length=80)
    name_zh = models.CharField(_("Name (Chinese)"), max_length=80)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("Inside"),
    )
    path = models.CharField(max_length=400, db_collation="C", editable=False, unique=True)
    position = models.PositiveIntegerField(_("Position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row with its path; a subtree that moves takes its paths along."""
        above = self.parent.path if self.parent else ""
        before, self.path = self.path, f"{above}{self.slug}/"
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "path"}
        with transaction.atomic():
            super().save(*args, **kwargs)
            if before and before != self.path:
                Category.objects.filter(path__startswith=before).exclude(pk=self.pk).update(
                    path=Concat(Value(self.path), Substr("path", Length(Value(before)) + 1))
                )
        _forget_tree()

    def get_absolute_url(self) -> str:
        """The category's page."""
        return reverse("catalog:category", args=[self.slug])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Take the shelf away; refused while anything stands on or below it."""
        deleted = super().delete(*args, **kwargs)
        _forget_tree()
        return deleted

    def clean(self) -> None:
        """Refuse a shelf inside itself."""
        if self.parent is not None and self.pk and self.parent.path.startswith(self.path_now()):
            raise ValidationError({"parent": _("A category cannot stand inside itself.")})

    def path_now(self) -> str:
        """The path that the database knows; empty for a new row."""
        known = Category.objects.filter(pk=self.pk).values_list("path", flat=True).first()
        return known or ""

    @property
    def name(self) -> str:
        """The name in the reader's language, else in the other."""
        return in_language(self.name_en, self.name_zh)

    @property
    def depth(self) -> int:
        """0 for a root."""
        return self.path.count("/") - 1


class TaxClass(models.Model):
    """A rate of tax that is contained in the price, in hundredths of a percent."""

    code = models.SlugField(pgettext_lazy("tax class", "Code"), max_length=30, unique=True)
    name_en = models.CharField(_("Name (English)"), max_length=60)
    name_zh = models.CharField(_("Name (Chinese)"), max_length=60)
    rate_bp = models.PositiveIntegerField(
        _("Rate"), help_text=_("In hundredths of a percent: 1300 is 13%.")
    )

    class Meta:
        verbose_name = _("tax class")
        verbose_name_plural = _("tax classes")

    def __str__(self) -> str:
        return f"{self.name} ({self.rate_bp / 100:g}%)"

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self.name_en, self.name_zh)


class Product(models.Model):
    """A thing on sale, in one or more variants.

    `options` holds the choices: names alone, as product files have them, or names and values in
    both languages. The last columns repeat what follows from variants, stock and words, so that
    lists need no joins; `catalog.services.listing` writes them.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="products", verbose_name=_("Store")
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("Category"),
    )
    slug = models.SlugField(_("Address of its page"), max_length=120, unique=True)
    name_en = models.CharField(_("Name (English)"), max_length=200, blank=True)
    name_zh = models.CharField(_("Name (Chinese)"), max_length=200, blank=True)
    summary_en = models.CharField(_("In one sentence (English)"), max_length=300, blank=True)
    summary_zh = models.CharField(_("In one sentence (Chinese)"), max_length=300, blank=True)
    description_en = models.TextField(_("Description (English)"), blank=True)
    description_zh = models.TextField(_("Description (Chinese)"), blank=True)
    brand = models.CharField(_("Brand"), max_length=100, blank=True)
    tags = models.JSONField(_("Tags"), default=list, blank=True)
    options = models.JSONField(_("Options"), default=list, blank=True)
    status = models.CharField(
        _("State"), max_length=10, choices=ProductStatus.choices, default=ProductStatus.DRAFT
    )
    no_return = models.BooleanField(_("Exempt from the seven-day return"), default=False)
    no_return_reason_en = models.CharField(_("Why (English)"), max_length=200, blank=True)
    no_return_reason_zh = models.CharField(_("Why (Chinese)"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("Added"), default=timezone.now)
    sold_count = models.PositiveIntegerField(_("Sold"), default=0)
    min_price = models.BigIntegerField(_("Lowest price"), null=True, editable=False)
    in_stock = models.BooleanField(_("In stock"), default=False, editable=False)
    standing = models.IntegerField(default=0, editable=False)
    colours = models.JSONField(default=list, editable=False)
    search = SearchVectorField(null=True, editable=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name_en="", name_zh=""), name="product_has_a_name"),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["search"], name="product_search"),
            models.Index(fields=["status", "-standing", "-id"], name="product_general"),
            models.Index(fields=["status", "-sold_count", "-id"], name="product_sales"),
            models.Index(fields=["status", "min_price", "id"], name="product_price"),
            models.Index(fields=["store", "-standing"], name="product_of_store"),
            models.Index(fields=["category", "-standing"], name="product_of_category"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The product's page."""
        return reverse("catalog:product", args=[self.slug])

    @property
    def name(self) -> str:
        """The name in the reader's language, else in the other."""
        return in_language(self.name_en, self.name_zh)

    @property
    def summary(self) -> str:
        """One sentence, in the reader's language."""
        return in_language(self.summary_en, self.summary_zh)

    @property
    def description(self) -> str:
        """Safe HTML, in the reader's language."""
        return in_language(self.description_en, self.description_zh)

    @property
    def no_return_reason(self) -> str:
        """Why the product cannot come back, in the reader's language; empty when it can."""
        return in_language(self.no_return_reason_en, self.no_return_reason_zh)


class Variant(models.Model):
    """One thing one can put into a cart. Prices in minor units contain the tax."""

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="variants", verbose_name=_("Product")
    )
    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    options = models.JSONField(_("Options"), default=dict, blank=True)
    price = models.BigIntegerField(_("Price"))
    compare_at = models.BigIntegerField(_("Price before"), null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3)
    tax_class = models.ForeignKey(
        TaxClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Tax class"),
    )
    weight_g = models.PositiveIntegerField(_("Weight in grams"), default=0)
    active = models.BooleanField(_("On sale"), default=True)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(price__gte=0), name="variant_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def rate_bp(self) -> int:
        """The tax within the price, in hundredths of a percent."""
        return self.tax_class.rate_bp if self.tax_class else 0


class Stock(models.Model):
    """How many there are, and how many of them are promised. Written by `services.stock` only."""

    variant = models.OneToOneField(Variant, models.CASCADE, primary_key=True, related_name="stock")
    on_hand = models.PositiveIntegerField(_("On hand"), default=0)
    reserved = models.PositiveIntegerField(_("Reserved"), default=0)

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(on_hand__gte=0, reserved__gte=0, reserved__lte=F("on_hand")),
                name="stock_never_oversold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} − {self.reserved}"

    @property
    def available(self) -> int:
        """How many can still be reserved."""
        return self.on_hand - self.reserved


class StockReservation(models.Model):
    """Something set aside under a caller's reference, from the order until it is paid or over."""

    reference = models.CharField(max_length=64)
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="reservations")
    quantity = models.PositiveIntegerField()
    state = models.CharField(
        max_length=10, choices=ReservationState.choices, default=ReservationState.HELD
    )
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints: ClassVar = [
            models.UniqueConstraint("reference", "variant", name="reservation_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.quantity}"


class StockMovement(AppendOnlyModel):
    """One change of the stock. The changes of a variant add up to its numbers, always."""

    variant = models.ForeignKey(Variant, models.PROTECT, related_name="movements")
    kind = models.CharField(_("Kind"), max_length=10, choices=MovementKind.choices)
    reference = models.CharField(_("Reference"), max_length=64, blank=True)
    on_hand_change = models.IntegerField(_("On hand"))
    reserved_change = models.IntegerField(_("Reserved"))
    reason = models.CharField(_("Reason"), max_length=40, blank=True)
    at = models.DateTimeField(_("At"), default=timezone.now)

    class Meta:
        verbose_name = _("movement of stock")
        verbose_name_plural = _("movements of stock")
        constraints: ClassVar = [
            models.UniqueConstraint(
                "reference",
                "variant",
                "kind",
                name="movement_once",
                condition=~Q(reference=""),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["variant", "-at"], name="movement_of_variant")]

    def __str__(self) -> str:
        return f"{self.kind} {self.on_hand_change:+d}/{self.reserved_change:+d}"


class ProductPicture(models.Model):
    """A picture of a product: kept by us, or still to be fetched from `source_url`."""

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="pictures", verbose_name=_("Product")
    )
    position = models.PositiveIntegerField(_("Position"), default=1)
    original = models.CharField(max_length=120, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    sizes = models.JSONField(default=list)
    option_value = models.CharField(_("Shows the choice"), max_length=60, blank=True)
    alt_en = models.CharField(_("What it shows (English)"), max_length=200, blank=True)
    alt_zh = models.CharField(_("What it shows (Chinese)"), max_length=200, blank=True)
    source_url = models.CharField(_("Address"), max_length=2000, blank=True)
    refused = models.CharField(_("Refused because"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        indexes: ClassVar = [
            models.Index(fields=["product", "position"], name="picture_of_product")
        ]

    def __str__(self) -> str:
        return f"{self.product_id}/{self.position}"


class SearchWord(models.Model):
    """A word that stands on some product; what was mistyped is compared with these."""

    word = models.CharField(max_length=40, primary_key=True, db_collation="C")

    class Meta:
        verbose_name = _("known word")
        verbose_name_plural = _("known words")

    def __str__(self) -> str:
        return self.word


def _forget_tree() -> None:
    """Now for this transaction, and once more for those who read between now and its end."""
    cache.delete(TREE_KEY)
    transaction.on_commit(lambda: cache.delete(TREE_KEY))


def in_language(english: str, chinese: str) -> str:
    """The text in the reader's language; the other one where there is none."""
    if (get_language() or "").startswith("zh"):
        return chinese or english
    return english or chinese
