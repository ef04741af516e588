"""The page of the administration that takes a product file over."""

from typing import Any, BinaryIO, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from catalog.services.importing import FileError
from catalog.services.importing_apply import Report, import_products
from catalog.services.importing_open import reader_for
from privacy import audit
from privacy.enums import Action
from stores.models import Store

SHOWN = 200


class ImportForm(forms.Form):
    """A file and the store it is for."""

    store = forms.ModelChoiceField(Store.objects.order_by("slug"), label=_("Store"))
    file = forms.FileField(
        label=_("Product file"),
        help_text=_("A product CSV of a hosted shop, or a Google Merchant feed (TSV or XML)."),
    )


@staff_member_required(login_url="account_login")
@permission_required("catalog.add_product", raise_exception=True)
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    """Show the form; on POST show what would change, or import when the second button was used."""
    form = ImportForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    dry_run = "import" not in request.POST
    if request.method == "POST" and form.is_valid():
        report = _run(request, form, dry_run=dry_run)
    context = {
        **admin.site.each_context(request),
        "title": _("Import products"),
        "form": form,
        "report": report,
        "dry_run": dry_run,
        "changes": report.changes[:SHOWN] if report else [],
        "problems": report.problems[:SHOWN] if report else [],
    }
    return render(request, "admin/catalog/import_products.html", context)


def _run(request: HttpRequest, form: ImportForm, *, dry_run: bool) -> Report | None:
    file: UploadedFile[Any] = form.cleaned_data["file"]
    try:
        with reader_for(
            cast("BinaryIO", file), name=file.name or "", currency=settings.CURRENCY
        ) as reader:
            report = import_products(reader, store=form.cleaned_data["store"], dry_run=dry_run)
    except FileError as error:
        form.add_error("file", str(error))
        return None
    if not dry_run:
        counts: dict[str, str | int] = {"created": report.created, "changed": report.changed}
        audit.record(Action.CATALOGUE_IMPORTED, actor=request.user, detail=counts)
    return report
