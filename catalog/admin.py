"""Goods, shelves, taxes and stock for the catalogue manager."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db.models import QuerySet, Sum
from django.forms import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import action

from catalog.admin_forms import PictureForm, ProductForm, StockForm, VariantForm
from catalog.admin_import import import_page
from catalog.errors import BelowReserved
from catalog.models import (
    Category,
    Product,
    ProductPicture,
    StockMovement,
    TaxClass,
    Variant,
)
from catalog.queries.stock import FEW, running_out
from catalog.services import editing, listing, media, stock
from common.money import format_money
from common.read_only import ReadOnly


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    """The shelves. What stands on a shelf keeps it from being taken away."""

    list_display: ClassVar = ["indented", "name_zh", "slug", "position"]
    search_fields: ClassVar = ["name_en", "name_zh", "slug"]
    fields: ClassVar = ["name_en", "name_zh", "slug", "parent", "position"]
    autocomplete_fields: ClassVar = ["parent"]
    ordering: ClassVar = ["path"]

    @admin.display(description=_("Name (English)"), ordering="path")
    def indented(self, row: Category) -> str:
        """The name, further in for each step down."""
        return "\u2003" * row.depth + row.name_en

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        """Goods are found by the shelf's new name."""
        super().save_model(request, obj, form, change)
        if change and {"name_en", "name_zh", "slug", "parent"} & set(form.changed_data):
            listing.publish_category(obj)


@admin.register(TaxClass)
class TaxClassAdmin(ModelAdmin):
    """Rates of tax within the prices."""

    list_display: ClassVar = ["code", "name_en", "name_zh", "rate_bp"]


class VariantInline(TabularInline):
    """The variants of a product. Their stock is shown here and changed on its own page."""

    model = Variant
    form = VariantForm
    extra = 0
    fields: ClassVar = [*VariantForm.Meta.fields, "in_stock"]
    readonly_fields: ClassVar = ["in_stock"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        """With the stock, in one query."""
        variants: QuerySet[Variant] = super().get_queryset(request)
        return variants.select_related("stock", "tax_class").order_by("pk")

    @admin.display(description=_("Stock"))
    def in_stock(self, row: Variant) -> str:
        """On hand and reserved, with the way to change it."""
        if not row.pk:
            return "–"
        return stock_link(row)


class PictureInline(StackedInline):
    """The pictures of a product: uploads, or what a product file named."""

    model = ProductPicture
    form = PictureForm
    extra = 0
    fields: ClassVar = [
        "preview",
        "file",
        "position",
        "option_value",
        "alt_en",
        "alt_zh",
        "refused",
    ]
    readonly_fields: ClassVar = ["preview", "refused"]
    ordering: ClassVar = ["position", "pk"]

    @admin.display(description=_("Picture"))
    def preview(self, row: ProductPicture) -> str:
        """Small, or why there is none yet."""
        if not row.original:
            return str(_("Not fetched yet")) if row.source_url and not row.refused else "–"
        small = row.original
        if row.sizes:
            small = media.size_path(row.original, min(row.sizes), "jpg")
        return format_html(
            '<img src="{}" width="96" height="96" alt="">', default_storage.url(small)
        )


@admin.register(Product)
class ProductAdmin(ModelAdmin):
    """Goods with their variants and pictures. What was ever in stock is archived, not deleted."""

    form = ProductForm
    inlines: ClassVar = [VariantInline, PictureInline]
    list_display: ClassVar = [
        "title",
        "store",
        "category",
        "status",
        "price",
        "available",
        "sold_count",
    ]
    list_filter: ClassVar = ["status", "in_stock", "store", "category"]
    list_select_related: ClassVar = ["store", "category"]
    list_per_page = 50
    show_full_result_count = False
    search_fields: ClassVar = ["name_en", "name_zh", "slug", "=variants__sku"]
    autocomplete_fields: ClassVar = ["store", "category"]
    readonly_fields: ClassVar = ["sold_count", "created_at"]
    prepopulated_fields: ClassVar = {"slug": ["name_en"]}
    actions: ClassVar = ["put_on_sale", "archive"]
    actions_list: ClassVar = ["import_products"]
    fieldsets: ClassVar = [
        (None, {"fields": ["store", "category", "status", "slug", "brand", "tags"]}),
        (_("English"), {"fields": ["name_en", "summary_en", "description_en"]}),
        (_("Chinese"), {"fields": ["name_zh", "summary_zh", "description_zh"]}),
        (_("Options"), {"fields": ["options"]}),
        (
            _("Returns"),
            {"fields": ["no_return", "no_return_reason_en", "no_return_reason_zh"]},
        ),
        (_("Numbers"), {"fields": ["sold_count", "created_at"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        """The import stands beside the goods."""
        own = [path("import/", import_page, name="catalog_import")]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """With the number that is left, in one query."""
        products: QuerySet[Product] = super().get_queryset(request)
        return products.defer("search", "colours").annotate(
            left=Sum("variants__stock__on_hand") - Sum("variants__stock__reserved")
        )

    @admin.display(description=_("Product"), ordering="slug")
    def title(self, row: Product) -> str:
        """The name in the reader's language."""
        return row.name

    @admin.display(description=_("Lowest price"), ordering="min_price")
    def price(self, row: Product) -> str:
        """The lowest price."""
        return format_money(row.min_price, settings.CURRENCY) if row.min_price is not None else "–"

    @admin.display(description=_("Left"), ordering="left")
    def available(self, row: Product) -> int:
        """How many can still be bought."""
        return int(getattr(row, "left", None) or 0)

    @action(description=_("Import products"), permissions=["import"])
    def import_products(self, request: HttpRequest) -> HttpResponse:
        """To the page that takes a product file over."""
        return redirect("admin:catalog_import")

    def has_import_permission(self, request: HttpRequest, *_args: Any) -> bool:
        """Whoever may add goods."""
        return bool(self.has_add_permission(request))

    @admin.action(description=_("Put on sale"), permissions=["change"])
    def put_on_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        """What lacks something stays as it is and is named."""
        chosen = list(queryset)
        lacking = editing.put_on_sale(chosen)
        done = len(chosen) - len(lacking)
        if done:
            text = ngettext("%(count)s is on sale.", "%(count)s are on sale.", done)
            self.message_user(request, text % {"count": done}, messages.SUCCESS)
        for product in lacking:
            self._say_missing(request, product, editing.missing_to_sell(product))

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        """Off every list; the pages stay."""
        count = editing.archive(queryset)
        text = ngettext("%(count)s is archived.", "%(count)s are archived.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without deleting by the dozen."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Only what never had any stock, so that no order can know it."""
        if obj is None or not super().has_delete_permission(request, obj):
            return False
        return not StockMovement.objects.filter(variant__product=obj).exists()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Pictures are opened and encoded anew before anything keeps them."""
        if formset.model is ProductPicture:
            self._save_pictures(request, formset)
        else:
            super().save_formset(request, form, formset, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Complete what was edited, once everything is written."""
        super().save_related(request, form, formsets, change)
        missing = editing.after_edit(form.instance)
        if missing:
            self._say_missing(request, form.instance, missing)

    def _save_pictures(
        self, request: HttpRequest, formset: "BaseInlineFormSet[Any, Any, Any]"
    ) -> None:
        pictures = formset.save(commit=False)
        files = {
            id(form.instance): form.cleaned_data.get("file")
            for form in formset.forms
            if hasattr(form, "cleaned_data")
        }
        for form in formset.forms:
            if files.get(id(form.instance)) is not None and form.instance not in pictures:
                pictures.append(form.instance)
        for picture in pictures:
            file = files.get(id(picture))
            try:
                if file is None:
                    picture.save()
                else:
                    editing.keep_picture(picture, file.read())
            except media.PictureRefused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        for picture in formset.deleted_objects:
            picture.delete()

    def _say_missing(self, request: HttpRequest, product: Product, missing: list[Any]) -> None:
        text = _("%(name)s is not on sale yet. It needs: %(what)s.") % {
            "name": product.name,
            "what": ", ".join(str(one) for one in missing),
        }
        self.message_user(request, text, messages.WARNING)


class Few(admin.SimpleListFilter):
    """What is running out; the start page links here."""

    title = _("Running out")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice."""
        return [("few", _("Fewer than %(number)s left") % {"number": FEW})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Variant]) -> QuerySet[Variant]:
        """Variants on sale of which few are left."""
        if self.value() != "few":
            return queryset
        return queryset.filter(pk__in=running_out().values("pk"))


@admin.register(Variant)
class VariantAdmin(ModelAdmin):
    """Stock at a glance. Variants are edited with their product; here they are counted."""

    list_display: ClassVar = ["sku", "product", "active", "on_hand", "reserved", "stock_page"]
    list_display_links = None
    list_filter: ClassVar = [Few, "active", "product__store"]
    list_select_related: ClassVar = ["stock", "product"]
    list_per_page = 50
    show_full_result_count = False
    search_fields: ClassVar = ["=sku", "sku", "product__name_en", "product__name_zh"]
    ordering: ClassVar = ["sku"]

    def get_urls(self) -> list[URLPattern]:
        """The page on which stock is counted."""
        own = [
            path(
                "<int:pk>/stock/", self.admin_site.admin_view(self.set_stock), name="catalog_stock"
            )
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    @admin.display(description=_("On hand"), ordering="stock__on_hand")
    def on_hand(self, row: Variant) -> int:
        """How many lie on the shelf."""
        return row.stock.on_hand if hasattr(row, "stock") else 0

    @admin.display(description=_("Reserved"), ordering="stock__reserved")
    def reserved(self, row: Variant) -> int:
        """How many of them are promised to orders."""
        return row.stock.reserved if hasattr(row, "stock") else 0

    @admin.display(description=_("Stock"))
    def stock_page(self, row: Variant) -> str:
        """The way to count."""
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:catalog_stock", args=[row.pk]), _("Set stock")
        )

    def set_stock(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say how many were counted; who did it is written down."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = Variant.objects.select_related("product", "stock").filter(pk=pk).first()
        if row is None:
            raise Http404
        form = StockForm(request.POST or None, initial={"quantity": self.on_hand(row)})
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                stock.set_on_hand(row, said["quantity"], reason=said["reason"], actor=request.user)
            except BelowReserved as refusal:
                form.add_error("quantity", str(refusal))
            else:
                self.message_user(request, _("The stock is written down."), messages.SUCCESS)
                return redirect("admin:catalog_stock", pk=row.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Set stock"),
            "variant": row,
            "form": form,
            "movements": StockMovement.objects.filter(variant=row).order_by("-at", "-pk")[:50],
            "opts": self.model._meta,
        }
        return render(request, "admin/catalog/set_stock.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Variants are added with their product."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Variant | None = None) -> bool:
        """Orders and the ledger know them."""
        return False


def stock_link(row: Variant) -> str:
    """On hand and reserved, leading to the page on which they are counted."""
    numbers = getattr(row, "stock", None)
    return format_html(
        '<a href="{}">{} − {}</a>',
        reverse("admin:catalog_stock", args=[row.pk]),
        numbers.on_hand if numbers else 0,
        numbers.reserved if numbers else 0,
    )


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnly, ModelAdmin):
    """Every change of the stock, to read: what was counted, promised, sold and put back."""

    list_display: ClassVar = [
        "at",
        "variant",
        "kind",
        "on_hand_change",
        "reserved_change",
        "reason",
        "reference",
    ]
    list_filter: ClassVar = ["kind", ("at", RangeDateFilter)]
    list_filter_submit = True
    list_select_related: ClassVar = ["variant"]
    search_fields: ClassVar = ["=variant__sku", "=reference"]
    search_help_text = _("The whole SKU, or the whole reference")
    ordering: ClassVar = ["-at", "-pk"]
    list_per_page = 50
    show_full_result_count = False
