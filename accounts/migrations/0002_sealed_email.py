"""The sealed copy beside the sign-in library's e-mail column."""

from django.db import migrations

from privacy.fields_email import AddFieldToApp, SealedCopyField

ONE_SIDED = """
ALTER TABLE account_emailaddress ADD CONSTRAINT accounts_email_matches_its_index CHECK (
    email_sealed IS NOT NULL
    AND encode(substr(email_sealed, 1, 8), 'hex') = left(email, 16)
)
"""


class Migration(migrations.Migration):
    """Afterwards the database refuses a write of only one of the two columns."""

    dependencies = [
        ("accounts", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [
        AddFieldToApp(
            app_label="account",
            model_name="emailaddress",
            name="email_sealed",
            field=SealedCopyField(null=True, editable=False),
        ),
        migrations.RunSQL(
            ONE_SIDED,
            "ALTER TABLE account_emailaddress DROP CONSTRAINT accounts_email_matches_its_index",
        ),
    ]
