"""What each role of the administration may do: by app and codename, set after every migrate.

A permission that does not exist (yet) is passed over: its app is not built or not installed.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission

from accounts.enums import Role

READ = ("view",)
EDIT = ("view", "add", "change")
ALL = ("view", "add", "change", "delete")

CATALOGUE = ("category", "taxclass", "product", "variant", "stock", "productpicture")
ORDERS = ("order", "orderline", "orderevent", "returnrequest", "returnline", "purchase")

Rule = tuple[str, tuple[str, ...] | None, tuple[str, ...]]
"""App, models (None: all of the app), actions."""

RULES: dict[Role, tuple[Rule, ...]] = {
    Role.CATALOGUE_MANAGER: (
        ("catalog", CATALOGUE, EDIT),
        ("catalog", None, READ),
        ("stores", None, READ),
    ),
    Role.ORDER_CLERK: (
        ("privacy", ("auditentry",), ("open",)),
        ("orders", None, (*READ, "change", "ship", "refund", "cancel")),
        ("delivery", None, (*READ, "change")),
        ("payments", None, READ),
        ("payments", ("refund",), ("retry",)),
        ("catalog", None, READ),
        ("stores", None, READ),
        ("accounts", ("user",), READ),
    ),
    Role.SUPPORT_AGENT: (
        ("privacy", ("auditentry",), ("open",)),
        ("orders", None, READ),
        ("delivery", None, READ),
        ("payments", None, READ),
        ("notices", None, READ),
        ("catalog", None, READ),
        ("stores", None, READ),
        ("accounts", ("user",), READ),
    ),
    Role.PRIVACY_OFFICER: (
        ("privacy", ("auditentry",), ("open",)),
        ("privacy", None, READ),
        ("accounts", None, READ),
        ("notices", None, READ),
        ("orders", None, READ),
        ("delivery", None, READ),
        ("payments", None, READ),
    ),
    Role.AUDITOR: (
        ("privacy", None, READ),
        ("orders", None, READ),
        ("payments", None, READ),
        ("catalog", None, READ),
        ("admin", ("logentry",), READ),
    ),
    Role.ADMINISTRATOR: (
        ("accounts", ("user",), (*READ, "change")),
        ("auth", ("group",), READ),
        ("catalog", None, ALL),
        ("stores", None, ALL),
        ("orders", None, (*READ, "change", "ship", "refund", "cancel")),
        ("delivery", None, EDIT),
        ("payments", None, READ),
        ("payments", ("refund",), ("retry",)),
        ("notices", None, READ),
        ("jobs", None, READ),
        ("privacy", None, READ),
        ("admin", ("logentry",), READ),
    ),
}


def give_permissions(using: str = "default", **_kwargs: Any) -> None:
    """Make each role's rights equal to `RULES`. Sent by Django after each app's migration."""
    if using != "default":
        return
    groups = {group.name: group for group in Group.objects.all()}
    known = list(Permission.objects.select_related("content_type"))
    for role, rules in RULES.items():
        group = groups.get(role.value)
        if group is not None:
            group.permissions.set([one for one in known if _is_given(one, rules)])


def _is_given(permission: Permission, rules: tuple[Rule, ...]) -> bool:
    action, _, _name = permission.codename.partition("_")
    kind = permission.content_type
    return any(
        kind.app_label == app and (models is None or kind.model in models) and action in actions
        for app, models, actions in rules
    )
