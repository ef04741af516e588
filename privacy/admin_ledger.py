"""The auditor's page about the ledgers: batches, heads, verifications, and one on demand."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from privacy import audit
from privacy.enums import Action, CheckState, Finding, Ledger
from privacy.ledger import heads, jobs, sealing
from privacy.models import LedgerBatch, LedgerCheck

NEEDED = "privacy.view_auditentry"
SHOWN_BATCHES = 50
SHOWN_CHECKS = 20
SHOWN_FINDINGS = 50


def urls() -> list[URLPattern]:
    """The page's address, below that of the entries."""
    return [path("ledger/", admin.site.admin_view(ledger_page), name="privacy_ledger")]


@require_http_methods(["GET", "HEAD", "POST"])
def ledger_page(request: HttpRequest) -> HttpResponse:
    """Show how the ledgers stand; on POST verify them in the background."""
    if not request.user.has_perm(NEEDED):
        raise PermissionDenied
    if request.method == "POST":
        with transaction.atomic():
            audit.record(Action.LEDGERS_CHECKED, actor=request.user)
            jobs.begin_check()
        messages.success(request, _("The verification runs; reload this page in a moment."))
        return redirect("admin:privacy_ledger")
    return render(request, "admin/privacy/ledger.html", _context(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    checks = list(LedgerCheck.objects.order_by("-pk")[:SHOWN_CHECKS])
    done = next((one for one in checks if one.finished_at), None)
    waiting = sealing.oldest_waiting()
    batches = list(LedgerBatch.objects.order_by("-pk")[:SHOWN_BATCHES])
    return {
        **admin.site.each_context(request),
        "title": _("Seals of the ledgers"),
        "batches": batches,
        "last": batches[0] if batches else None,
        "heads": heads.published(7),
        "checks": checks,
        "done": done,
        "is_clean": done is not None and done.state == CheckState.CLEAN,
        "running": next((one for one in checks if not one.finished_at), None),
        "findings": _findings(done) if done else [],
        "waiting": waiting,
        "is_late": bool(waiting and timezone.now() - waiting > sealing.LATE),
        "oldest_writer": sealing.oldest_writer() if waiting else None,
    }


def _findings(check: LedgerCheck) -> list[dict[str, Any]]:
    return [
        {
            "sentence": Finding(one["kind"]).label,
            "batch": one.get("batch", ""),
            "ledger": Ledger(one["ledger"]).label if "ledger" in one else "",
            "entry": one.get("entry", ""),
            "day": one.get("day", ""),
        }
        for one in check.findings[:SHOWN_FINDINGS]
    ]
