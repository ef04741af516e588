"""The roles of the administration. What they may do is set by `accounts.roles` after migrating."""

from django.db import migrations

ROLES = (
    "catalogue manager",
    "order clerk",
    "support agent",
    "privacy officer",
    "auditor",
    "administrator",
)


def make_roles(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects
    for name in ROLES:
        groups.get_or_create(name=name)


class Migration(migrations.Migration):
    """Creates the groups; a group that exists is left alone."""

    dependencies = [
        ("accounts", "0002_sealed_email"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
