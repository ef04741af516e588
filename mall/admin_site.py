"""The administration as a whole: its menu by task, and pages that belong to no model."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from accounts.enums import Role
from mall.context_processors import Site
from mall.finding import SEARCHERS, find_page
from privacy import admin_registry, admin_retention

Text = str | Promise


@dataclass(frozen=True)
class Item:
    """A line of the menu, for those who hold one of `needs`; `query` opens a list part-filtered."""

    title: Text
    icon: str
    view: str
    needs: tuple[str, ...]
    query: str = ""


@dataclass(frozen=True)
class Section:
    """What belongs to one task."""

    title: Text
    items: tuple[Item, ...]


def _list(title: Text, icon: str, model: str, permission: str = "") -> Item:
    app, _dot, name = model.partition(".")
    return Item(
        title, icon, f"admin:{app}_{name}_changelist", (permission or f"{app}.view_{name}",)
    )


MENU = (
    Section(
        _("Today"),
        (
            Item(_("What needs doing"), "task_alt", "admin:index", ()),
            Item(_("Find a person or order"), "person_search", "admin:find", SEARCHERS),
        ),
    ),
    Section(
        _("Orders"),
        (
            _list(_("Orders"), "receipt_long", "orders.order"),
            _list(_("Returns"), "assignment_return", "orders.returnrequest"),
            _list(_("Deliveries"), "local_shipping", "delivery.parcel"),
        ),
    ),
    Section(
        _("Money"),
        (
            _list(_("Payments"), "payments", "payments.payment"),
            _list(_("Refunds"), "currency_exchange", "payments.refund"),
            _list(_("Money ledger"), "account_balance", "orders.ledgerentry"),
        ),
    ),
    Section(
        _("Catalogue"),
        (
            _list(_("Products"), "sell", "catalog.product"),
            _list(_("Stock"), "inventory", "catalog.variant"),
            _list(_("Categories"), "shelves", "catalog.category"),
            _list(_("Tax classes"), "percent", "catalog.taxclass"),
            _list(_("Movements of stock"), "swap_vert", "catalog.stockmovement"),
        ),
    ),
    Section(
        _("Stores"),
        (
            _list(_("Stores"), "storefront", "stores.store"),
            _list(_("Shipping fees"), "price_change", "delivery.shippingrate"),
        ),
    ),
    Section(
        _("People"),
        (
            _list(_("Accounts"), "group", "accounts.user"),
            _list(_("Phone numbers"), "call", "accounts.phone"),
            _list(_("E-mail addresses"), "alternate_email", "account.emailaddress"),
            _list(_("Messages"), "mail", "notices.message"),
            _list(_("Roles"), "badge", "auth.group"),
        ),
    ),
    Section(
        _("Ledgers"),
        (
            Item(
                _("What we hold about people"),
                "policy",
                "admin:personal_data",
                (admin_registry.PERMISSION,),
            ),
            _list(_("Access to data"), "visibility", "privacy.auditentry"),
            _list(_("Data that left the house"), "outbound", "privacy.disclosureentry"),
            _list(_("Consents"), "how_to_reg", "privacy.consententry"),
            _list(_("Changes by staff"), "history", "admin.logentry"),
            Item(
                _("Seals of the ledgers"),
                "verified",
                "admin:privacy_ledger",
                ("privacy.view_auditentry",),
            ),
        ),
    ),
    Section(
        _("How long things stay"),
        (
            Item(
                _("Tonight and overdue"),
                "auto_delete",
                "admin:privacy_retention",
                (admin_retention.SEEN,),
            ),
            _list(_("Erasures"), "person_remove", "privacy.erasurecase"),
            _list(_("Receipts"), "receipt_long", "privacy.receipt"),
            _list(_("Recipients told"), "forward_to_inbox", "privacy.recipientnotice"),
            _list(_("Searches for leftovers"), "search_insights", "privacy.residuesearch"),
            _list(_("Leftovers"), "report", "privacy.residuefinding"),
            Item(
                _("Kept of people who are gone"),
                "lock_person",
                "admin:privacy_blocked",
                ("privacy.open_blocked",),
            ),
            _list(_("Holds"), "front_hand", "privacy.hold"),
            _list(_("Runs"), "motion_play", "privacy.run"),
            _list(_("Copies of people's data"), "folder_zip", "privacy.exportpackage"),
        ),
    ),
    Section(_("Background work"), (_list(_("Jobs"), "engineering", "jobs.job"),)),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu of this member of staff: what they may not open does not stand there."""
    found = []
    for section in MENU:
        items = [
            {
                "title": item.title,
                "icon": item.icon,
                "link": reverse(item.view) + item.query,
                "active": _is_here(request, reverse(item.view)),
            }
            for item in section.items
            if may_any(request.user, item.needs) and _has_page(item.view)
        ]
        if items:
            found.append({"title": section.title, "items": items})
    return found


def may_any(user: Any, needs: tuple[str, ...]) -> bool:
    """Whether the person holds one of these rights; nothing needed is granted."""
    return not needs or any(user.has_perm(one) for one in needs)


def _has_page(view: str) -> bool:
    """A model without pages in the administration has no line in the menu."""
    try:
        reverse(view)
    except NoReverseMatch:
        return False
    return True


def _is_here(request: HttpRequest, link: str) -> bool:
    return request.path == link or (
        link != reverse("admin:index") and request.path.startswith(link)
    )


def frame(request: HttpRequest) -> dict[str, Any]:
    """What stands around every page: the role of whoever is signed in, in their language."""
    user: Any = request.user
    names = user.groups.values_list("name", flat=True) if user.is_authenticated else ()
    return {"role_label": ", ".join(str(dict(Role.choices).get(name, name)) for name in names)}


def site_header(_request: HttpRequest) -> str:
    """The mall's name in the reader's language."""
    return Site.name_in(get_language() or settings.LANGUAGE_CODE)


def own_pages() -> list[URLPattern]:
    """Pages of the administration that belong to no model."""
    from django.contrib import admin  # noqa: PLC0415 - the site is made when apps are ready

    return [
        path("find/", admin.site.admin_view(find_page), name="find"),
        path(
            "personal-data/",
            admin.site.admin_view(admin_registry.registry_page),
            name="personal_data",
        ),
        *admin_retention.urls(),
        # Passwords are changed where everybody changes theirs, with a fresh proof and a message.
        path(
            "password_change/",
            RedirectView.as_view(pattern_name="accounts:security"),
            name="password_change",
        ),
    ]
