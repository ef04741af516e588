"""What each role of the administration may do: by app and codename, set after every migrate.

A permission that does not exist (yet) is passed over: its app is not built or not installed.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission

from accounts.enums import Role

READ = ("view",)
EDIT = ("view", "add", "change")
ALL = ("view", "add", "change", "delete")
OPEN = "privacy.open_value"
OPEN_BLOCKED = "privacy.open_blocked"

Rule = tuple[str, tuple[str, ...]]
"""App or app.model, and the actions (`view`, `change`, …), or app.codename with no action."""

RUNS_AND_HOLDS: tuple[Rule, ...] = (
    ("privacy.start_run", ()),
    ("privacy.confirm_run", ()),
    ("privacy.place_hold", ()),
)
"""Two roles hold these: what one person starts or places, another one confirms or approves."""

RULES: dict[Role, tuple[Rule, ...]] = {
    Role.CATALOGUE_MANAGER: (("catalog", ALL), ("stores", READ)),
    Role.ORDER_CLERK: (
        ("orders", (*READ, "change")),
        ("delivery", (*READ, "change")),
        ("payments", READ),
        ("payments.retry_refund", ()),
        ("catalog", READ),
        ("stores", READ),
        ("accounts.user", READ),
        (OPEN, ()),
    ),
    Role.SUPPORT_AGENT: (
        ("orders", READ),
        ("delivery", READ),
        ("payments", READ),
        ("notices", READ),
        ("catalog", READ),
        ("stores", READ),
        ("accounts.user", READ),
        (OPEN, ()),
    ),
    Role.PRIVACY_OFFICER: (
        ("privacy", READ),
        *RUNS_AND_HOLDS,
        ("accounts", READ),
        ("account.emailaddress", READ),
        ("notices", READ),
        ("orders", READ),
        ("delivery", READ),
        ("payments", READ),
        ("privacy.settle_notice", ()),
        (OPEN, ()),
        (OPEN_BLOCKED, ()),
    ),
    Role.AUDITOR: (
        ("privacy", READ),
        ("orders", READ),
        ("payments", READ),
        ("catalog", READ),
        ("admin.logentry", READ),
    ),
    Role.ADMINISTRATOR: (
        ("accounts.user", (*READ, "change")),
        ("auth.group", READ),
        ("catalog", ALL),
        ("stores", ALL),
        ("orders", (*READ, "change")),
        ("delivery", EDIT),
        ("payments", READ),
        ("payments.retry_refund", ()),
        ("notices", READ),
        ("jobs.job", (*READ, "change")),
        ("privacy", READ),
        *RUNS_AND_HOLDS,
        ("admin.logentry", READ),
    ),
}


def give_permissions(using: str = "default", **_kwargs: Any) -> None:
    """Make each role's rights equal to `RULES`. Sent by Django once every app has its tables."""
    if using != "default":
        return
    known = list(Permission.objects.select_related("content_type"))
    for role, rules in RULES.items():
        group, _created = Group.objects.get_or_create(name=role.value)
        group.permissions.set([one for one in known if _is_given(one, rules)])


def _is_given(permission: Permission, rules: tuple[Rule, ...]) -> bool:
    app, model = permission.content_type.app_label, permission.content_type.model
    action, _, about = permission.codename.partition("_")
    for where, actions in rules:
        if where == f"{app}.{permission.codename}":
            return True
        if about == model and action in actions and where in {app, f"{app}.{model}"}:
            return True
    return False
